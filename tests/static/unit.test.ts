import assert from "node:assert/strict";
import { test } from "node:test";
import { groupsOf, strongest, type UnitAnswer } from "../../static/src/lib/unit.ts";

const nothing = { value: 0, receptive_field: { top: 0, left: 0, bottom: 1, right: 1 }, sources: ["0"] };

/** The sum of all terms of all groups. */
function total(groups: ReturnType<typeof groupsOf>): number {
  return groups.flatMap(({ terms }) => terms).reduce((sum, { product }) => sum + (product ?? 0), 0);
}

test("a convolution's products are grouped by the channel they read, each at its row and column", () => {
  const unit: UnitAnswer = {
    ...nothing,
    kind: "conv2d",
    channels: [4, 5],
    rows: [-1, 0],
    columns: [7, 8, 9],
    operands: [
      [
        [0, 0, 0],
        [1, 2, 3],
      ],
      [
        [0, 0, 0],
        [4, 5, 6],
      ],
    ],
    weights: [
      [
        [1, 1, 1],
        [2, 2, 2],
      ],
      [
        [1, 1, 1],
        [-1, 0, 1],
      ],
    ],
    products: [
      [
        [0, 0, 0],
        [2, 4, 6],
      ],
      [
        [0, 0, 0],
        [-4, 0, 6],
      ],
    ],
    channel_sums: [12, 2],
    bias: 0.5,
  };
  const groups = groupsOf(unit);
  assert.deepEqual(
    groups.map(({ channel, sum, across }) => [channel, sum, across]),
    [
      [4, 12, 3],
      [5, 2, 3],
    ],
  );
  assert.deepEqual(groups[1]?.terms[5], { operand: 6, weight: 1, product: 6, row: 0, column: 9 });
  assert.deepEqual(groups[0]?.terms[0], { operand: 0, weight: 1, product: 0, row: -1, column: 7 });
  assert.equal(total(groups), 14);
  assert.equal(strongest(groups), 0);
});

test("a dense layer's products are grouped by the map they were flattened from", () => {
  const unit: UnitAnswer = {
    ...nothing,
    kind: "linear",
    operands: [1, 2, 3, 4, 5, 6],
    weights: [1, 1, 1, -1, -1, -1],
    products: [1, 2, 3, -4, -5, -6],
    channel_sums: [6, -15],
    bias: 1,
  };
  const groups = groupsOf(unit);
  assert.deepEqual(
    groups.map(({ sum, terms }) => [sum, terms.length]),
    [
      [6, 3],
      [-15, 3],
    ],
  );
  assert.equal(groups[1]?.terms[0]?.operand, 4);
  assert.equal(strongest(groups), 1, "the largest by size, not by value");
});

test("max pooling is one group without weights; what takes no part is null", () => {
  const unit: UnitAnswer = {
    ...nothing,
    kind: "max_pool2d",
    channels: [3],
    rows: [0, 1],
    columns: [-1, 0],
    operands: [
      [null, 5],
      [null, 7],
    ],
    winner: { row: 1, column: 0 },
  };
  const [group, ...others] = groupsOf(unit);
  assert.equal(others.length, 0);
  assert.equal(group?.channel, 3);
  assert.deepEqual(
    group?.terms.map(({ operand, weight }) => [operand, weight]),
    [
      [null, null],
      [5, null],
      [null, null],
      [7, null],
    ],
  );
});

test("average pooling's weights are one over its divisor", () => {
  const unit: UnitAnswer = {
    ...nothing,
    kind: "avg_pool2d",
    channels: [1],
    rows: [0],
    columns: [0, 1],
    operands: [[2, 6]],
    weights: [[0.5, 0.5]],
    products: [[1, 3]],
    channel_sums: [4],
    bias: 0,
    divisor: 2,
  };
  assert.equal(total(groupsOf(unit)), 4);
});

test("operands in one row are one group, whatever the layer; without sums there is none", () => {
  const residual: UnitAnswer = {
    ...nothing,
    kind: "residual",
    operands: [0.5, -2],
    weights: [1, 1],
    products: [0.5, -2],
    channel_sums: [-1.5],
    bias: 0,
  };
  assert.equal(total(groupsOf(residual)), -1.5);
  assert.deepEqual(groupsOf({ ...nothing, kind: "softmax", operands: [1, 2, 3], argument: 2 }), []);
  assert.deepEqual(groupsOf({ ...nothing, kind: "relu", argument: 2 }), []);
});
