// One output cell written out: which numbers meet, what they make, and what the cell becomes.

import { type Axis, paddings, taps } from "./geometry.ts";
import { isConvolution, type Layer } from "./layer.ts";
import { sourceOf } from "./padding.ts";
import { biasAt, inputAt, type Sheet, weightAt } from "./sheet.ts";

/** One meeting of an input cell and a place of the kernel. */
export interface Meeting {
  /** The cell under the kernel, in input coordinates; outside the input it is padding. */
  readonly row: number;
  readonly column: number;
  readonly kernelRow: number;
  readonly kernelColumn: number;
  /** What the cell holds; null where nothing is there (max pooling's padding, cells past the end). */
  readonly value: number | null;
  /** null in pooling. */
  readonly weight: number | null;
  readonly product: number;
}

/** What one input channel gives to the cell. */
export interface Share {
  readonly channel: number;
  readonly meetings: readonly Meeting[];
  readonly sum: number;
}

export interface Cell {
  readonly filter: number;
  readonly row: number;
  readonly column: number;
  readonly shares: readonly Share[];
  /** null without one. */
  readonly bias: number | null;
  /** Average pooling: by how much the sum is divided. */
  readonly divisor: number | null;
  /** Max pooling: the meeting that won, the first of equals. */
  readonly winner: Meeting | null;
  readonly value: number;
}

type Axes = readonly [Axis, Axis];

/** Products beyond this are not written out: a cell of a million of them is nobody's exercise. */
export const MOST_PRODUCTS = 50_000;

/** How many products one output cell takes. */
export function productsPerCell(layer: Layer, [rows, columns]: Axes): number {
  return rows.kernel * columns.kernel * (isConvolution(layer) ? layer.inChannels / layer.groups : 1);
}

/** The input channels that output channel `filter` reads: its group's, or in pooling its own. */
export function channelsOf(layer: Layer, filter: number): readonly number[] {
  if (!isConvolution(layer)) return [filter];
  const size = layer.inChannels / layer.groups;
  const first = Math.floor(filter / (layer.outChannels / layer.groups)) * size;
  return Array.from({ length: size }, (_, i) => first + i);
}

/** The number in the kernel between an input channel and a filter, wherever PyTorch's weight tensor keeps it. */
export function weightBetween(layer: Layer, sheet: Sheet, filter: number, channel: number) {
  const [first, second] = weightIndex(layer, filter, channel);
  return (row: number, column: number) => weightAt(sheet, first, second, row, column, layer.kernelSize);
}

/** The first two indices of the weight tensor: (out, in / groups) for a convolution, (in, out / groups) transposed. */
export function weightIndex(layer: Layer, filter: number, channel: number): readonly [number, number] {
  return layer.operation === "conv_transpose2d"
    ? [channel, filter % (layer.outChannels / layer.groups)]
    : [filter, channel % (layer.inChannels / layer.groups)];
}

/** What a cell of the (padded) input holds; null where there is nothing to read: what a pooling leaves out of account. */
export function valueAt(
  layer: Layer,
  sheet: Sheet,
  channel: number,
  row: number,
  column: number,
): number | null {
  const mode = layer.operation === "conv2d" ? layer.paddingMode : "zeros";
  const r = sourceOf(row, layer.height, mode);
  const c = sourceOf(column, layer.width, mode);
  if (r !== undefined && c !== undefined) return inputAt(sheet, channel, r, c);
  if (layer.operation === "max_pool2d") return null;
  return layer.operation === "avg_pool2d" && !isCounted(layer, row, column) ? null : 0;
}

/** Whether average pooling counts a cell outside the input: the padding where it is told to, what lies past it never. */
function isCounted(layer: Layer, row: number, column: number): boolean {
  const [rows, columns] = paddings(layer);
  return layer.countIncludePad && row < layer.height + rows[1] && column < layer.width + columns[1];
}

/** Output cell (filter, row, column) with everything that made it. */
export function explain(
  layer: Layer,
  axes: Axes,
  sheet: Sheet,
  filter: number,
  row: number,
  column: number,
): Cell {
  const shares = channelsOf(layer, filter).map((channel) => {
    const meetings = meetingsOf(layer, axes, sheet, filter, channel, row, column);
    return { channel, meetings, sum: meetings.reduce((sum, { product }) => sum + product, 0) };
  });
  const sum = shares.reduce((total, share) => total + share.sum, 0);
  const bias = isConvolution(layer) && layer.bias ? biasAt(sheet, filter) : null;
  const winner = layer.operation === "max_pool2d" ? winnerOf(shares) : null;
  const isMean = !isConvolution(layer) && layer.operation !== "max_pool2d";
  const divisor = isMean ? divisorOf(layer, axes, row, column) : null;
  const value = made(layer, sum + (bias ?? 0), winner, divisor);
  return { filter, row, column, shares, bias, divisor, winner, value };
}

/** What a cell becomes; NaN where a pooling's window lies wholly in the padding. */
function made(layer: Layer, sum: number, winner: Meeting | null, divisor: number | null): number {
  if (isConvolution(layer)) return sum;
  if (layer.operation === "max_pool2d") return winner?.value ?? Number.NaN;
  return divisor ? sum / divisor : Number.NaN;
}

/** Every value of one output channel, row by row. */
export function outputMap(layer: Layer, axes: Axes, sheet: Sheet, filter: number): Float64Array {
  const [rows, columns] = axes;
  const values = new Float64Array(rows.output * columns.output);
  for (let row = 0; row < rows.output; row += 1) {
    for (let column = 0; column < columns.output; column += 1) {
      values[row * columns.output + column] = explain(layer, axes, sheet, filter, row, column).value;
    }
  }
  return values;
}

function meetingsOf(
  layer: Layer,
  [rows, columns]: Axes,
  sheet: Sheet,
  filter: number,
  channel: number,
  row: number,
  column: number,
): Meeting[] {
  const weightOf = isConvolution(layer) ? weightBetween(layer, sheet, filter, channel) : undefined;
  const across = taps(columns, column);
  return taps(rows, row).flatMap((down) =>
    across.map((right) => {
      const value = valueAt(layer, sheet, channel, down.cell, right.cell);
      const weight = weightOf ? weightOf(down.weight, right.weight) : null;
      return {
        row: down.cell,
        column: right.cell,
        kernelRow: down.weight,
        kernelColumn: right.weight,
        value,
        weight,
        product: (value ?? 0) * (weight ?? 1) + 0,
      };
    }),
  );
}

function winnerOf(shares: readonly Share[]): Meeting | null {
  let best: Meeting | null = null;
  for (const meeting of shares[0]?.meetings ?? []) {
    if (meeting.value !== null && (best?.value == null || meeting.value > best.value)) best = meeting;
  }
  return best;
}

/** Cells an average divides by: those of the padded input under the window, or of the input alone. */
function divisorOf(layer: Layer, axes: Axes, row: number, column: number): number {
  const padded = layer.operation === "avg_pool2d" && layer.countIncludePad;
  const [down, across] = axes.map((axis, i) => {
    const [first, last] = padded ? [-axis.before, axis.size + axis.after] : [0, axis.size];
    return taps(axis, i === 0 ? row : column).filter(({ cell }) => cell >= first && cell < last).length;
  });
  return (down ?? 0) * (across ?? 0);
}
