import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asksTheSame,
  closedTo,
  depthOf,
  pairsOf,
  parseView,
  type View,
} from "../../static/src/lib/looking.ts";
import { formatQuery } from "../../static/src/lib/query.ts";

const fallback = { network: "tinyvgg", image: "stripes" };

function read(query: string): View {
  return parseView(new URLSearchParams(query), fallback);
}

test("every state survives its own address", () => {
  for (const query of [
    "network=mlp&image=ab12",
    "network=mlp&image=ab12&crop=1,2,30&compare=lenet,convnet&scale=layer&layer=3.layers.1&channel=0&row=0&column=31",
    "network=tinyvgg&image=stripes&scale=network&layer=input&channel=2",
    "network=tinyvgg&image=stripes&layer=16",
  ]) {
    assert.equal(formatQuery(pairsOf(read(query))), query);
  }
});

test("an address that says nothing shows the first network and sample, whole, each map on its own scale", () => {
  const view = read("");
  assert.deepEqual({ network: view.network, image: view.image }, fallback);
  assert.equal(view.scale, "map");
  assert.equal(depthOf(view), 0);
});

test("what cannot be read is left out, and with it what lies deeper", () => {
  assert.equal(depthOf(read("channel=3&row=1&column=1")), 0);
  assert.equal(depthOf(read("layer=2&channel=-1&row=1&column=1")), 1);
  assert.equal(depthOf(read("layer=2&channel=1&row=1")), 2);
  assert.equal(read("layer=2&channel=1&row=1").row, undefined);
  assert.equal(read("crop=1,2&scale=planet").crop, undefined);
  assert.equal(read("scale=planet").scale, "map");
});

test("closing goes back one step at a time", () => {
  const deepest = read("layer=2&channel=1&row=4&column=5");
  assert.equal(depthOf(deepest), 3);
  assert.equal(formatQuery(pairsOf(closedTo(deepest, 2))), "network=tinyvgg&image=stripes&layer=2&channel=1");
  assert.equal(formatQuery(pairsOf(closedTo(deepest, 1))), "network=tinyvgg&image=stripes&layer=2");
  assert.equal(formatQuery(pairsOf(closedTo(deepest, 0))), "network=tinyvgg&image=stripes");
});

test("only picture, crop and networks need the server", () => {
  const view = read("crop=1,2,30&compare=lenet");
  assert.ok(asksTheSame(view, { ...view, layer: "3", channel: 2, row: 1, column: 1, scale: "network" }));
  assert.ok(!asksTheSame(view, { ...view, crop: { top: 1, left: 2, side: 31 } }));
  assert.ok(!asksTheSame(view, { ...view, crop: undefined }));
  assert.ok(!asksTheSame(view, { ...view, compare: [] }));
  assert.ok(!asksTheSame(view, { ...view, network: "mlp" }));
  assert.ok(!asksTheSame(view, { ...view, image: "other" }));
});
