import assert from "node:assert/strict";
import { test } from "node:test";
import { inputSpan, neverRead } from "../../static/src/draw/layout.ts";
import { type Axis, axes } from "../../static/src/lib/geometry.ts";
import type { Layer } from "../../static/src/lib/layer.ts";
import { type Run, unreadCount, unreadRuns } from "../../static/src/lib/unread.ts";
import { DEFAULTS, layerOf, planarCases } from "./layers.ts";

function cells(runs: readonly Run[]): number[] {
  return runs.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
}

/** The cells that the stage hatches. */
function hatched(axis: Axis): number[] {
  const span = inputSpan(axis);
  return neverRead(axis, span).flatMap((isUnread, i) => (isUnread ? [span.first + i] : []));
}

test("what is said to be never read is what is hatched", () => {
  let gaps = 0;
  for (const given of planarCases().filter(({ accepted }) => accepted)) {
    for (const axis of axes(layerOf(given))) {
      const { input, padding } = unreadRuns(axis);
      const said = [...cells(input), ...cells(padding)].sort((a, b) => a - b);
      assert.deepEqual(said, hatched(axis), JSON.stringify(given.layer));
      assert.ok(cells(input).every((cell) => cell >= 0 && cell < axis.size));
      assert.ok(cells(padding).every((cell) => cell < 0 || cell >= axis.size));
      if (said.length > axis.unread) gaps += 1;
    }
  }
  assert.ok(gaps > 0, "no case has a gap before its last window");
});

test("gaps of dilation are rows of the input, what is after the last window columns of the padding", () => {
  const layer: Layer = {
    ...DEFAULTS,
    width: 9,
    kernelSize: [3, 5],
    stride: [2, 3],
    padding: [1, 2],
    dilation: [2, 1],
  };
  const [rows, columns] = axes(layer).map(unreadRuns);
  assert.deepEqual(cells(rows?.input ?? []), [0, 2, 4, 6]);
  assert.deepEqual(rows?.padding, []);
  assert.deepEqual(columns, { input: [], padding: [{ first: 9, last: 10 }] });
});

test("of the largest layers at least the end is known, and at once", () => {
  const [rows] = axes({ ...DEFAULTS, height: 16_384, kernelSize: [1000, 3], stride: [7, 1] });
  const { input } = unreadRuns(rows);
  assert.deepEqual(cells(input).length, rows.unread);
  assert.equal(input.at(-1)?.last, 16_383);
});

test("the count is of all cells without a window, between windows as well as after them", () => {
  const between: Layer = {
    ...DEFAULTS,
    height: 9,
    width: 5,
    kernelSize: [2, 3],
    stride: [2, 1],
    dilation: [2, 2],
  };
  const axis = axes(between)[0];
  assert.equal(axis.unread, 0, "none is left over at the end");
  assert.equal(unreadCount(axis), 4, "rows 1, 3, 5 and 7");
});
