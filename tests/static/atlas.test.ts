import assert from "node:assert/strict";
import { test } from "node:test";
import {
  coloursOf,
  paintMaps,
  paintValues,
  paletteOf,
  tileAt,
  tileMaps,
  tileUnder,
  tileValues,
  tilingSize,
} from "../../static/src/draw/atlas.ts";
import { rampIndex, rampTable } from "../../static/src/lib/ramp.ts";
import { type LayerTrace, largestOf, scaleOf } from "../../static/src/lib/trace.ts";

const palette = paletteOf(rampTable([0, 114, 178], [252, 252, 250], [208, 124, 0]));
const FRAME = 7;

test("sixteen maps of any size a network halves to are in one row of 528 px", () => {
  for (const side of [32, 16, 8, 4, 2, 1]) {
    const tiling = tileMaps(16, side, side, 530, 32);
    assert.deepEqual([tiling.columns, tiling.rows, tiling.width], [16, 1, 32]);
    assert.ok(tilingSize(tiling).width <= 530);
  }
});

test("tiles are enlarged by whole numbers and never wider than the room", () => {
  for (const [count, side, room, target] of [
    [256, 16, 528, 16],
    [64, 28, 320, 32],
    [3, 32, 40, 96],
    [10, 5, 300, 32],
  ] as const) {
    const tiling = tileMaps(count, side, side, room, target);
    assert.equal(tiling.width % side, 0);
    assert.ok(tiling.columns * tiling.rows >= count && tiling.columns * (tiling.rows - 1) < count);
    assert.ok(tilingSize(tiling).width <= room);
  }
});

test("a flat layer of any length fits its room", () => {
  for (const count of [1, 10, 256, 300, 528, 1000, 3072]) {
    const tiling = tileValues(count, 528, 32);
    const size = tilingSize(tiling);
    assert.ok(size.width <= 529, `${count} values are ${size.width} px wide`);
    assert.ok(size.height <= 48, `${count} values are ${size.height} px high`);
    assert.ok(tiling.columns * tiling.rows >= count);
  }
});

test("the tile under each of its pixels is itself, and none lies beside the last", () => {
  const tiling = tileMaps(5, 4, 4, 40, 8);
  for (let index = 0; index < 5; index += 1) {
    const { x, y } = tileAt(tiling, index);
    assert.equal(tileUnder(tiling, x, y), index);
    assert.equal(tileUnder(tiling, x + tiling.width - 1, y + tiling.height - 1), index);
  }
  const last = tileAt(tiling, 4);
  assert.equal(tileUnder(tiling, last.x + tiling.width + tiling.frame + 1, last.y), undefined);
  assert.equal(tileUnder(tiling, -1, 0), undefined);
});

test("a level becomes the colour of the value it stands for, on any scale", () => {
  const range = { minimum: -2, maximum: 3 };
  for (const largest of [3, 10]) {
    const colours = coloursOf(range, largest, palette);
    assert.equal(colours[0], palette[rampIndex(-2, largest)]);
    assert.equal(colours[255], palette[rampIndex(3, largest)]);
    assert.equal(colours[102], palette[rampIndex(0, largest)]); // −2 + 102 · 5/255 = 0
  }
});

test("a map that is nothing but zeros is the colour of paper", () => {
  const colours = coloursOf({ minimum: 0, maximum: 0 }, 0, palette);
  assert.ok(colours.every((colour) => colour === palette[128]));
  assert.ok(
    coloursOf({ minimum: null, maximum: null }, 1, palette).every((colour) => colour === palette[128]),
  );
});

test("every value of every map lies where its tile says, as a block in its channel's colour", () => {
  // Three maps of 2 × 3 in an atlas of two columns that begins at row 1, column 2 of a sheet 10 wide.
  const levels = { values: new Uint8Array(10 * 6).map((_, i) => i), width: 10 };
  const place = { top: 1, left: 2, columns: 2 };
  const tiling = tileMaps(3, 2, 3, 30, 6);
  const pixels = paintMaps(
    tiling,
    { height: 2, width: 3 },
    levels,
    place,
    (channel) => Uint32Array.from({ length: 256 }, (_, level) => 1000 * (channel + 1) + level),
    FRAME,
  );
  const across = tilingSize(tiling).width;
  for (let channel = 0; channel < 3; channel += 1) {
    const corner = tileAt(tiling, channel);
    for (let y = 0; y < tiling.height; y += 1) {
      for (let x = 0; x < tiling.width; x += 1) {
        const sheetRow = 1 + Math.floor(channel / 2) * 2 + Math.floor(y / 2);
        const sheetColumn = 2 + (channel % 2) * 3 + Math.floor(x / 2);
        const expected = 1000 * (channel + 1) + sheetRow * 10 + sheetColumn;
        assert.equal(pixels[(corner.y + y) * across + corner.x + x], expected);
      }
    }
    assert.equal(pixels[(corner.y - 1) * across + corner.x], FRAME);
    assert.equal(pixels[corner.y * across + corner.x + tiling.width], FRAME);
  }
});

test("every value of a flat layer is a block of its colour", () => {
  const tiling = tileValues(10, 100, 32);
  const pixels = paintValues(tiling, (channel) => channel + 100, FRAME);
  const across = tilingSize(tiling).width;
  for (let channel = 0; channel < 10; channel += 1) {
    const { x, y } = tileAt(tiling, channel);
    assert.equal(pixels[y * across + x], channel + 100);
    assert.equal(pixels[(y + tiling.height - 1) * across + x + tiling.width - 1], channel + 100);
  }
});

test("a scale reaches to the largest value of its map, its layer or the network", () => {
  const layer = (address: string, ...ranges: [number, number][]): LayerTrace => ({
    address,
    name: address,
    type: "conv2d",
    shape: [ranges.length, 2, 2],
    channels: ranges.map(([minimum, maximum]) => ({ minimum, maximum })),
    silent_channels: [],
    sheet: { top: 0, left: 0, columns: 1 },
  });
  const flat: LayerTrace = { ...layer("2", [5, 5], [-6, -6]), shape: [2] };
  const layers = [layer("0", [-1, 2], [0, 0]), layer("1", [-9, 1]), flat];
  const [first, second, last] = layers;
  assert.ok(first && second && last);
  assert.deepEqual(
    [0, 1].map((channel) => scaleOf(layers, "map")(first, channel)),
    [2, 0],
  );
  assert.equal(scaleOf(layers, "layer")(first, 1), 2);
  assert.equal(scaleOf(layers, "network")(first, 1), 9);
  assert.equal(scaleOf(layers, "map")(last, 0), 6, "one value has no range of its own");
  const pooled: LayerTrace = { ...layer("3", [5, 5], [-7, -7]), shape: [2, 1, 1] };
  assert.equal(scaleOf([...layers, pooled], "map")(pooled, 0), 7, "nor has a map of one value");
  assert.equal(largestOf([{ minimum: null, maximum: null }]), 0);
});
