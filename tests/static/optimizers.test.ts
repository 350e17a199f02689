// The update rules and surfaces against PyTorch: tests/cases/optimizers.json has the paths of torch.optim itself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EXAMPLES, fit, fitGradient } from "../../static/src/lib/line-fit.ts";
import {
  defaults,
  type Memory,
  memoryOf,
  type Options,
  RULES,
  type Rule,
  step,
} from "../../static/src/lib/optimizers.ts";
import { optionsOf, RACERS, ruleOf } from "../../static/src/lib/racers.ts";
import {
  curvature,
  type Point,
  SURFACES,
  type SurfaceName,
  surfaces,
} from "../../static/src/lib/surfaces.ts";
import { random } from "./random.ts";

interface Cases {
  readonly examples: readonly [readonly Point[]];
  readonly paths: readonly {
    readonly rule: Rule;
    readonly options: Readonly<Record<string, unknown>>;
    readonly surface: SurfaceName;
    readonly start: Point;
    readonly batches?: readonly (readonly number[])[];
    readonly path: Readonly<Record<string, Point>>;
  }[];
  readonly slopes: readonly {
    readonly surface: SurfaceName;
    readonly theta: Point;
    readonly height: number;
    readonly gradient: Point;
  }[];
}

const cases: Cases = JSON.parse(readFileSync(new URL("../cases/optimizers.json", import.meta.url), "utf8"));

function camel(options: Readonly<Record<string, unknown>>): Partial<Options> {
  const renamed = Object.entries(options).map(([name, value]) => [
    name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(renamed);
}

function isClose(ours: number, theirs: number, tolerance = 1e-6): boolean {
  return Math.abs(ours - theirs) <= tolerance * Math.abs(theirs) + 1e-12;
}

test("every rule has cases with and without what can be switched on", () => {
  assert.deepEqual(new Set(cases.paths.map(({ rule }) => rule)), new Set(RULES));
  const said = new Set(cases.paths.flatMap(({ options }) => Object.keys(options)));
  const all = ["momentum", "dampening", "nesterov", "weight_decay", "lr_decay", "alpha", "centered", "betas"];
  for (const name of [...all, "initial_accumulator_value", "amsgrad", "eps", "lr"])
    assert.ok(said.has(name), name);
});

for (const { rule, options, surface, start, batches, path } of cases.paths) {
  const name = `${rule} ${JSON.stringify(options)} on ${batches ? `batches of ${batches[0]?.length}` : surface}`;
  test(`${name} goes where torch.optim goes`, () => {
    const given = { ...defaults(rule), ...camel(options) };
    let memory: [Memory, Memory] = [memoryOf(rule, start[0], given), memoryOf(rule, start[1], given)];
    const last = Math.max(...Object.keys(path).map(Number));
    assert.ok(last >= 400);
    for (let time = 1; time <= last; time += 1) {
      const theta: Point = [memory[0].theta, memory[1].theta];
      const gradient = batches ? fitGradient(theta, batches[time - 1]) : surfaces[surface].gradient(theta);
      memory = [step(rule, memory[0], gradient[0], given), step(rule, memory[1], gradient[1], given)];
      const expected = path[time];
      if (!expected) continue;
      for (const axis of [0, 1] as const) {
        const ours = memory[axis].theta;
        assert.ok(
          isClose(ours, expected[axis]),
          `step ${time}, θ${axis + 1}: ${ours}, torch ${expected[axis]}`,
        );
      }
    }
  });
}

for (const name of SURFACES) {
  const { height, gradient, lowest, view } = surfaces[name];

  test(`${name}: height and gradient are those of autograd`, () => {
    const its = cases.slopes.filter(({ surface }) => surface === name);
    assert.ok(its.length >= 10);
    for (const { theta, ...expected } of its) {
      const [x, y] = gradient(theta);
      assert.ok(isClose(height(theta), expected.height), `J(${theta}) = ${height(theta)}`);
      assert.ok(
        isClose(x, expected.gradient[0]) && isClose(y, expected.gradient[1]),
        `∇J(${theta}) = ${x}, ${y}`,
      );
    }
  });

  test(`${name}: the gradient is the limit of differences`, () => {
    const draw = random(5);
    for (let i = 0; i < 200; i += 1) {
      const at = view.map(([least, most]) => least + draw.one([0, 0.1, 0.35, 0.5, 0.77, 1]) * (most - least));
      const [x = 0, y = 0] = at;
      const h = 1e-5;
      const found = gradient([x, y]);
      const across = (height([x + h, y]) - height([x - h, y])) / (2 * h);
      const along = (height([x, y + h]) - height([x, y - h])) / (2 * h);
      const size = Math.hypot(across, along) + 1;
      assert.ok(Math.hypot(found[0] - across, found[1] - along) / size < 1e-6, `${x}, ${y}`);
    }
  });

  test(`${name}: its lowest points are in the picture, flat, and nothing near is lower`, () => {
    for (const point of lowest) {
      assert.ok(Math.hypot(...gradient(point)) < 1e-9 * (1 + curvature(surfaces[name], point)));
      assert.ok(
        view.every(([least, most], axis) => (point[axis] ?? 99) > least && (point[axis] ?? 99) < most),
      );
      const heightThere = height(point);
      assert.ok(heightThere >= 0);
      for (let turn = 0; turn < 6.3; turn += 0.1) {
        for (const far of [0.01, 0.1, 0.5]) {
          const near: Point = [point[0] + far * Math.cos(turn), point[1] + far * Math.sin(turn)];
          assert.ok(height(near) >= heightThere - 1e-12);
        }
      }
    }
  });
}

test("the examples are those that PyTorch was given", () => {
  assert.deepEqual(EXAMPLES, cases.examples[0]);
});

test("the mean of the batches of an epoch is the whole loss", () => {
  const theta: Point = [0.3, 1.1];
  const batches = Array.from({ length: 6 }, (_, i) => [0, 1, 2, 3].map((j) => 4 * i + j));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.ok(isClose(mean(batches.map((batch) => fit(theta, batch))), fit(theta)));
  for (const axis of [0, 1] as const) {
    assert.ok(
      isClose(mean(batches.map((batch) => fitGradient(theta, batch)[axis])), fitGradient(theta)[axis]),
    );
  }
});

test("curvature is the largest eigenvalue of the Hessian", () => {
  assert.ok(isClose(curvature(surfaces.ravine, [1, 2]), 25, 1e-6));
  assert.ok(isClose(curvature(surfaces.rosenbrock, [1, 1]), 1001.6006, 1e-5));
});

test("racers run PyTorch's rules with what they take of the shared arguments", () => {
  const shared = { momentum: 0.9, alpha: 0.95, betas: [0.8, 0.99], weightDecay: 0.1 } as const;
  for (const racer of RACERS) {
    const options = optionsOf(racer, 0.5, shared);
    assert.equal(options.lr, 0.5);
    assert.equal(options.weightDecay, 0.1);
    assert.equal(options.momentum, racer === "momentum" || racer === "nesterov" ? 0.9 : 0);
    assert.equal(options.nesterov, racer === "nesterov");
    assert.ok(RULES.includes(ruleOf(racer)));
  }
  assert.equal(optionsOf("nesterov", 1, { ...shared, momentum: 0 }).nesterov, false, "PyTorch refuses it");
});
