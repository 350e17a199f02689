// A map's own values, not levels: painted cell by cell, with their numbers in them where there is room.

import { rounded } from "../lib/numbers.ts";
import { type RampTable, rampIndex } from "../lib/ramp.ts";

/** Decimals of a value on the activations page, wherever it is written. */
export const DIGITS = 3;

/** How a value is written. */
export function written(value: number): string {
  return rounded(value, DIGITS);
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

/** Whether a number is read better in the paper's colour than in the ink's on the ramp at `index`: on either theme the
 * ends of the ramp lie between the two, so the contrast decides. */
export function needsPaper(table: RampTable, index: number, ink: number, paper: number): boolean {
  const behind = luminance(table[index * 3] ?? 0, table[index * 3 + 1] ?? 0, table[index * 3 + 2] ?? 0);
  return contrast(behind, paper) > contrast(behind, ink);
}

/** Relative luminance (WCAG 2) of an sRGB colour, 0…1. */
export function luminance(red: number, green: number, blue: number): number {
  const [r = 0, g = 0, b = 0] = [red, green, blue].map((byte) => {
    const share = byte / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}
