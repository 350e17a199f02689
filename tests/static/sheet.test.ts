import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleInput, exampleWeight } from "../../static/src/lib/example.ts";
import {
  biasAt,
  edited,
  formatEdits,
  inputAt,
  isUnfinished,
  parseEdits,
  readNumber,
  UNEDITED,
  weightAt,
} from "../../static/src/lib/sheet.ts";

test("a number is read with either minus and with a comma or a point", () => {
  assert.deepEqual(["3", "-2", "−2", "0,5", ".25", "+4", "-0"].map(readNumber), [3, -2, -2, 0.5, 0.25, 4, 0]);
});

test("what is no number, or too large to print, is none", () => {
  for (const text of ["", "x", "1e9", "NaN", "Infinity", "12345", "1.2.3"])
    assert.equal(readNumber(text), undefined, text);
});

test("a sign or a point alone may still become a number, letters may not", () => {
  for (const text of ["", "-", "−", "+", ".", "-,"]) assert.ok(isUnfinished(text), text);
  for (const text of ["a", "--", "1e", "-x"]) assert.ok(!isUnfinished(text), text);
});

test("an edit replaces the example's number, and the example's own value takes it back", () => {
  const example = exampleInput(0, 2, 3);
  const once = edited(UNEDITED.input, "0.2.3", example + 1, example);
  assert.equal(inputAt({ ...UNEDITED, input: once }, 0, 2, 3), example + 1);
  assert.equal(inputAt({ ...UNEDITED, input: once }, 0, 2, 4), exampleInput(0, 2, 4));
  assert.equal(edited(once, "0.2.3", example, example).size, 0);
});

test("edits survive an address", () => {
  const edits = parseEdits("0.0.1.2:-1.5,3.0.0.0:0,bad,1.1:2,0.0.0.0:99999", 4);
  assert.deepEqual(
    [...edits],
    [
      ["0.0.1.2", -1.5],
      ["3.0.0.0", 0],
    ],
  );
  assert.deepEqual(parseEdits(formatEdits(edits) ?? "", 4), edits);
  assert.equal(formatEdits(new Map()), undefined);
});

test("no two neighbouring channels or filters of the example are alike", () => {
  const kernel = (filter: number, channel: number) =>
    Array.from({ length: 9 }, (_, i) =>
      exampleWeight(filter, channel, Math.floor(i / 3), i % 3, 3, 3),
    ).join();
  for (let i = 0; i < 4; i += 1) {
    assert.notEqual(kernel(0, i), kernel(0, i + 1));
    assert.notEqual(kernel(i, 0), kernel(i + 1, 0));
  }
  const map = (channel: number) =>
    Array.from({ length: 25 }, (_, i) => exampleInput(channel, Math.floor(i / 5), i % 5)).join();
  assert.notEqual(map(0), map(1));
});

test("no kernel of the example is empty, however narrow", () => {
  for (const [rows, columns] of [
    [1, 1],
    [1, 4],
    [5, 1],
    [2, 2],
    [3, 3],
    [4, 7],
  ] as const) {
    for (let filter = 0; filter < 8; filter += 1) {
      const weights = Array.from({ length: rows * columns }, (_, i) =>
        weightAt(UNEDITED, filter, 0, Math.floor(i / columns), i % columns, [rows, columns]),
      );
      assert.ok(
        weights.some((weight) => weight !== 0),
        `${rows} × ${columns}, filter ${filter}`,
      );
    }
  }
  assert.deepEqual(
    [0, 1, 2, 3].map((filter) => biasAt(UNEDITED, filter)),
    [1, 0, -1, 1],
  );
});
