// Where everything on the stage lies, in CSS pixels: input, kernel and output on one scale, as large as the room allows.

import type { Axis } from "../lib/geometry.ts";
import { start, taps } from "../lib/geometry.ts";

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
  readonly output: Grid;
}

export type Part = "input" | "kernel" | "output";
export const PARTS: readonly Part[] = ["input", "kernel", "output"];

/** A span of cells along one axis: the first, and how many. */
export interface Span {
  readonly first: number;
  readonly count: number;
}

/** Room above each grid for its caption, and under the kernel for the bias. */
const CAPTION_PX = 24;
/** Between two grids, for the sign that joins them. */
const BETWEEN_PX = 44;
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

/** Which cells of a span no window ever reads. */
export function neverRead(axis: Axis, { first, count }: Span): boolean[] {
  const unread = new Array<boolean>(count).fill(true);
  for (let index = 0; index < axis.output; index += 1) {
    for (const { cell } of taps(axis, index)) {
      if (cell - first >= 0 && cell - first < count) unread[cell - first] = false;
    }
  }
  return unread;
}

type Place = Omit<Grid, "x" | "y" | "cell">;
type Axes = readonly [Axis, Axis];

/** Lays out a stage in the room given: side by side, or the kernel above the output where that makes cells larger. */
export function layout(axes: Axes, width: number, height: number): Layout {
  const places = {
    input: place(axes, inputSpan),
    kernel: place(axes, kernelSpan),
    output: place(axes, outputSpan),
  };
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

type Places = Readonly<Record<Part, Place>>;

function sideBySide({ input, kernel, output }: Places, width: number, height: number): Layout {
  const cell = cellSize(
    (width - 2 * MARGIN_PX - 2 * BETWEEN_PX) / (input.columns + kernel.columns + output.columns),
    (height - 2 * MARGIN_PX - 2 * CAPTION_PX) / Math.max(input.rows, kernel.rows, output.rows),
  );
  const wide = (input.columns + kernel.columns + output.columns) * cell + 2 * BETWEEN_PX;
  const middle = height / 2;
  const at = (x: number, of: Place): Grid => ({
    ...of,
    cell,
    x: snap(x),
    y: snap(middle - (of.rows * cell) / 2),
  });
  const left = (width - wide) / 2;
  const afterInput = left + input.columns * cell + BETWEEN_PX;
  return {
    width,
    height,
    input: at(left, input),
    kernel: at(afterInput, kernel),
    output: at(afterInput + kernel.columns * cell + BETWEEN_PX, output),
  };
}

function kernelOnTop({ input, kernel, output }: Places, width: number, height: number): Layout {
  const second = Math.max(kernel.columns, output.columns);
  const cell = cellSize(
    (width - 2 * MARGIN_PX - BETWEEN_PX) / (input.columns + second),
    Math.min(
      (height - 2 * MARGIN_PX - CAPTION_PX) / input.rows,
      (height - 2 * MARGIN_PX - 3 * CAPTION_PX) / (kernel.rows + output.rows),
    ),
  );
  const left = (width - (input.columns + second) * cell - BETWEEN_PX) / 2;
  const right = left + input.columns * cell + BETWEEN_PX;
  const top = MARGIN_PX + CAPTION_PX;
  const outputTop = Math.max(
    top + kernel.rows * cell + 2 * CAPTION_PX,
    top + (input.rows - output.rows) * cell,
  );
  return {
    width,
    height,
    input: { ...input, cell, x: snap(left), y: top },
    kernel: { ...kernel, cell, x: snap(right), y: top },
    output: { ...output, cell, x: snap(right), y: snap(outputTop) },
  };
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
export function cellAt(grid: Grid, x: number, y: number): { row: number; column: number } | undefined {
  const row = Math.floor((y - grid.y) / grid.cell);
  const column = Math.floor((x - grid.x) / grid.cell);
  if (row < 0 || column < 0 || row >= grid.rows || column >= grid.columns) return undefined;
  return { row: row + grid.firstRow, column: column + grid.firstColumn };
}
