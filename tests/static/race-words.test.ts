import assert from "node:assert/strict";
import { test } from "node:test";
import { frameOf, placed, pointAt, ticks } from "../../static/src/draw/frame.ts";
import { largestRate, offSentence, raceSentence, stepSentence } from "../../static/src/draw/race-words.ts";
import { numbersOf } from "../../static/src/elements/rule-numbers.ts";
import { EXAMPLES } from "../../static/src/lib/line-fit.ts";
import { type Plan, race, type Track } from "../../static/src/lib/race.ts";
import { RACERS, type Racer } from "../../static/src/lib/racers.ts";
import { SURFACES, surfaces } from "../../static/src/lib/surfaces.ts";

function plan(rates: readonly (readonly [Racer, number])[], change: Partial<Plan> = {}): Plan {
  return {
    surface: "ravine",
    start: [-3.5, 1.5],
    rates,
    shared: { momentum: 0.9, alpha: 0.99, betas: [0.9, 0.999], weightDecay: 0 },
    steps: 1000,
    batchSize: EXAMPLES.length,
    seed: 1,
    ...change,
  };
}

function only(tracks: readonly Track[]): Track {
  const [track] = tracks;
  assert.ok(track);
  return track;
}

test("the largest rate is exact: a little less stays, a little more swings up", () => {
  for (const racer of ["sgd", "momentum", "nesterov"] as const) {
    for (const momentum of racer === "sgd" ? [0] : [0.5, 0.9]) {
      const limit = largestRate(racer, momentum, 25);
      const shared = { ...plan([]).shared, momentum };
      const height = (factor: number) => {
        const { moments, off } = only(race(plan([[racer, limit * factor]], { shared })));
        return off ? Number.POSITIVE_INFINITY : (moments.at(-1)?.height ?? 0);
      };
      assert.ok(height(0.98) < 1, `${racer} ${momentum}`);
      assert.ok(height(1.02) > 1000, `${racer} ${momentum}`);
    }
  }
});

test("who leaves is told when, and why where the rate is the reason", () => {
  const sgd = only(race(plan([["sgd", 0.3]])));
  assert.equal(
    offSentence(sgd),
    "SGD left the picture at step 1: its rate 0.3 is larger than 2 / the largest curvature there = 2 / 25 = 0.08.",
  );
  const momentum = only(race(plan([["momentum", 0.2]])));
  assert.match(
    offSentence(momentum),
    /^Momentum left the picture at step 1: its rate 0.2 is larger than 0.152/,
  );
  const rmsprop = only(race(plan([["rmsprop", 10]], { steps: 5 })));
  if (rmsprop.off) assert.match(offSentence(rmsprop), /a smaller rate than 10/);
});

test("a step is told with who leads, who has won and who is gone, and never with what is no number", () => {
  const rates = RACERS.map((racer) => [racer, 0.2] as const);
  for (const surface of SURFACES) {
    const given = plan(rates, { surface, steps: 200 });
    const tracks = race(given);
    for (const step of [0, 1, 2, 10, 100, 200]) {
      const sentence = stepSentence(given, tracks, step);
      assert.match(sentence, new RegExp(`^Step ${step}: `));
      assert.doesNotMatch(sentence, /NaN|Infinity|undefined|–|\{/);
    }
    assert.doesNotMatch(raceSentence(given, tracks), /NaN|undefined|\{/);
  }
  const given = plan([
    ["sgd", 0.3],
    ["momentum", 0.01],
  ]);
  const tracks = race(given);
  assert.match(stepSentence(given, tracks, 0), /^Step 0: all start at θ = \(−3.5, 1.5\), J = 34.25\.$/);
  assert.match(
    stepSentence(given, tracks, 21),
    /Momentum is lowest.* Momentum was the first .* step 21\. SGD left/,
  );
});

test("the numbers of a rule are those of one step, to the last", () => {
  const { shared } = plan([]);
  const given = plan(
    RACERS.map((racer) => [racer, 0.05] as const),
    { steps: 20, shared: { ...shared, weightDecay: 0.1 } },
  );
  for (const track of race(given)) {
    const all = numbersOf(track, 7);
    assert.ok(all, track.racer);
    for (const axis of ["1", "2"]) {
      const of = (name: string) => all[`${name}-${axis}`] ?? Number.NaN;
      const [eta, lambda, mu] = [all["eta"] ?? 0, all["lambda"] ?? 0, all["mu"] ?? 0];
      const along = { sgd: of("g"), momentum: of("v-new"), nesterov: of("g") + mu * of("v-new") };
      const direction = along[track.racer as "sgd"] ?? of("u");
      const pull = track.racer === "adamw" ? eta * lambda * of("theta") : 0;
      assert.ok(Math.abs(of("theta") - pull - eta * direction - of("theta-new")) < 1e-12, track.racer);
      const decayed = track.racer === "adamw" ? of("gradient") : of("gradient") + lambda * of("theta");
      assert.ok(Math.abs(of("g") - decayed) < 1e-12, track.racer);
    }
  }
  const gone = only(race(plan([["sgd", 0.3]])));
  assert.equal(numbersOf(gone, gone.moments.length - 1), undefined, "nothing follows the last place");
});

test("a picture shows all that its surface asks for, both axes alike", () => {
  for (const name of SURFACES) {
    const { view } = surfaces[name];
    for (const [width, height] of [
      [540, 520],
      [300, 200],
      [200, 600],
    ] as const) {
      const frame = frameOf(surfaces[name], width, height);
      for (const x of view[0]) {
        for (const y of view[1]) {
          const [across, down] = placed(frame, [x, y]);
          assert.ok(across > -1e-9 && across < width + 1e-9 && down > -1e-9 && down < height + 1e-9);
          const back = pointAt(frame, across, down);
          assert.ok(Math.hypot(back[0] - x, back[1] - y) < 1e-12);
        }
      }
    }
  }
});

test("ticks are round and within the axis", () => {
  assert.deepEqual(ticks(-4.2, 4.2, 540), [-4, -2, 0, 2, 4]);
  assert.deepEqual(
    ticks(-0.05, 0.24, 500).map((value) => Math.round(value * 100) / 100),
    [-0.05, 0, 0.05, 0.1, 0.15, 0.2],
  );
});
