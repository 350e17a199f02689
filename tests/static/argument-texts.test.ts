// What typing into one of an argument's fields makes of all of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { partTexts, wholeText, withTyped } from "../../static/src/lib/argument-texts.ts";
import { writeArgument } from "../../static/src/lib/arguments.ts";
import { spelling } from "../../static/src/lib/layer.ts";
import { layerOf, planarCases } from "./layers.ts";

const layers = [...planarCases()].map(layerOf);
const [layer] = layers.filter(({ operation }) => operation === "conv2d");
assert.ok(layer);

test("two fields show the two numbers, and typing either leaves the other as it is", () => {
  for (const each of layers.filter(({ operation }) => operation !== "adaptive_avg_pool2d")) {
    const texts = { kernelSize: writeArgument(each.kernelSize) };
    const before = partTexts(texts, each, "kernelSize", 2);
    assert.deepEqual(before.map(Number), [...each.kernelSize], spelling("kernelSize"));
    for (const place of [0, 1] as const) {
      const typed = { argument: "kernelSize", text: "9", of: 2, follows: false } as const;
      const after = partTexts({ ...texts, ...withTyped(texts, each, place, typed) }, each, "kernelSize", 2);
      assert.equal(after[place], "9");
      assert.equal(after[1 - place], before[1 - place]);
    }
  }
});

test("a pair is of both axes wherever it is typed", () => {
  for (const text of ["3,5", "(3, 5)", "[3,5]"]) {
    const typed = { argument: "stride", text, of: 2, follows: false } as const;
    assert.deepEqual(withTyped({}, layer, 1, typed), { stride: text });
    const side = { argument: "width", text, of: 1, follows: false } as const;
    assert.deepEqual(withTyped({}, layer, "all", side), { height: "3", width: "5" });
  }
});

test("the width follows the height as long as they are linked", () => {
  const typed = { argument: "height", text: "12", of: 1 } as const;
  assert.deepEqual(withTyped({}, layer, "all", { ...typed, follows: true }), { height: "12", width: "12" });
  assert.deepEqual(withTyped({}, layer, "all", { ...typed, follows: false }), { height: "12" });
});

test("what cannot be read stays as it was typed, and pooling's stride stays empty", () => {
  assert.equal(wholeText({ stride: "two" }, layer, "stride", 1), "two");
  assert.equal(wholeText({}, layer, "stride", 1), "1");
  const [pooling] = layers.filter(({ operation }) => operation === "max_pool2d");
  assert.ok(pooling);
  assert.equal(wholeText({}, pooling, "stride", 2), "");
});
