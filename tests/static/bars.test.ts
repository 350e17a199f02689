import assert from "node:assert/strict";
import { test } from "node:test";
import { barPaths, barsHeight, extentOf, layBars } from "../../static/src/draw/bars.ts";

test("bars of any number fit the room, at least three pixels apart", () => {
  for (const count of [1, 10, 16, 256, 300, 3072]) {
    for (const room of [320, 488, 864]) {
      const layout = layBars(count, room);
      assert.ok(layout.pitch >= 3 && layout.pitch * layout.columns <= room, `${count} in ${room}`);
      assert.ok(layout.columns * layout.rows >= count);
      assert.ok(layout.columns * (layout.rows - 1) < count, "no empty row");
    }
  }
});

test("zero lies between the lowest and the highest value, or at an end", () => {
  assert.deepEqual(extentOf([1, 2]), { low: 0, high: 2 });
  assert.deepEqual(extentOf([-3, -1]), { low: -3, high: 0 });
  assert.deepEqual(extentOf([-1, 4]), { low: -1, high: 4 });
});

test("a bar reaches as far as its value, up or down", () => {
  const layout = { count: 3, columns: 3, rows: 1, pitch: 10, rowHeight: 100 };
  const { positive, negative, zero } = barPaths(layout, [3, -1, 0]);
  assert.equal(zero, "M0 75h30");
  assert.equal(positive, "M0 75h9v-75h-9z");
  assert.equal(negative, "M10 75h9v25h-9z");
});

test("nothing but zeros is a line", () => {
  const layout = layBars(4, 100);
  const { positive, negative, zero } = barPaths(layout, [0, 0, 0, Number.NaN]);
  assert.equal(positive + negative, "");
  assert.ok(zero.length > 0);
});

test("the rows of a long layer lie under each other", () => {
  const layout = layBars(3072, 864);
  const { zero } = barPaths(layout, new Float32Array(3072).fill(1));
  assert.equal(zero.split("M").length - 1, layout.rows);
  assert.equal(barsHeight(layout), layout.rows * 56 - 8);
});
