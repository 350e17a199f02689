import assert from "node:assert/strict";
import { test } from "node:test";
import { at, mapOf, parseNpy } from "../../static/src/lib/npy.ts";

/** A file as numpy.save writes it. */
function npy(shape: readonly number[], values: readonly number[], descr = "<f4"): ArrayBuffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const header = dictionary.padEnd(64 * Math.ceil((dictionary.length + 11) / 64) - 11, " ");
  const head = new TextEncoder().encode(`xNUMPY\x01\x00xx${header}\n`);
  head[0] = 0x93;
  new DataView(head.buffer).setUint16(8, head.length - 10, true);
  const file = new Uint8Array(head.length + 4 * values.length);
  file.set(head);
  file.set(new Uint8Array(new Float32Array(values).buffer), head.length);
  return file.buffer;
}

test("channel, row and column lead to their value", () => {
  const tensor = parseNpy(npy([2, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.5]));
  assert.deepEqual(tensor.shape, [2, 2, 3]);
  assert.equal(at(tensor, 1, 1, 2), 11.5);
  assert.equal(at(tensor, 0, 1, 0), 3);
  assert.deepEqual([...mapOf(tensor, 1)], [6, 7, 8, 9, 10, 11.5]);
});

test("a flat layer's value is found by its channel alone", () => {
  const tensor = parseNpy(npy([4], [1, -2, 3, -4]));
  assert.deepEqual(tensor.shape, [4]);
  assert.equal(at(tensor, 3), -4);
  assert.deepEqual([...mapOf(tensor, 1)], [-2]);
});

test("what is not float32 in C order is refused", () => {
  assert.throws(() => parseNpy(npy([1], [1], "<f8")), /not float32/);
  assert.throws(() => parseNpy(new TextEncoder().encode("<!doctype html>").buffer), /not an .npy/);
  assert.throws(() => parseNpy(new ArrayBuffer(0)));
});
