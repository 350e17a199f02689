import assert from "node:assert/strict";
import { test } from "node:test";
import { formatQuery } from "../../static/src/lib/query.ts";
import {
  FIRST_LEARNED,
  type LearnedLooks,
  learnedPairs,
  looksPairs,
  PARTS,
  readLearned,
  readLooks,
} from "../../static/src/lib/training-state.ts";
import { random } from "./random.ts";

function learned(query: string): LearnedLooks | undefined {
  return readLearned(new URLSearchParams(query));
}

test("what of a run is looked at comes back from its address", () => {
  const draw = random(3);
  for (let i = 0; i < 200; i += 1) {
    const part = draw.one(PARTS);
    const looks = {
      part,
      epoch: draw.chance(0.5) ? draw.whole(0, 1000) : undefined,
      image: part === "maps" ? (draw.chance(0.7) ? draw.one(["sample-cat", "a&b=ü"]) : undefined) : undefined,
      layer: part === "maps" ? (draw.chance(0.5) ? "3.layers.1" : undefined) : undefined,
    };
    const curves = { x: draw.one(["epochs", "steps"] as const), smooth: draw.one([0, 0.6, 0.98]) };
    const query = formatQuery([...looksPairs(curves), ...learnedPairs(looks)]);
    assert.deepEqual(learned(query), looks, query);
    assert.deepEqual(readLooks(new URLSearchParams(query)), curves, query);
  }
});

test("nothing is unfolded where the address names no part", () => {
  for (const query of ["", "learned=", "learned=weights", "epoch=3&image=sample-cat"]) {
    assert.equal(learned(query), undefined, query);
  }
  assert.equal(formatQuery(learnedPairs(undefined)), "");
});

test("an epoch that is no whole number is the latest", () => {
  for (const epoch of ["", "-1", "3abc", "1e3", "2.5", "9".repeat(40)]) {
    assert.deepEqual(learned(`learned=filters&epoch=${epoch}`), FIRST_LEARNED, epoch);
  }
});

test("a picture and a layer are said only of the part that shows them", () => {
  const looks = { part: "mistakes", epoch: 2, image: "sample-cat", layer: "3" } as const;
  assert.equal(formatQuery(learnedPairs(looks)), "learned=mistakes&epoch=2");
});

test("curves that an address describes wrongly are shown as they begin", () => {
  const first = readLooks(new URLSearchParams());
  for (const query of ["smooth=2", "smooth=-1", "smooth=much", "x=seconds"]) {
    assert.deepEqual(readLooks(new URLSearchParams(query)), first, query);
  }
});
