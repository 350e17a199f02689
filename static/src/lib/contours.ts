// Lines of equal height through a grid of heights: marching squares, each cell's crossings joined straight.

export interface Heights {
  readonly columns: number;
  readonly rows: number;
  /** Row by row. */
  readonly values: Float64Array;
}

/** Ends of each piece of the line at `level`, in cells from the first grid point: x, y, x, y, … */
export function contour({ columns, rows, values }: Heights, level: number): number[] {
  const pieces: number[] = [];
  for (let row = 0; row + 1 < rows; row += 1) {
    for (let column = 0; column + 1 < columns; column += 1) {
      const at = row * columns + column;
      const a = (values[at] ?? 0) - level;
      const b = (values[at + 1] ?? 0) - level;
      const c = (values[at + columns + 1] ?? 0) - level;
      const d = (values[at + columns] ?? 0) - level;
      if (a > 0 === b > 0 && b > 0 === c > 0 && c > 0 === d > 0) continue;
      pieces.push(...crossings(a, b, c, d).map((end, i) => end + (i % 2 ? row : column)));
    }
  }
  return pieces;
}

/** Where zero is crossed on the sides of a unit square with corners a, b, c, d, clockwise from the upper left. Where all
 * four sides are crossed, the middle says which crossings belong together. */
function crossings(a: number, b: number, c: number, d: number): number[] {
  const top = a > 0 !== b > 0 ? [a / (a - b), 0] : [];
  const right = b > 0 !== c > 0 ? [1, b / (b - c)] : [];
  const bottom = c > 0 !== d > 0 ? [d / (d - c), 1] : [];
  const left = d > 0 !== a > 0 ? [0, a / (a - d)] : [];
  const isSaddle = top.length + right.length + bottom.length + left.length === 8;
  const joinsLeftUp = isSaddle && a + b + c + d > 0 !== a > 0;
  return joinsLeftUp ? [...left, ...top, ...right, ...bottom] : [...top, ...right, ...bottom, ...left];
}
