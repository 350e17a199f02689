// A layer's maps as tiles on one canvas: where each lies, and its pixels, coloured from the 8-bit levels of the sheet.

import type { Bitmap } from "../lib/png.ts";
import { type RampTable, rampIndex } from "../lib/ramp.ts";
import type { Place, Range } from "../lib/trace.ts";

/** Tiles in rows, one pixel of frame around each. All in CSS pixels; the canvas has as many. */
export interface Tiling {
  readonly count: number;
  readonly columns: number;
  readonly rows: number;
  /** Size of one tile without its frame. */
  readonly height: number;
  readonly width: number;
  /** Width of the frame between two tiles: 1, or 0 where tiles are too many and too small for one. */
  readonly frame: 0 | 1;
}

/** Tiles of maps: enlarged by the largest whole number that keeps a side within `target`, as many in a row as `room`
 * has place for. */
export function tileMaps(count: number, height: number, width: number, room: number, target: number): Tiling {
  const zoom = Math.max(1, Math.floor(Math.min(target, room - 2) / Math.max(height, width)));
  const columns = Math.max(1, Math.min(count, Math.floor((room - 1) / (width * zoom + 1))));
  return {
    count,
    columns,
    rows: Math.ceil(count / columns),
    height: height * zoom,
    width: width * zoom,
    frame: 1,
  };
}

/** Tiles of a flat layer: every value a bar of colour, all of them in one row if they are at least one pixel wide. */
export function tileValues(count: number, room: number, target: number): Tiling {
  const rows = Math.ceil(count / room);
  const columns = Math.ceil(count / rows);
  const pitch = Math.min(target + 1, Math.floor(room / columns));
  const frame = pitch >= 6 ? 1 : 0;
  const height = Math.max(4, Math.floor(target / rows));
  return { count, columns, rows, height, width: Math.max(1, pitch - frame), frame };
}

export function tilingSize({ columns, rows, width, height, frame }: Tiling): {
  width: number;
  height: number;
} {
  return { width: columns * (width + frame) + frame, height: rows * (height + frame) + frame };
}

/** The upper left pixel of a tile, inside its frame. */
export function tileAt(tiling: Tiling, index: number): { x: number; y: number } {
  const { columns, width, height, frame } = tiling;
  return {
    x: (index % columns) * (width + frame) + frame,
    y: Math.floor(index / columns) * (height + frame) + frame,
  };
}

/** The tile under a point of the canvas, frames included; undefined beside the last one. */
export function tileUnder(tiling: Tiling, x: number, y: number): number | undefined {
  const column = Math.floor(x / (tiling.width + tiling.frame));
  const row = Math.floor(y / (tiling.height + tiling.frame));
  if (column < 0 || row < 0 || column >= tiling.columns) return undefined;
  const index = row * tiling.columns + column;
  return index < tiling.count ? index : undefined;
}

/** Colours as whole pixels (opaque), ready for a canvas of either byte order. */
export function paletteOf(table: RampTable): Uint32Array {
  const bytes = new Uint8ClampedArray((table.length / 3) * 4);
  for (let i = 0; i < table.length / 3; i += 1) {
    bytes.set(table.subarray(i * 3, i * 3 + 3), i * 4);
    bytes[i * 4 + 3] = 255;
  }
  return new Uint32Array(bytes.buffer);
}

/** The colour of each of a map's 256 levels, which are quantised over its own range, on a scale up to ±`largest`. */
export function coloursOf({ minimum, maximum }: Range, largest: number, palette: Uint32Array): Uint32Array {
  const low = minimum ?? 0;
  const step = ((maximum ?? 0) - low) / 255;
  return Uint32Array.from(
    { length: 256 },
    (_, level) => palette[rampIndex(low + level * step, largest)] ?? 0,
  );
}

/** The canvas's pixels: every tile's levels, enlarged to whole pixels, in the colours of its channel. */
export function paintMaps(
  tiling: Tiling,
  { height, width }: { height: number; width: number },
  levels: Pick<Bitmap, "values" | "width">,
  place: Place,
  coloursFor: (channel: number) => Uint32Array,
  frameColour: number,
): Uint32Array<ArrayBuffer> {
  const size = tilingSize(tiling);
  const pixels = new Uint32Array(size.width * size.height);
  const zoom = tiling.width / width;
  for (let channel = 0; channel < tiling.count; channel += 1) {
    const colours = coloursFor(channel);
    const { x, y } = tileAt(tiling, channel);
    frame(pixels, size.width, tiling, x, y, frameColour);
    const tileTop = place.top + Math.floor(channel / place.columns) * height;
    const tileLeft = place.left + (channel % place.columns) * width;
    for (let row = 0; row < height; row += 1) {
      const from = (tileTop + row) * levels.width + tileLeft;
      const to = (y + row * zoom) * size.width + x;
      for (let column = 0; column < width; column += 1) {
        const colour = colours[levels.values[from + column] ?? 0] ?? 0;
        pixels.fill(colour, to + column * zoom, to + (column + 1) * zoom);
      }
      for (let again = 1; again < zoom; again += 1) {
        pixels.copyWithin(to + again * size.width, to, to + tiling.width);
      }
    }
  }
  return pixels;
}

/** The canvas's pixels of a flat layer: a block for each value. */
export function paintValues(tiling: Tiling, colourOf: (channel: number) => number, frameColour: number) {
  const size = tilingSize(tiling);
  const pixels = new Uint32Array(size.width * size.height);
  for (let channel = 0; channel < tiling.count; channel += 1) {
    const { x, y } = tileAt(tiling, channel);
    if (tiling.frame) frame(pixels, size.width, tiling, x, y, frameColour);
    for (let row = y; row < y + tiling.height; row += 1) {
      pixels.fill(colourOf(channel), row * size.width + x, row * size.width + x + tiling.width);
    }
  }
  return pixels;
}

function frame(
  pixels: Uint32Array,
  across: number,
  tiling: Tiling,
  x: number,
  y: number,
  colour: number,
): void {
  const { width, height } = tiling;
  pixels.fill(colour, (y - 1) * across + x - 1, (y - 1) * across + x + width + 1);
  pixels.fill(colour, (y + height) * across + x - 1, (y + height) * across + x + width + 1);
  for (let row = y; row < y + height; row += 1) {
    pixels[row * across + x - 1] = colour;
    pixels[row * across + x + width] = colour;
  }
}
