import assert from "node:assert/strict";
import { test } from "node:test";
import { underEveryRule } from "../../static/src/lib/frameworks.ts";
import type { Layer } from "../../static/src/lib/layer.ts";
import { DEFAULTS } from "./layers.ts";

function outputs(layer: Layer): Record<string, number> {
  return Object.fromEntries(underEveryRule(layer, 0).map(({ rule, axis }) => [rule, axis.output]));
}

test("7, F = 3, S = 3: floor 2, ceil 3, TensorFlow valid 2 and same 3", () => {
  assert.deepEqual(outputs({ ...DEFAULTS, stride: [3, 3] }), { floor: 2, ceil: 3, valid: 2, same: 3 });
});

test("28, F = 3, S = 2: 13.5 becomes 13, 14, 13 and 14", () => {
  const layer: Layer = { ...DEFAULTS, height: 28, width: 28, stride: [2, 2] };
  assert.deepEqual(outputs(layer), { floor: 13, ceil: 14, valid: 13, same: 14 });
});

test("TensorFlow's same gives ⌈N / S⌉ for every size, and its odd cell of padding comes after", () => {
  for (let size = 1; size <= 20; size += 1) {
    for (let stride = 1; stride <= 5; stride += 1) {
      for (let kernel = 1; kernel <= Math.min(size, 6); kernel += 1) {
        const layer: Layer = {
          ...DEFAULTS,
          height: size,
          width: size,
          kernelSize: [kernel, kernel],
          stride: [stride, stride],
        };
        const same = underEveryRule(layer, 0).find(({ rule }) => rule === "same")?.axis;
        assert.ok(same);
        assert.equal(same.output, Math.ceil(size / stride));
        assert.ok(same.after - same.before === 0 || same.after - same.before === 1);
      }
    }
  }
});

test("TensorFlow's rules know no padding given by hand", () => {
  const layer: Layer = { ...DEFAULTS, padding: [1, 1] };
  assert.equal(outputs(layer)["floor"], 7);
  assert.equal(outputs(layer)["valid"], 5);
});

test("the layer's own rule is marked", () => {
  const pool: Layer = { ...DEFAULTS, operation: "max_pool2d", ceilMode: true };
  assert.deepEqual(
    underEveryRule(pool, 0)
      .filter(({ isOurs }) => isOurs)
      .map(({ rule }) => rule),
    ["ceil"],
  );
  assert.deepEqual(
    underEveryRule(DEFAULTS, 0)
      .filter(({ isOurs }) => isOurs)
      .map(({ rule }) => rule),
    ["floor"],
  );
});

test("where no kernel slides there is nothing to compare", () => {
  assert.deepEqual(underEveryRule({ ...DEFAULTS, operation: "conv_transpose2d" }, 0), []);
});
