import assert from "node:assert/strict";
import { test } from "node:test";
import { walk } from "../../static/src/lib/walk.ts";

test("arrows move by one and stop at the edges", () => {
  assert.deepEqual(walk("ArrowRight", { row: 0, column: 0 }, 2, 3), { row: 0, column: 1 });
  assert.deepEqual(walk("ArrowDown", { row: 1, column: 0 }, 2, 3), { row: 1, column: 0 });
  assert.deepEqual(walk("ArrowLeft", { row: 1, column: 0 }, 2, 3), { row: 1, column: 0 });
  assert.deepEqual(walk("ArrowUp", { row: 1, column: 2 }, 2, 3), { row: 0, column: 2 });
});

test("Home and End go to the ends of the row, Page Up and Page Down to those of the column", () => {
  const cell = { row: 2, column: 2 };
  assert.deepEqual(
    ["Home", "End", "PageUp", "PageDown"].map((key) => walk(key, cell, 5, 7)),
    [
      { row: 2, column: 0 },
      { row: 2, column: 6 },
      { row: 0, column: 2 },
      { row: 4, column: 2 },
    ],
  );
});

test("other keys do not move, and an empty grid has nowhere to go", () => {
  assert.equal(walk("a", { row: 0, column: 0 }, 2, 2), undefined);
  assert.equal(walk("End", { row: 0, column: 0 }, 0, 0), undefined);
});
