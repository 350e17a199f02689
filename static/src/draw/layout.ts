// Where everything on the stage lies, in CSS pixels: input and output on one scale, as large as the room allows, and the
// kernel too unless its numbers could not be read then. The bias is one cell under the kernel.

import type { Axis } from "../lib/geometry.ts";
import { start, taps } from "../lib/geometry.ts";
import type { Cell } from "../lib/walk.ts";

/** A grid of square cells. Its first row and column may be negative: padding lies before cell 0. */
export interface Grid {
  readonly x: number;
  readonly y: number;
  readonly cell: number;
  readonly firstRow: number;
  readonly firstColumn: number;
  readonly rows: number;
  readonly columns: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly input: Grid;
  readonly kernel: Grid;
  readonly bias: Grid;
  readonly output: Grid;
}

export type Part = "input" | "kernel" | "bias" | "output";
export const PARTS: readonly Part[] = ["input", "kernel", "bias", "output"];

/** A cell of one part of the stage that someone points at, edits or has the focus on. */
export interface Point extends Cell {
  readonly part: Part;
}

/** A span of cells along one axis: the first, and how many. */
export interface Span {
  readonly first: number;
  readonly count: number;
}

/** Room above each grid for its caption. */
const CAPTION_PX = 24;
/** Under the kernel, for the bias: a gap and its cell. */
const BIAS_GAP_PX = 6;
const BIAS_CELL_PX = 24;
const BIAS_PX = BIAS_GAP_PX + BIAS_CELL_PX + 2;
/** Left of the bias, for its name. */
const BIAS_NAME_PX = 44;
/** Between two grids. */
const BETWEEN_PX = 44;
const BETWEEN_STACKED_PX = 24;
/** A kernel grows beyond the scale of the others up to this size of cell, within its share of the width. */
const READABLE_CELL_PX = 28;
const KERNEL_SHARE = 0.3;
/** Smaller cells show shades, whose scale needs this more room under the grids. */
const LEAST_NUMBERED_PX = 15;
const SCALE_PX = 8;
/** Around everything, for the sheets behind and the strokes. */
const MARGIN_PX = 10;
const LARGEST_CELL_PX = 44;

/** The cells of the input as drawn: with its padding, and as far as any window reaches. */
export function inputSpan(axis: Axis): Span {
  if (axis.kind === "stamp") return { first: 0, count: axis.size };
  const end = axis.size + axis.after;
  const reached = axis.kind === "slide" && axis.output > 0 ? start(axis, axis.output - 1) + axis.extent : end;
  return { first: -axis.before, count: Math.max(end, reached, axis.extent - axis.before) + axis.before };
}

/** The cells of the output as drawn: of a transposed convolution also those that padding cuts off. */
export function outputSpan(axis: Axis): Span {
  if (axis.kind !== "stamp") return { first: 0, count: Math.max(0, axis.output) };
  const stamped = (axis.size - 1) * axis.stride + axis.extent - axis.before;
  return { first: -axis.before, count: Math.max(stamped, axis.output) + axis.before };
}

/** Which cells of a span no window ever reads; what lies past the padding is there for a window that reaches so far. */
export function neverRead(axis: Axis, { first, count }: Span): boolean[] {
  const unread = Array.from({ length: count }, (_, i) => first + i < axis.size + axis.after);
  for (let index = 0; index < axis.output; index += 1) {
    for (const { cell } of taps(axis, index)) {
      if (cell - first >= 0 && cell - first < count) unread[cell - first] = false;
    }
  }
  return unread;
}

type Place = Omit<Grid, "x" | "y" | "cell">;
type Places = Readonly<Record<Exclude<Part, "bias">, Place>>;
type Axes = readonly [Axis, Axis];

/** Lays out a stage in the room given: side by side, or the kernel above the output where that makes cells larger. */
export function layout(axes: Axes, width: number, height: number): Layout {
  const places = {
    input: place(axes, inputSpan),
    kernel: place(axes, kernelSpan),
    output: place(axes, outputSpan),
  };
  const first = best(places, width, height);
  if (first.input.cell >= LEAST_NUMBERED_PX) return first;
  return { ...best(places, width, height - SCALE_PX), height };
}

function best(places: Places, width: number, height: number): Layout {
  const beside = sideBySide(places, width, height);
  const stacked = kernelOnTop(places, width, height);
  return stacked.input.cell > beside.input.cell * 1.15 ? stacked : beside;
}

function kernelSpan(axis: Axis): Span {
  return { first: 0, count: axis.kernel };
}

function place([rows, columns]: Axes, span: (axis: Axis) => Span): Place {
  const [down, across] = [span(rows), span(columns)];
  return {
    firstRow: down.first,
    firstColumn: across.first,
    rows: down.count,
    columns: across.count,
  };
}

function sideBySide({ input, kernel, output }: Places, width: number, height: number): Layout {
  const room = { width: width - 2 * MARGIN_PX - 2 * BETWEEN_PX, height: height - 2 * MARGIN_PX - CAPTION_PX };
  const tallest = Math.max(input.rows, output.rows);
  const together = input.columns + output.columns;
  const alike = cellSize(
    room.width / (together + kernel.columns),
    room.height / tallest,
    (room.height - BIAS_PX) / kernel.rows,
  );
  const kernelCell = Math.max(alike, readable(kernel, room.width * KERNEL_SHARE, room.height - BIAS_PX));
  const cell =
    kernelCell > alike
      ? cellSize((room.width - kernel.columns * kernelCell) / together, room.height / tallest)
      : alike;
  const wide = together * cell + kernel.columns * kernelCell + 2 * BETWEEN_PX;
  const middle = (height + CAPTION_PX) / 2;
  const at = (x: number, of: Place, size: number): Grid => ({
    ...of,
    cell: size,
    x: snap(x),
    y: snap(middle - (of.rows * size) / 2),
  });
  const left = (width - wide) / 2;
  const afterInput = left + input.columns * cell + BETWEEN_PX;
  const between = at(afterInput, kernel, kernelCell);
  const lowest = height - BIAS_PX - kernel.rows * kernelCell;
  const lifted = { ...between, y: snap(Math.max(CAPTION_PX, Math.min(between.y, lowest))) };
  return {
    width,
    height,
    input: at(left, input, cell),
    kernel: lifted,
    bias: biasUnder(lifted),
    output: at(afterInput + kernel.columns * kernelCell + BETWEEN_PX, output, cell),
  };
}

function kernelOnTop({ input, kernel, output }: Places, width: number, height: number): Layout {
  const room = {
    width: width - 2 * MARGIN_PX - BETWEEN_STACKED_PX,
    height: height - 2 * MARGIN_PX - CAPTION_PX,
  };
  const second = Math.max(kernel.columns, output.columns);
  const cell = cellSize(
    room.width / (input.columns + second),
    room.height / input.rows,
    (room.height - BIAS_PX - CAPTION_PX) / (kernel.rows + output.rows),
  );
  const kernelCell = Math.max(
    cell,
    readable(
      kernel,
      room.width - input.columns * cell,
      room.height - BIAS_PX - CAPTION_PX - output.rows * cell,
    ),
  );
  const wide = Math.max(kernel.columns * kernelCell, output.columns * cell);
  const left = (width - input.columns * cell - BETWEEN_STACKED_PX - wide) / 2;
  const right = left + input.columns * cell + BETWEEN_STACKED_PX;
  const top = MARGIN_PX + CAPTION_PX;
  const below = top + kernel.rows * kernelCell + BIAS_PX + CAPTION_PX;
  const aligned = top + (input.rows - output.rows) * cell;
  const above = { ...kernel, cell: kernelCell, x: snap(right), y: top };
  return {
    width,
    height,
    input: { ...input, cell, x: snap(left), y: top },
    kernel: above,
    bias: biasUnder(above),
    output: { ...output, cell, x: snap(right), y: snap(Math.max(below, aligned)) },
  };
}

/** The bias in the middle under a kernel, with its name; under a small one further right, so that the name has room. */
function biasUnder(kernel: Grid): Grid {
  const middle = kernel.x + (kernel.columns * kernel.cell) / 2;
  return {
    x: snap(Math.max(kernel.x + BIAS_CELL_PX, middle + (BIAS_NAME_PX - BIAS_CELL_PX) / 2)),
    y: snap(kernel.y + kernel.rows * kernel.cell + BIAS_GAP_PX),
    cell: BIAS_CELL_PX,
    firstRow: 0,
    firstColumn: 0,
    rows: 1,
    columns: 1,
  };
}

/** The size at which a kernel's numbers can be read, if it has the room. */
function readable(kernel: Place, width: number, height: number): number {
  return Math.floor(Math.min(READABLE_CELL_PX, width / kernel.columns, height / kernel.rows));
}

/** Whole pixels where they are many, so that lines are sharp. */
function cellSize(...bounds: number[]): number {
  const size = Math.max(0.01, Math.min(LARGEST_CELL_PX, ...bounds));
  return size >= 4 ? Math.floor(size) : size;
}

function snap(px: number): number {
  return Math.round(px);
}

/** The left or upper edge of a cell. */
export function left(grid: Grid, column: number): number {
  return grid.x + (column - grid.firstColumn) * grid.cell;
}

export function top(grid: Grid, row: number): number {
  return grid.y + (row - grid.firstRow) * grid.cell;
}

/** The cell of a grid at a point, or undefined beside it. */
export function cellAt(grid: Grid, x: number, y: number): Cell | undefined {
  const { row, column } = cellNear(grid, x, y);
  const [down, across] = [row - grid.firstRow, column - grid.firstColumn];
  return down < 0 || across < 0 || down >= grid.rows || across >= grid.columns ? undefined : { row, column };
}

/** The cell at a point if the grid went on for ever. */
export function cellNear(grid: Grid, x: number, y: number): Cell {
  return {
    row: Math.floor((y - grid.y) / grid.cell) + grid.firstRow,
    column: Math.floor((x - grid.x) / grid.cell) + grid.firstColumn,
  };
}
