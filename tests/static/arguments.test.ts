import assert from "node:assert/strict";
import { test } from "node:test";
import { accepts, faults } from "../../static/src/lib/acceptance.ts";
import {
  along,
  reachable,
  readArgument,
  readLayer,
  replaced,
  standIn,
  writeArgument,
} from "../../static/src/lib/arguments.ts";
import { ARGUMENTS, argumentOf, type Layer, spelling } from "../../static/src/lib/layer.ts";
import { DEFAULTS, layerOf, planarCases } from "./layers.ts";

const NUMBERS = [
  "height",
  "kernelSize",
  "stride",
  "padding",
  "dilation",
  "groups",
  "outputPadding",
  "outputSize",
] as const;

/** Every case with every argument of it that has numbers. */
function* moved() {
  for (const given of planarCases()) {
    const layer = layerOf(given);
    for (const argument of NUMBERS) {
      if (ARGUMENTS[layer.operation].includes(argument)) yield { given, layer, argument };
    }
  }
}

test("a slider reaches only values with which PyTorch takes the layer, if there are any, and the present one", () => {
  for (const { given, layer, argument } of moved()) {
    const now = along(layer, argument, "all");
    const reach = reachable(layer, argument, "all");
    const others = reach.filter((n) => n !== now).map((n) => replaced(layer, argument, "all", n));
    const what = `${argument} of ${JSON.stringify(given.layer)}`;
    if (others.some(accepts)) assert.ok(others.every(accepts), what);
    assert.ok(
      others.flatMap(faults).every((fault) => faults(layer).includes(fault)),
      what,
    );
    assert.deepEqual(
      reach,
      [...reach].sort((a, b) => a - b),
    );
    assert.ok(!given.accepted || reach.includes(now));
  }
});

test("the groups on offer are the divisors that both channels share", () => {
  const layer: Layer = { ...DEFAULTS, inChannels: 12, outChannels: 18 };
  assert.deepEqual(reachable(layer, "groups", "all"), [1, 2, 3, 6]);
});

test("an argument may be typed as in Python or as in an address", () => {
  for (const text of ["3,5", "(3, 5)", "[3,5]", " 3 , 5 "]) {
    assert.deepEqual(readArgument("conv2d", "kernelSize", text), [3, 5], text);
  }
  assert.deepEqual(readArgument("conv2d", "kernelSize", "3"), [3, 3]);
  assert.equal(readArgument("conv2d", "padding", '"same"'), "same");
  assert.deepEqual(readArgument("conv2d", "padding", "0,1,2,3"), [0, 1, 2, 3]);
  assert.equal(readArgument("conv2d", "bias", "False"), false);
  assert.equal(readArgument("max_pool2d", "stride", ""), null);
});

test("what is no argument is not taken for one", () => {
  for (const text of ["", "0", "-1", "3.5", "three", "3,5,7", "99999", "3;5"]) {
    assert.equal(readArgument("conv2d", "kernelSize", text), undefined, text);
  }
  assert.equal(readArgument("max_pool2d", "padding", "same"), undefined);
  assert.equal(readArgument("max_pool2d", "padding", "0,1,2,3"), undefined);
  assert.equal(readArgument("conv2d", "bias", "maybe"), undefined);
});

test("a layer with one unreadable argument names it", () => {
  const { layer, unreadable } = readLayer("conv2d", { height: "7", width: "7", kernelSize: "x" });
  assert.equal(layer, undefined);
  assert.deepEqual(unreadable, ["kernelSize"]);
});

test("what cannot be read keeps no other slider from moving", () => {
  const texts = { height: "7", width: "7", kernelSize: "3", stride: "two" };
  const before: Layer = { ...DEFAULTS, stride: [2, 2] };
  assert.deepEqual(standIn("conv2d", texts, before).stride, [2, 2]);
  for (const unreadable of ["height", "kernelSize", "stride"] as const) {
    const layer = standIn("conv2d", { ...texts, stride: "2", [unreadable]: "x" }, undefined);
    for (const argument of ["height", "kernelSize", "stride", "padding", "dilation"] as const) {
      if (argument !== unreadable) assert.ok(reachable(layer, argument, "all").length > 1, argument);
    }
  }
});

test("an argument that mends nothing can still be moved", () => {
  const layer: Layer = { ...DEFAULTS, kernelSize: [9, 9], height: 7, width: 7 };
  assert.deepEqual(reachable(layer, "kernelSize", "all"), [1, 2, 3, 4, 5, 6, 7, 9]);
  assert.ok(reachable(layer, "stride", "all").length > 1);
});

test("a value is written in its shortest form", () => {
  assert.equal(writeArgument([3, 3]), "3");
  assert.equal(writeArgument([3, 5]), "3,5");
  assert.equal(writeArgument("same"), "same");
  assert.equal(writeArgument(null), "");
});

test("every argument has PyTorch's spelling and is found by it", () => {
  for (const argument of new Set(Object.values(ARGUMENTS).flat())) {
    assert.match(spelling(argument), /^[a-z]+(_[a-z]+)*$/);
    assert.equal(argumentOf(spelling(argument)), argument);
  }
});
