// Everything the stage shows, worked out once per change of the layer or of a number: not per step.

import { accepts } from "../lib/acceptance.ts";
import { type Axis, axes } from "../lib/geometry.ts";
import { isConvolution, type Layer } from "../lib/layer.ts";
import { rounded } from "../lib/numbers.ts";
import type { Sheet } from "../lib/sheet.ts";
import {
  channelsOf,
  MOST_PRODUCTS,
  outputMap,
  productsPerCell,
  valueAt,
  weightBetween,
} from "../lib/walkthrough.ts";
import { inputSpan } from "./layout.ts";

export interface Scene {
  readonly layer: Layer;
  readonly axes: readonly [Axis, Axis];
  readonly sheet: Sheet;
  /** The output channel and the input channel that are drawn. */
  readonly filter: number;
  readonly channel: number;
  /** False where PyTorch refuses the layer: the output then has no cells. */
  readonly possible: boolean;
  /** The values of the filter's map; null where there are too many to work out here. */
  readonly output: Float64Array | null;
  readonly inputTexts: Texts;
  readonly kernelTexts: Texts;
  readonly outputTexts: Texts;
}

/** The numbers of a grid as they are printed: by row and column, null where nothing is; and the longest of them. */
export interface Texts {
  readonly at: (row: number, column: number) => string;
  readonly longest: number;
  /** The largest absolute value, which the darkest shade stands for. */
  readonly largest: number;
  readonly value: (row: number, column: number) => number | null;
}

/** Grids of more cells than this are drawn as one block, without numbers or shades. */
export const MOST_CELLS = 70 * 70;
const MOST_MULTIPLICATIONS = 4_000_000;

export function scene(layer: Layer, sheet: Sheet, filter: number, channel: number): Scene {
  const both = axes(layer);
  const possible = accepts(layer);
  const output = possible && isSmall(layer, both) ? outputMap(layer, both, sheet, filter) : null;
  const columns = both[1].output;
  return {
    layer,
    axes: both,
    sheet,
    filter,
    channel,
    possible,
    output,
    inputTexts: inputTexts(layer, both, sheet, channel),
    kernelTexts: kernelTexts(layer, both, sheet, filter, channel),
    outputTexts: texts(
      [0, output ? both[0].output : 0],
      [0, columns],
      (row, column) => output?.[row * columns + column] ?? null,
    ),
  };
}

/** Whether every output cell can be worked out within a frame. */
function isSmall(layer: Layer, both: readonly [Axis, Axis]): boolean {
  const cells = both[0].output * both[1].output;
  const each = productsPerCell(layer, both);
  return cells <= MOST_CELLS && each <= MOST_PRODUCTS && cells * each <= MOST_MULTIPLICATIONS;
}

/** The input channel that is drawn beside a filter: the one asked for when the filter reads it, else its first. */
export function channelBeside(layer: Layer, filter: number, wanted: number): number {
  const channels = channelsOf(layer, filter);
  return channels.includes(wanted) ? wanted : (channels[0] ?? 0);
}

function inputTexts(layer: Layer, both: readonly [Axis, Axis], sheet: Sheet, channel: number): Texts {
  const [rows, columns] = both.map((axis) => {
    const { first, count } = inputSpan(axis);
    return [first, first + count] as const;
  });
  if (!rows || !columns || (rows[1] - rows[0]) * (columns[1] - columns[0]) > MOST_CELLS) return NO_TEXTS;
  const [down, across] = both;
  const isPast = (row: number, column: number) =>
    row >= down.size + down.after || column >= across.size + across.after;
  return texts(rows, columns, (row, column) =>
    isPast(row, column) ? null : valueAt(layer, sheet, channel, row, column),
  );
}

function kernelTexts(
  layer: Layer,
  [rows, columns]: readonly [Axis, Axis],
  sheet: Sheet,
  filter: number,
  channel: number,
): Texts {
  if (!isConvolution(layer) || rows.kernel * columns.kernel > MOST_CELLS) return NO_TEXTS;
  return texts([0, rows.kernel], [0, columns.kernel], weightBetween(layer, sheet, filter, channel));
}

const NO_TEXTS: Texts = { at: () => "", longest: 0, largest: 0, value: () => null };

function texts(
  [firstRow, endRow]: readonly [number, number],
  [firstColumn, endColumn]: readonly [number, number],
  value: (row: number, column: number) => number | null,
): Texts {
  let longest = 0;
  let largest = 0;
  const written: string[] = [];
  const columns = endColumn - firstColumn;
  for (let row = firstRow; row < endRow; row += 1) {
    for (let column = firstColumn; column < endColumn; column += 1) {
      const number = value(row, column);
      const text = number === null ? "" : rounded(number);
      written.push(text);
      longest = Math.max(longest, text.length);
      largest = Math.max(largest, Math.abs(number ?? 0));
    }
  }
  return {
    at: (row, column) => written[(row - firstRow) * columns + column - firstColumn] ?? "",
    longest,
    largest,
    value,
  };
}
