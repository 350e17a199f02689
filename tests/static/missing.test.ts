import assert from "node:assert/strict";
import { test } from "node:test";
import { parseView } from "../../static/src/lib/looking.ts";
import { missing } from "../../static/src/lib/missing.ts";
import type { LayerTrace } from "../../static/src/lib/trace.ts";

function layer(address: string, ...shape: number[]): [string, LayerTrace] {
  const channels = Array.from({ length: shape[0] ?? 0 }, () => ({ minimum: 0, maximum: 1 }));
  const sheet = { top: 0, left: 0, columns: 1 };
  return [address, { address, name: address, type: "conv2d", shape, channels, silent_channels: [], sheet }];
}

const look = { traces: new Map([layer("0", 16, 32, 8), layer("1", 10)]) };

function found(query: string) {
  return missing(parseView(new URLSearchParams(query), { network: "tinyvgg", image: "cat" }), look);
}

test("what is there is not missed", () => {
  for (const query of ["", "layer=0", "layer=0&channel=15&row=31&column=7", "layer=1&channel=9"]) {
    assert.equal(found(query), undefined, query);
  }
});

test("the first thing that is not there is told, and everything before it stays open", () => {
  for (const [query, depth, sentence] of [
    ["layer=2&channel=1", 0, "This network has no layer 2."],
    ["layer=0&channel=16", 1, "This layer has no map 16: they go from 0 to 15."],
    ["layer=1&channel=10", 1, "This layer has no value 10: they go from 0 to 9."],
    [
      "layer=0&channel=1&row=32&column=0",
      2,
      "This map has no value in row 32, column 0: its size is 32 × 8.",
    ],
    ["layer=0&channel=1&row=0&column=8", 2, "This map has no value in row 0, column 8: its size is 32 × 8."],
  ] as const) {
    assert.deepEqual(found(query), { depth, sentence }, query);
  }
});

test("a flat layer's value has no row, and nobody is told so", () => {
  assert.deepEqual(found("layer=1&channel=3&row=0&column=0"), { depth: 2, sentence: undefined });
});
