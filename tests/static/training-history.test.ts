// What was measured of a run, event by event and all at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Dot, thinned } from "../../static/src/draw/training-curves.ts";
import { RunHistory, smoothed } from "../../static/src/lib/training-history.ts";
import { FIRST_LOOKS, looksPairs, MOST_SMOOTH, readLooks } from "../../static/src/lib/training-state.ts";
import { random } from "./random.ts";

type Told = readonly [kind: string, data: Record<string, unknown>];

/** A run of `steps` steps that is interrupted now and then, and goes on from where it was saved last. */
function told(steps: number, draw: () => number): readonly Told[] {
  const events: Told[] = [["state", { state: "running" }]];
  let saved = 0;
  let attempt = 0;
  while (saved < steps) {
    attempt += 1;
    events.push(["start", { step: saved, steps }]);
    const until = attempt > 5 ? steps : Math.min(steps, saved + 1 + Math.floor(draw() * steps));
    for (let step = saved + 1; step <= until; step += 1) {
      events.push(["step", { step, loss: step / attempt, examples_per_second: 100 }]);
      if (step % 4 === 0)
        events.push(["epoch", { epoch: step / 4, step, train_loss: attempt, train_accuracy: 0.5 }]);
    }
    saved = until === steps ? steps : saved + Math.floor((until - saved) * draw());
  }
  return events;
}

test("however often a run goes on from before, every step is there once, as it was measured last", () => {
  const source = random(7);
  const draw = () => source.whole(0, 999) / 1000;
  for (let round = 0; round < 40; round += 1) {
    const history = new RunHistory(5);
    const last = new Map<number, unknown>();
    for (const [index, [kind, data]] of told(20, draw).entries()) {
      history.apply(index + 1, kind, data);
      history.apply(index + 1, kind, data); // told again after a lost connection
      if (kind === "step") last.set(Number(data["step"]), data["loss"]);
    }
    assert.deepEqual(
      history.steps.map(({ step }) => step),
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    assert.deepEqual(
      history.steps.map(({ step, loss }) => [step, loss]),
      [...last].sort(([one], [other]) => one - other),
    );
    assert.deepEqual(
      history.epochs.map(({ epoch }) => epoch),
      [1, 2, 3, 4, 5],
    );
  }
});

test("an answer that is older than what the stream has told is not taken", () => {
  const history = new RunHistory(1);
  const answer = {
    state: "running",
    test_accuracy: null,
    progress: { step: 1, steps: 8, epochs: 2 },
    history: { steps: { step: [1], loss: [2.5] }, epochs: {} },
    last_event: 3,
  };
  history.load(answer);
  assert.deepEqual([history.totalSteps, history.stepsPerEpoch, history.steps.length], [8, 4, 1]);
  history.apply(4, "step", { step: 2, loss: 2 });
  history.load(answer);
  assert.equal(history.steps.length, 2);
  assert.equal(history.isEnded, false);
  history.apply(5, "state", { state: "failed" });
  assert.equal(history.isEnded, true);
});

test("the axis goes over the whole run, and of one that is over as far as it came", () => {
  const history = new RunHistory(10);
  const shown = () => [history.shownSteps, history.shownEpochs];
  assert.deepEqual(shown(), [0, 10]);
  const events: readonly Told[] = [
    ["start", { step: 0, steps: 200 }],
    ["step", { step: 45 }],
    ["epoch", { epoch: 2, step: 40 }],
  ];
  for (const [index, [kind, data]] of events.entries()) history.apply(index + 1, kind, data);
  assert.deepEqual(shown(), [200, 10]);
  history.apply(4, "state", { state: "paused" });
  assert.deepEqual(shown(), [200, 10]);
  history.apply(5, "state", { state: "stopped" });
  assert.deepEqual(shown(), [45, 2.25]);
  const waiting = new RunHistory(10);
  waiting.apply(1, "state", { state: "stopped" });
  assert.deepEqual([waiting.shownSteps, waiting.shownEpochs], [0, 10]);
});

test("the time left is what is to be done at the pace of the latest steps", () => {
  const history = new RunHistory(1);
  history.apply(1, "state", { state: "running" });
  history.apply(2, "start", { step: 0, steps: 100 });
  assert.equal(history.secondsLeft(50, 2), undefined);
  history.apply(3, "step", { step: 10, loss: 1, examples_per_second: 9000 });
  history.apply(4, "step", { step: 15, loss: 1, examples_per_second: 300 });
  history.apply(5, "step", { step: 20, loss: 1, examples_per_second: 500 });
  assert.equal(history.secondsLeft(50, 2), 10);
});

test("smoothing leaves a constant as it is, zero smoothing everything, and a gap a gap", () => {
  const source = random(3);
  const draw = () => source.whole(0, 999) / 1000;
  const values = Array.from({ length: 50 }, draw);
  assert.deepEqual(smoothed(values, 0), values);
  for (const weight of [0.1, 0.6, MOST_SMOOTH]) {
    for (const value of smoothed(Array(30).fill(1.5), weight)) assert.ok(Math.abs((value ?? 0) - 1.5) < 1e-9);
    const soft = smoothed(values, weight).map((value) => value ?? 0);
    assert.ok(Math.max(...soft) <= Math.max(...values) && Math.min(...soft) >= Math.min(...values));
  }
  assert.deepEqual(smoothed([1, null, 1], 0.5), [1, null, 1]);
});

test("many dots are thinned to means, and few are left alone", () => {
  const dots: Dot[] = Array.from({ length: 1000 }, (_, index) => [index, index % 2]);
  assert.equal(thinned(dots, 2000), dots);
  const few = thinned(dots, 100);
  assert.equal(few.length, 100);
  for (const [, value] of few) assert.equal(value, 0.5);
  assert.deepEqual(
    thinned(
      [
        [0, 1],
        [1, null],
        [2, 1],
        [3, 1],
      ] as Dot[],
      2,
    ),
    [
      [0.5, null],
      [2.5, 1],
    ],
  );
});

test("how curves are looked at comes back from the address", () => {
  for (const looks of [FIRST_LOOKS, { x: "steps", smooth: 0 }, { x: "epochs", smooth: 0.9 }] as const) {
    const pairs = looksPairs(looks).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    );
    assert.deepEqual(readLooks(new URLSearchParams(pairs)), looks);
  }
  assert.deepEqual(readLooks(new URLSearchParams("x=years&smooth=2")), FIRST_LOOKS);
});
