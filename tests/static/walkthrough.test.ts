import assert from "node:assert/strict";
import { test } from "node:test";
import { axes } from "../../static/src/lib/geometry.ts";
import { type Layer, outChannels } from "../../static/src/lib/layer.ts";
import { UNEDITED } from "../../static/src/lib/sheet.ts";
import { type Cell, explain } from "../../static/src/lib/walkthrough.ts";
import { type Case, golden, layerOf } from "./layers.ts";

type MapCase = Omit<Case, "output"> & {
  readonly output: readonly (readonly (readonly (number | null)[])[])[];
};

const { maps } = golden("browser.json") as unknown as { maps: readonly MapCase[] };

/** Every output cell of a layer on the example's numbers, with what PyTorch made of it. */
function* cells(given: MapCase): Generator<{ layer: Layer; cell: Cell; expected: number | null }> {
  const layer = layerOf(given as unknown as Case);
  const both = axes(layer);
  for (let filter = 0; filter < outChannels(layer); filter += 1) {
    for (let row = 0; row < both[0].output; row += 1) {
      for (let column = 0; column < both[1].output; column += 1) {
        const expected = given.output[filter]?.[row]?.[column];
        assert.ok(expected !== undefined);
        yield { layer, cell: explain(layer, both, UNEDITED, filter, row, column), expected };
      }
    }
  }
}

for (const given of maps) {
  test(`every cell of ${given.operation} ${JSON.stringify(given.layer)} is PyTorch's`, () => {
    let count = 0;
    for (const { cell, expected } of cells(given)) {
      if (expected === null) assert.ok(Number.isNaN(cell.value), `${cell.value} is a number`);
      else assert.ok(Math.abs(cell.value - expected) < 1e-8, `${cell.value} is not ${expected}`);
      count += 1;
    }
    assert.equal(count, given.output.flat(2).length);
  });
}

test("products, channel sums and bias add up to the value", () => {
  for (const given of maps) {
    if (!given.operation.startsWith("conv")) continue;
    for (const { cell } of cells(given)) {
      const products = cell.shares.flatMap(({ meetings }) => meetings.map(({ product }) => product));
      const sums = cell.shares.map(({ sum }) => sum);
      const bias = cell.bias ?? 0;
      assert.equal(
        products.reduce((a, b) => a + b, bias),
        cell.value,
      );
      assert.equal(
        sums.reduce((a, b) => a + b, bias),
        cell.value,
      );
    }
  }
});

test("average pooling reads nothing where it counts nothing", () => {
  let absent = 0;
  for (const given of maps) {
    if (!given.operation.startsWith("a")) continue;
    for (const { cell } of cells(given)) {
      const read = cell.shares.flatMap(({ meetings }) => meetings.filter(({ value }) => value !== null));
      assert.equal(read.length, cell.divisor);
      absent += cell.shares.flatMap(({ meetings }) => meetings).length - read.length;
    }
  }
  assert.ok(absent > 0);
});

test("the winner of max pooling holds the cell's value, and padding never wins", () => {
  for (const given of maps) {
    if (given.operation !== "max_pool2d") continue;
    for (const { cell, layer, expected } of cells(given)) {
      if (expected === null) {
        assert.equal(cell.winner, null);
        continue;
      }
      assert.equal(cell.winner?.value, cell.value);
      assert.ok(cell.winner && cell.winner.row >= 0 && cell.winner.row < layer.height);
    }
  }
});
