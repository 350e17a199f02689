import assert from "node:assert/strict";
import { test } from "node:test";
import { readLayer } from "../../static/src/lib/arguments.ts";
import { ARGUMENTS, type Argument, OPERATIONS } from "../../static/src/lib/layer.ts";
import { formatQuery } from "../../static/src/lib/query.ts";
import { FIRST_SPEED, readState, type State, statePairs } from "../../static/src/lib/state.ts";
import { type Random, random } from "./random.ts";

function anyText(draw: Random, argument: Argument): string {
  const number = () => String(draw.whole(0, 40));
  if (argument === "bias" || argument === "ceilMode" || argument === "countIncludePad")
    return draw.one(["true", "false"]);
  if (argument === "paddingMode") return draw.one(["zeros", "reflect", "replicate", "circular"]);
  if (argument === "padding" && draw.chance(0.3)) return draw.one(["same", "valid", "0,1,2,3"]);
  if (["kernelSize", "stride", "padding", "dilation", "outputSize", "outputPadding"].includes(argument)) {
    return draw.chance(0.5) ? number() : `${number()},${number()}`;
  }
  return number();
}

function anyState(draw: Random): State {
  const operation = draw.one(OPERATIONS);
  const edits = (depth: number) =>
    new Map(
      Array.from({ length: draw.whole(0, 4) }, () => [
        Array.from({ length: depth }, () => draw.whole(0, 12)).join("."),
        draw.whole(-5000, 5000) / draw.one([1, 10, 1000]),
      ]),
    );
  return {
    operation,
    texts: Object.fromEntries(ARGUMENTS[operation].map((argument) => [argument, anyText(draw, argument)])),
    filter: draw.whole(0, 9),
    channel: draw.whole(0, 9),
    row: draw.whole(0, 31),
    column: draw.whole(0, 31),
    speed: draw.one([FIRST_SPEED, 0.5, 60]),
    sheet: { input: edits(3), weight: edits(4), bias: edits(1) },
  };
}

test("a state that goes into an address comes back as it was", () => {
  const draw = random(7);
  for (let i = 0; i < 500; i += 1) {
    const state = anyState(draw);
    const query = formatQuery(statePairs(state));
    const back = readState(new URLSearchParams(query));
    assert.deepEqual({ ...back, texts: null }, { ...state, texts: null }, query);
    assert.deepEqual(readLayer(back.operation, back.texts), readLayer(state.operation, state.texts), query);
  }
});

test("what comes out of an address goes in again unchanged", () => {
  const draw = random(11);
  for (let i = 0; i < 200; i += 1) {
    const query = formatQuery(statePairs(anyState(draw)));
    assert.equal(formatQuery(statePairs(readState(new URLSearchParams(query)))), query);
  }
});

test("an address that makes no sense is passed over, and what is typed is kept to be explained", () => {
  const query = new URLSearchParams(
    "operation=nothing&height=seven&cell=-1,x&speed=1e9&x=0.0:5,1.2.3:four&w=1.1.1.1:2",
  );
  const state = readState(query);
  assert.equal(state.operation, "conv2d");
  assert.equal(state.texts.height, "seven");
  assert.deepEqual([state.row, state.column, state.speed], [0, 0, FIRST_SPEED]);
  assert.deepEqual([...state.sheet.input], []);
  assert.deepEqual([...state.sheet.weight], [["1.1.1.1", 2]]);
});

test("the width follows the height where the address leaves it out", () => {
  assert.equal(readState(new URLSearchParams("height=9&kernel_size=3")).texts.width, "9");
});

test("commas and colons stay readable in an address", () => {
  assert.equal(
    formatQuery([
      ["kernel_size", "3,5"],
      ["x", "0.1.2:-1"],
      ["no", undefined],
      ["a b", "c&d"],
    ]),
    "kernel_size=3,5&x=0.1.2:-1&a+b=c%26d",
  );
});
