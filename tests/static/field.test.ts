import assert from "node:assert/strict";
import { test } from "node:test";
import { boxOf, parseField } from "../../static/src/lib/field.ts";

test("a value sees its window, cut off at the picture's edges", () => {
  const field = parseField("5,3;2,1;-2,-1");
  assert.ok(field);
  assert.deepEqual(boxOf(field, 0, 0, 32, 32), { top: 0, left: 0, bottom: 3, right: 2 });
  assert.deepEqual(boxOf(field, 3, 4, 32, 32), { top: 4, left: 3, bottom: 9, right: 6 });
  assert.deepEqual(boxOf(field, 15, 31, 32, 32), { top: 28, left: 30, bottom: 32, right: 32 });
});

test("where there is no jump every value sees everything", () => {
  const field = parseField("32,32;;0,0");
  assert.ok(field);
  assert.deepEqual(boxOf(field, 0, 7, 32, 32), { top: 0, left: 0, bottom: 32, right: 32 });
});

test("a fraction of a jump, behind a transposed convolution, begins at a whole cell", () => {
  const field = parseField("2,2;0.5,0.5;0,0");
  assert.ok(field);
  assert.deepEqual(boxOf(field, 3, 2, 32, 32), { top: 1, left: 1, bottom: 3, right: 3 });
});

test("what is no field is none", () => {
  assert.equal(parseField(undefined), undefined);
  assert.equal(parseField(""), undefined);
});
