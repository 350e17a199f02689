// A map's own values, not levels: painted cell by cell, with their numbers in them where there is room.

import { rounded } from "../lib/numbers.ts";
import { type RampTable, rampIndex } from "../lib/ramp.ts";

/** Decimals of a value on the activations page, wherever it is written. */
export const DIGITS = 3;

/** How a value is written. */
export function written(value: number): string {
  return rounded(value, DIGITS);
}

/** A float32 in full: the fewest digits that no other float32 has. */
export function exactly(value: number): string {
  for (let digits = 1; digits < 9; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return minus(Number(text));
  }
  return minus(Number(value.toPrecision(9)));
}

function minus(value: number): string {
  return String(value).replace(/-/g, "−");
}

/** From this size of cell on, its value is printed in it. */
const LEAST_NUMBER_PX = 36;

/** The largest whole number of pixels a cell can have in `room`, at least 1. */
export function cellSize(height: number, width: number, room: number): number {
  return Math.max(1, Math.floor(room / Math.max(height, width)));
}

/** Whether a cell has room for its number. */
export function showsNumbers(cell: number): boolean {
  return cell >= LEAST_NUMBER_PX;
}

/** One pixel a cell, row by row: what a canvas shows enlarged. */
export function paintCells(
  values: ArrayLike<number>,
  largest: number,
  palette: Uint32Array,
): Uint32Array<ArrayBuffer> {
  const pixels = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    pixels[i] = palette[rampIndex(values[i] ?? 0, largest)] ?? 0;
  }
  return pixels;
}

/** Whether white is read better than black on the ramp at `index`; the better of the two has at least 4.5 : 1 anywhere. */
export function isDark(table: RampTable, index: number): boolean {
  const red = linear(table[index * 3]);
  const green = linear(table[index * 3 + 1]);
  const blue = linear(table[index * 3 + 2]);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < DARK;
}

/** The relative luminance (WCAG 2) from which black has the better contrast: √(1.05 · 0.05) − 0.05. */
const DARK = 0.179;

function linear(byte = 0): number {
  const share = byte / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}
