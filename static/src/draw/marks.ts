// Marks that many cells share: one path for the lines of a grid, one for all cells of a colour.

import { type Grid, left, top } from "./layout.ts";

/** From this size on, cells are drawn one by one; from the next, with their number in them if it fits. */
export const LEAST_CELL_PX = 4;
export const LEAST_NUMBER_PX = 15;
const LEAST_FONT_PX = 8;
/** Width of a digit as a share of the size of the type. */
const DIGIT = 0.58;

/** Steps of colour on either side of zero. */
export const SHADES = 10;

/** Lines between the cells of a rectangle, its border included. */
export function lines(
  grid: Grid,
  rows = grid.rows,
  columns = grid.columns,
  row = grid.firstRow,
  column = grid.firstColumn,
): string {
  const [x, y] = [left(grid, column), top(grid, row)];
  const [width, height] = [columns * grid.cell, rows * grid.cell];
  if (grid.cell < LEAST_CELL_PX) return `M${x} ${y}h${width}v${height}h${-width}z`;
  let path = "";
  for (let i = 0; i <= rows; i += 1) path += `M${x} ${y + i * grid.cell}h${width}`;
  for (let i = 0; i <= columns; i += 1) path += `M${x + i * grid.cell} ${y}v${height}`;
  return path;
}

/** One square, inset by so many pixels on each side. */
export function square(grid: Grid, row: number, column: number, inset = 0): string {
  const side = Math.max(0.5, grid.cell - 2 * inset);
  return `M${left(grid, column) + inset} ${top(grid, row) + inset}h${side}v${side}h${-side}z`;
}

/** The squares of each shade: −10…10 without 0, which is the paper. */
export function shades(
  grid: Grid,
  value: (row: number, column: number) => number | null,
  rows: readonly [number, number],
  columns: readonly [number, number],
  largest: number,
): Map<number, string> {
  const paths = new Map<number, string>();
  for (let row = rows[0]; row < rows[1]; row += 1) {
    for (let column = columns[0]; column < columns[1]; column += 1) {
      const shade = shadeOf(value(row, column) ?? 0, largest);
      if (shade !== 0) paths.set(shade, (paths.get(shade) ?? "") + square(grid, row, column));
    }
  }
  return paths;
}

export function shadeOf(value: number, largest: number): number {
  if (largest === 0) return 0;
  return Math.round(Math.max(-1, Math.min(1, value / largest)) * SHADES);
}

/** The size of type at which a number fits into a cell that must show it, however small that is. */
export function tightType(cell: number, length: number): number {
  return Math.min(cell * 0.55, (cell * 0.9) / (Math.max(1, length) * DIGIT));
}

/** The size of type at which the longest of these numbers fits into a cell, or undefined where none can be read. */
export function typeSize(cell: number, longest: number): number | undefined {
  if (cell < LEAST_NUMBER_PX) return undefined;
  const size = Math.min(cell * 0.48, 16, (cell * 0.86) / (Math.max(1, longest) * DIGIT));
  return size >= LEAST_FONT_PX ? Math.round(size * 2) / 2 : undefined;
}
