import assert from "node:assert/strict";
import { test } from "node:test";
import { accepts } from "../../static/src/lib/acceptance.ts";
import { axes, start, taps, windowNear } from "../../static/src/lib/geometry.ts";
import { outChannels } from "../../static/src/lib/layer.ts";
import { sourceOf } from "../../static/src/lib/padding.ts";
import { type Case, DEFAULTS, layerOf, planarCases } from "./layers.ts";

const cases = planarCases();
const accepted = cases.filter((each) => each.accepted);
const AXES = ["height", "width"] as const;

function each(cases: readonly Case[], check: (layer: ReturnType<typeof layerOf>, given: Case) => void): void {
  for (const given of cases) {
    try {
      check(layerOf(given), given);
    } catch (error) {
      throw new Error(`${given.operation} ${JSON.stringify(given.layer)} on ${JSON.stringify(given.input)}`, {
        cause: error,
      });
    }
  }
}

test("there are cases of every kind", () => {
  assert.ok(accepted.length > 100);
  assert.ok(cases.length - accepted.length > 20);
});

test("a layer is accepted exactly where PyTorch accepts it", () => {
  each(cases, (layer, given) => assert.equal(accepts(layer), given.accepted));
});

test("the output has the size that PyTorch gives", () => {
  each(accepted, (layer, given) => {
    const [rows, columns] = axes(layer);
    assert.deepEqual(
      { channels: outChannels(layer), height: rows.output, width: columns.output },
      given.output,
    );
  });
});

test("the size before rounding is an exact, reduced fraction", () => {
  each(accepted, (layer, given) => {
    const both = axes(layer);
    for (const [i, name] of AXES.entries()) assert.deepEqual(both[i]?.exact, given.exact[name]);
  });
});

test("rows and columns at the end that no window reads are counted", () => {
  each(accepted, (layer, given) => {
    const [rows, columns] = axes(layer);
    assert.deepEqual({ top: 0, bottom: rows.unread, left: 0, right: columns.unread }, given.unread);
  });
});

test("every output cell meets the same input cells with the same places of the kernel", () => {
  each(accepted, (layer, given) => {
    const both = axes(layer);
    for (const [i, name] of AXES.entries()) {
      const axis = both[i];
      assert.ok(axis);
      const met = Array.from({ length: axis.output }, (_, index) =>
        taps(axis, index).map(({ cell, weight }) => [cell, weight]),
      );
      assert.deepEqual(met, given.taps[name]);
    }
  });
});

test("the window of adaptive pooling is as large as its largest, not larger", () => {
  for (let size = 1; size <= 40; size += 1) {
    for (let output = 1; output <= 45; output += 1) {
      const operation = "adaptive_avg_pool2d" as const;
      const [axis] = axes({ ...DEFAULTS, operation, height: size, outputSize: [output, 1] });
      const lengths = Array.from({ length: output }, (_, index) => taps(axis, index).length);
      assert.equal(axis.kernel, Math.max(...lengths), `${size} → ${output}`);
    }
  }
});

test("padding that copies cells copies those that PyTorch reads", () => {
  each(
    accepted.filter(({ layer }) => (layer["padding_mode"] ?? "zeros") !== "zeros"),
    (layer, given) => {
      const both = axes(layer);
      for (const [i, name] of AXES.entries()) {
        const axis = both[i];
        assert.ok(axis);
        const read = Array.from({ length: axis.output }, (_, index) => {
          const cells = taps(axis, index).map(({ cell }) => sourceOf(cell, axis.size, layer.paddingMode));
          return [...new Set(cells.filter((cell) => cell !== undefined))].sort((a, b) => a - b);
        });
        assert.deepEqual(read, given.reads[name]);
      }
    },
  );
});

test("a window is found again by its first cell, and the nearest one by any other", () => {
  each(accepted, (layer) => {
    for (const axis of axes(layer).filter(({ kind }) => kind !== "stamp")) {
      for (let index = 0; index < axis.output; index += 1) {
        assert.equal(start(axis, windowNear(axis, start(axis, index))), start(axis, index));
      }
      assert.equal(windowNear(axis, -1000), 0);
      assert.equal(start(axis, windowNear(axis, 1000)), start(axis, axis.output - 1));
    }
  });
});
