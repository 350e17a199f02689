import assert from "node:assert/strict";
import { test } from "node:test";
import { batchAt } from "../../static/src/lib/batches.ts";
import { contour } from "../../static/src/lib/contours.ts";
import { EXAMPLES } from "../../static/src/lib/line-fit.ts";
import { figures } from "../../static/src/lib/numbers.ts";
import { formatQuery } from "../../static/src/lib/query.ts";
import { type Plan, race, standings, winner } from "../../static/src/lib/race.ts";
import {
  BATCH_SIZES,
  boundsOf,
  FIELDS,
  nearest,
  numbersOf,
  planOf,
  type RaceState,
  racePairs,
  readField,
  readRaceState,
} from "../../static/src/lib/race-state.ts";
import { RACERS } from "../../static/src/lib/racers.ts";
import { SURFACES } from "../../static/src/lib/surfaces.ts";
import { random } from "./random.ts";

const SHARED = { momentum: 0.9, alpha: 0.99, betas: [0.9, 0.999], weightDecay: 0 } as const;

function plan(change: Partial<Plan>): Plan {
  return {
    surface: "ravine",
    start: [-3.5, 1.5],
    rates: [["sgd", 0.07]],
    shared: SHARED,
    steps: 100,
    batchSize: EXAMPLES.length,
    seed: 1,
    ...change,
  };
}

test("gradient descent goes off exactly where its rate passes 2 / curvature", () => {
  const below = race(plan({ rates: [["sgd", 0.0799]], steps: 1000 }))[0];
  assert.equal(below?.off, undefined);
  const above = race(plan({ rates: [["sgd", 0.081]], steps: 1000 }))[0];
  assert.ok(above?.off && above.off.step > 20);
  assert.ok(Math.abs(above.off.curvature - 25) < 1e-6);
  const fast = race(plan({ rates: [["sgd", 0.3]] }))[0];
  assert.equal(fast?.off?.step, 1, "1.5 − 0.3 · 37.5 lies outside");
});

test("nothing that is kept is ever infinite or no number", () => {
  const draw = random(9);
  for (let i = 0; i < 150; i += 1) {
    const tracks = race(
      plan({
        surface: draw.one(SURFACES),
        start: [draw.whole(-60, 60) / 10, draw.whole(-60, 60) / 10],
        rates: RACERS.map((racer) => [racer, draw.one([1e-5, 0.01, 0.3, 3, 10])] as const),
        shared: { ...SHARED, momentum: draw.one([0, 0.9, 0.9999]), weightDecay: draw.one([0, 0.1, 10]) },
        batchSize: draw.one(BATCH_SIZES),
      }),
    );
    for (const { racer, moments, off } of tracks) {
      assert.ok(off ? moments.length < 102 && off.step >= 0 : moments.length === 102, racer);
      for (const { theta, height, gradient, memory } of moments) {
        const numbers = [...theta, height, ...gradient, ...memory.flatMap((each) => Object.values(each))];
        assert.ok(numbers.every(Number.isFinite), `${racer}: ${numbers}`);
      }
    }
  }
});

test("Adam and AdamW are one where there is no weight decay, and two where there is", () => {
  const both = [
    ["adam", 0.1],
    ["adamw", 0.1],
  ] as const;
  const ends = (weightDecay: number) =>
    race(plan({ rates: both, shared: { ...SHARED, weightDecay } })).map(
      ({ moments }) => moments.at(-1)?.theta,
    );
  const [adam, adamw] = ends(0);
  assert.deepEqual(adam, adamw);
  assert.notDeepEqual(...(ends(0.1) as [unknown, unknown]));
});

test("batches change the path, the seed changes it again, and nothing else does", () => {
  const line = plan({ surface: "line", start: [-1, 2.8] });
  const end = (change: Partial<Plan>) =>
    JSON.stringify(race({ ...line, ...change })[0]?.moments.at(-1)?.theta);
  assert.equal(end({ batchSize: 1 }), end({ batchSize: 1 }));
  assert.equal(
    new Set([end({}), end({ batchSize: 4 }), end({ batchSize: 1 }), end({ batchSize: 1, seed: 2 })]).size,
    4,
  );
  assert.equal(
    end({ surface: "ravine", batchSize: 1 }),
    end({ surface: "ravine" }),
    "a formula has no examples",
  );
});

test("every epoch reads each example once, in an order of its own", () => {
  const orders = new Set<string>();
  for (const size of BATCH_SIZES) {
    const perEpoch = EXAMPLES.length / size;
    for (const epoch of [0, 1, 2]) {
      const read = Array.from({ length: perEpoch }, (_, i) => batchAt(size, 5, epoch * perEpoch + i)).flat();
      assert.deepEqual(
        read.toSorted((a, b) => a - b),
        [...EXAMPLES.keys()],
      );
      orders.add(read.join());
    }
  }
  assert.equal(orders.size, 3, "three epochs, the same for each size");
});

test("the lowest leads, who is off has no place, and who comes 99 % down first wins", () => {
  const tracks = race(
    plan({
      rates: [
        ["sgd", 0.3],
        ["momentum", 0.02],
        ["adam", 0.001],
      ],
    }),
  );
  assert.deepEqual(
    standings(tracks, 60).map(({ racer }) => racer),
    ["momentum", "adam"],
  );
  const first = winner(plan({}), tracks);
  assert.equal(first?.track.racer, "momentum");
  const height = (index: number) => first?.track.moments[index]?.height ?? 0;
  assert.ok(height(first?.step ?? 0) <= 0.01 * height(0));
  assert.ok(height((first?.step ?? 0) - 1) > 0.01 * height(0));
  assert.equal(winner(plan({ steps: 1 }), tracks), undefined);
});

test("a state that goes into an address comes back as it was", () => {
  const draw = random(21);
  for (let i = 0; i < 300; i += 1) {
    const racers = RACERS.filter(() => draw.chance(0.5));
    const state: RaceState = {
      surface: draw.one(SURFACES),
      racers: racers.length ? racers : ["adam"],
      shown: draw.one(RACERS),
      texts: Object.fromEntries(FIELDS.map((field) => [field, draw.one(["0.5", "3", "x", "", "-1"])])),
      batchSize: draw.one(BATCH_SIZES),
      step: draw.whole(0, 1000),
      speed: draw.one([0.5, 8, 60]),
    };
    const query = formatQuery(racePairs(state));
    assert.deepEqual(readRaceState(new URLSearchParams(query)), state, query);
  }
});

test("an address that makes no sense is passed over, and what is typed is kept to be explained", () => {
  const query = "surface=moon&optimizer=none&sgd_lr=fast&step=-3&speed=1e9&batch_size=7&shown=me";
  const state = readRaceState(new URLSearchParams(query));
  assert.deepEqual(
    [state.surface, state.racers, state.step, state.batchSize, state.shown],
    ["ravine", ["sgd"], 0, 24, "sgd"],
  );
  assert.equal(state.texts.sgd_lr, "fast");
});

test("what cannot be read has a nearest number that can", () => {
  for (const field of FIELDS) {
    const { least } = boundsOf(field);
    for (const text of ["", "fast", "1e999", "-99", "99999", "NaN", "2.5"]) {
      const near = nearest(field, text, least);
      assert.notEqual(readField(field, String(near)), undefined, `${field}=${text} → ${near}`);
    }
  }
  assert.equal(readField("theta1", "−1.5"), -1.5);
  assert.equal(readField("steps", "1.5"), undefined);
});

test("a race goes on with the number before while one cannot be read", () => {
  const state = readRaceState(new URLSearchParams("optimizer=sgd&sgd_lr=0.2&theta1=1&theta2=2&steps=50"));
  const before = numbersOf(state.texts);
  const after = numbersOf({ ...state.texts, sgd_lr: "fast" }, before);
  assert.deepEqual(planOf(state, after), planOf(state, before));
});

test("contours run where the height is the level, and are whole", () => {
  const [columns, rows] = [41, 31];
  const values = Float64Array.from({ length: columns * rows }, (_, i) =>
    Math.hypot((i % columns) - 20, Math.floor(i / columns) - 15),
  );
  const pieces = contour({ columns, rows, values }, 9.3);
  let length = 0;
  for (let i = 0; i < pieces.length; i += 4) {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = pieces.slice(i, i + 4);
    assert.ok(Math.abs(Math.hypot(x1 - 20, y1 - 15) - 9.3) < 0.02);
    length += Math.hypot(x2 - x1, y2 - y1);
  }
  assert.ok(Math.abs(length / (2 * Math.PI * 9.3) - 1) < 0.01);
});

test("where all four sides of a cell are crossed, the middle says what belongs together", () => {
  const pieces = (values: number[]) => contour({ columns: 2, rows: 2, values: Float64Array.from(values) }, 0);
  // High corners upper left and lower right, and a high middle: the low corners are cut off.
  assert.deepEqual(pieces([3, -1, -1, 3]), [0.75, 0, 1, 0.25, 0.25, 1, 0, 0.75]);
  assert.deepEqual(pieces([1, -3, -3, 1]), [0, 0.25, 0.25, 0, 1, 0.75, 0.75, 1]);
});

test("figures are four, whatever the size", () => {
  assert.deepEqual(
    [0, 1.5, -0.012345, 12345.6, 37.5, 1e-9, -2.5e7, 0.1 + 0.2, 999.96, Number.NaN].map(figures),
    ["0", "1.5", "−0.01235", "12,346", "37.5", "1·10⁻⁹", "−2.5·10⁷", "0.3", "1,000", "–"],
  );
});
