// One tab stop per grid: the arrows, Home, End and Page keys move within it.

export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** Where a key leads from `cell` in a grid of `rows` × `columns`; undefined for a key that does not move. */
export function walk(key: string, cell: Cell, rows: number, columns: number): Cell | undefined {
  const to = target(key, cell, rows, columns);
  if (to === undefined || rows < 1 || columns < 1) return undefined;
  return { row: within(to.row, rows), column: within(to.column, columns) };
}

function target(key: string, { row, column }: Cell, rows: number, columns: number): Cell | undefined {
  switch (key) {
    case "ArrowUp":
      return { row: row - 1, column };
    case "ArrowDown":
      return { row: row + 1, column };
    case "ArrowLeft":
      return { row, column: column - 1 };
    case "ArrowRight":
      return { row, column: column + 1 };
    case "Home":
      return { row, column: 0 };
    case "End":
      return { row, column: columns - 1 };
    case "PageUp":
      return { row: 0, column };
    case "PageDown":
      return { row: rows - 1, column };
    default:
      return undefined;
  }
}

function within(index: number, length: number): number {
  return Math.max(0, Math.min(length - 1, index));
}
