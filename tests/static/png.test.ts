import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { decodePng } from "../../static/src/lib/png.ts";

function chunk(type: string, body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, Buffer.from(type, "latin1"), body, Buffer.alloc(4)]); // the checksum is not looked at
}

/** A PNG whose rows are already filtered: each begins with its filter's number. `cuts` splits the data into chunks. */
function png(width: number, height: number, colour: number, rows: number[], { bits = 8, cuts = 1 } = {}) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = bits;
  head[9] = colour;
  const data = deflateSync(Uint8Array.from(rows));
  const size = Math.ceil(data.length / cuts);
  const parts = Array.from({ length: cuts }, (_, i) =>
    chunk("IDAT", data.subarray(i * size, (i + 1) * size)),
  );
  const file = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("tEXt", Buffer.from("Comment\0none")),
    ...parts,
    chunk("IEND", Buffer.alloc(0)),
  ]);
  return new Uint8Array(file);
}

test("grey rows as they are, and as differences to the left, above, their mean and Paeth's choice", async () => {
  // Worked out by hand from the specification: every row is 10 20 40, then 15 18 90 four times.
  const file = png(3, 5, 0, [
    ...[0, 10, 20, 40],
    ...[1, 15, 3, 72],
    ...[2, 0, 0, 0],
    ...[3, 8, 2, 36], // 15−⌊(0+15)/2⌋, 18−⌊(15+18)/2⌋, 90−⌊(18+90)/2⌋
    ...[4, 0, 0, 0], // Paeth chooses above, above, above
  ]);
  const { width, height, depth, values } = await decodePng(file);
  assert.deepEqual([width, height, depth], [3, 5, 1]);
  assert.deepEqual([...values], [10, 20, 40, ...Array(4).fill([15, 18, 90]).flat()]);
});

test("Paeth's choice may be left or the corner too", async () => {
  const { values } = await decodePng(png(2, 2, 0, [0, 100, 50, 4, 0, 7])); // left 100, above 50, corner 100 → above
  assert.deepEqual([...values], [100, 50, 100, 57]);
  const other = await decodePng(png(2, 2, 0, [0, 50, 50, 4, 60, 1])); // left 110, above 50, corner 50 → left
  assert.deepEqual([...other.values], [50, 50, 110, 111]);
  const corner = await decodePng(png(2, 2, 0, [0, 100, 140, 4, 216, 1])); // left 60, above 140, corner 100 → corner
  assert.deepEqual([...corner.values], [100, 140, 60, 101]);
});

test("RGB pixels are predicted from pixels, not from bytes; data may come in several chunks", async () => {
  const { depth, values } = await decodePng(png(2, 1, 2, [1, 10, 20, 30, 5, 250, 0], { cuts: 3 }));
  assert.equal(depth, 3);
  assert.deepEqual([...values], [10, 20, 30, 15, 14, 30]);
});

test("what is not an 8-bit grey or RGB PNG is refused", async () => {
  await assert.rejects(decodePng(new TextEncoder().encode("<!doctype html>")), /not a PNG/);
  await assert.rejects(decodePng(png(1, 1, 3, [0, 0])), /not 8-bit grey or RGB/);
  await assert.rejects(decodePng(png(1, 1, 0, [0, 0, 0], { bits: 16 })), /not 8-bit/);
  await assert.rejects(decodePng(png(2, 2, 0, [0, 1, 2])), /cut off/);
});
