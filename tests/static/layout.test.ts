import assert from "node:assert/strict";
import { test } from "node:test";
import { cellAt, type Grid, type Layout, layout, left, PARTS, top } from "../../static/src/draw/layout.ts";
import { LEAST_NUMBER_PX } from "../../static/src/draw/marks.ts";
import { axes } from "../../static/src/lib/geometry.ts";
import type { Layer } from "../../static/src/lib/layer.ts";
import { DEFAULTS, layerOf, planarCases } from "./layers.ts";

const ROOMS = [
  [820, 330],
  [343, 320],
  [320, 250],
] as const;

function right(grid: Grid): number {
  return left(grid, grid.firstColumn + grid.columns);
}

function bottom(grid: Grid): number {
  return top(grid, grid.firstRow + grid.rows);
}

function apart(one: Grid, other: Grid): boolean {
  return right(one) <= other.x || right(other) <= one.x || bottom(one) <= other.y || bottom(other) <= one.y;
}

function check({ width, height, input, kernel, bias, output }: Layout, what: string): void {
  for (const grid of [input, kernel, output]) {
    assert.ok(grid.x >= 0 && grid.y >= 0, `${what}: begins inside`);
    assert.ok(right(grid) <= width + 1 && bottom(grid) <= height + 1, `${what}: ends inside`);
  }
  assert.ok(apart(bias, kernel), `${what}: the bias lies apart from the kernel`);
  assert.ok(apart(input, kernel) && apart(input, output) && apart(kernel, output), `${what}: lie apart`);
  assert.equal(input.cell, output.cell, `${what}: one scale`);
}

test("input, kernel and output lie inside the stage, apart, on one scale", () => {
  const layers = planarCases()
    .filter(({ accepted }) => accepted)
    .map(layerOf);
  const sides: readonly Layer[] = [1, 2, 16, 32, 224].map((side) => ({
    ...DEFAULTS,
    height: side,
    width: side,
    kernelSize: [1, 1],
  }));
  for (const layer of [...layers, ...sides]) {
    for (const [width, height] of ROOMS) check(layout(axes(layer), width, height), JSON.stringify(layer));
  }
});

test("a point in the middle of a cell is in that cell, padding included", () => {
  const layer: Layer = { ...DEFAULTS, padding: [1, 2], stride: [2, 2] };
  const placed = layout(axes(layer), 820, 330);
  for (const part of PARTS) {
    const grid = placed[part];
    for (const [row, column] of [
      [grid.firstRow, grid.firstColumn],
      [grid.firstRow + grid.rows - 1, grid.firstColumn + grid.columns - 1],
    ] as const) {
      const found = cellAt(grid, left(grid, column) + grid.cell / 2, top(grid, row) + grid.cell / 2);
      assert.deepEqual(found, { row, column });
    }
    assert.equal(cellAt(grid, grid.x - 1, grid.y), undefined);
  }
});

test("the lecture's 7 × 7 is large enough to print numbers in, on a desktop and on a phone", () => {
  for (const [width, height] of ROOMS) {
    const placed = layout(axes({ ...DEFAULTS, padding: [1, 1] }), width, height);
    assert.ok(placed.input.cell >= LEAST_NUMBER_PX, `${placed.input.cell} px in ${width} × ${height}`);
  }
});

test("a kernel stays readable beside a 32 × 32 input", () => {
  const layer: Layer = { ...DEFAULTS, height: 32, width: 32, kernelSize: [5, 5], padding: [2, 2] };
  const placed = layout(axes(layer), 820, 330);
  assert.ok(placed.kernel.cell >= 20 && placed.kernel.cell > placed.input.cell);
});

test("the bias lies under the lecture's kernel, inside the stage and apart from the output", () => {
  for (const [width, height] of ROOMS) {
    for (const kernel of [1, 3, 5, 7]) {
      const layer: Layer = { ...DEFAULTS, height: 11, width: 11, kernelSize: [kernel, kernel] };
      const { bias, kernel: weights, output } = layout(axes(layer), width, height);
      const what = `kernel ${kernel} in ${width} × ${height}`;
      assert.ok(bias.y >= bottom(weights) && bottom(bias) <= height, what);
      assert.ok(apart(bias, output), what);
    }
  }
});

test("the bias is whole under a kernel that is larger than the input", () => {
  for (const [width, height] of ROOMS) {
    const layer: Layer = { ...DEFAULTS, kernelSize: [12, 12], padding: [1, 1] };
    const { bias, kernel } = layout(axes(layer), width, height);
    assert.ok(bias.y >= bottom(kernel) && bottom(bias) <= height, `${bottom(bias)} px of ${height}`);
  }
});

test("a kernel stays readable beside a 32 × 32 input on a phone too", () => {
  const layer: Layer = { ...DEFAULTS, height: 32, width: 32, kernelSize: [3, 3], padding: [1, 1] };
  const { input, kernel, bias, output } = layout(axes(layer), 358, 304);
  assert.ok(kernel.cell >= LEAST_NUMBER_PX && kernel.cell > input.cell);
  assert.ok(apart(bias, output) && apart(kernel, output) && apart(bias, input));
});
