// Which cells of the padded input no window ever reads: those after the last window, and the gaps that a stride longer
// than the kernel, or a dilation, leaves between the others. app/arithmetic/unread.py says the same.

import { type Axis, taps } from "./geometry.ts";

/** Cells from `first` to `last`, in the input's coordinates. */
export interface Run {
  readonly first: number;
  readonly last: number;
}

export interface Unread {
  readonly input: readonly Run[];
  readonly padding: readonly Run[];
}

/** With more taps than this only the cells after the last window are looked for: nobody reads a longer list. */
const MOST_TAPS = 100_000;

/** The cells of one axis of a possible layer that are never read. */
export function unreadRuns(axis: Axis): Unread {
  const { size, before, after, kernel, output } = axis;
  const isStamp = axis.kind === "stamp";
  const [first, end] = isStamp ? [0, size] : [-before, size + after];
  if (kernel * output > MOST_TAPS) {
    const tail = Array.from({ length: axis.unread }, (_, i) => end - axis.unread + i);
    return divided(tail, size);
  }
  const read = new Set<number>();
  for (let index = 0; index < output; index += 1) for (const { cell } of taps(axis, index)) read.add(cell);
  const unread = Array.from({ length: end - first }, (_, i) => first + i).filter((cell) => !read.has(cell));
  return divided(unread, size);
}

/** How many cells of the input and of its padding are never read, between the windows too. */
export function unreadCount(axis: Axis): number {
  const { input, padding } = unreadRuns(axis);
  return [...input, ...padding].reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

function divided(cells: readonly number[], size: number): Unread {
  const isInput = (cell: number) => cell >= 0 && cell < size;
  return { input: runs(cells.filter(isInput)), padding: runs(cells.filter((cell) => !isInput(cell))) };
}

/** Ascending cells as runs without gaps. */
function runs(cells: readonly number[]): Run[] {
  const found: { first: number; last: number }[] = [];
  for (const cell of cells) {
    const run = found.at(-1);
    if (run && cell === run.last + 1) run.last = cell;
    else found.push({ first: cell, last: cell });
  }
  return found;
}
