import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, count, factor, rounded } from "../../static/src/lib/numbers.ts";

test("whole numbers are printed whole, others to two decimals without trailing zeros", () => {
  assert.deepEqual(
    [7, 2.333333, 0.5, 1.999, 0, 100].map((value) => rounded(value)),
    ["7", "2.33", "0.5", "2", "0", "100"],
  );
});

test("a minus is a minus sign, and zero has none", () => {
  assert.deepEqual(
    [-1, -0.25, -0.001, -0].map((value) => rounded(value)),
    ["−1", "−0.25", "0", "0"],
  );
});

test("a negative factor stands in brackets", () => {
  assert.deepEqual(
    [3, -1].map((value) => factor(value)),
    ["3", "(−1)"],
  );
});

test("what is not finite is a dash", () => {
  assert.equal(rounded(Number.NaN), "–");
});

test("counts have their thousands apart, bytes a unit", () => {
  assert.deepEqual([999, 1000, 31467520, -1234].map(count), ["999", "1,000", "31,467,520", "−1,234"]);
  assert.deepEqual([160, 1536, 32 * 1024, 5 * 2 ** 20].map(bytes), ["160 B", "1.5 KiB", "32 KiB", "5 MiB"]);
});
