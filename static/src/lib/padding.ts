// What a cell of the padding holds: nothing (0), or a copy of an input cell.

import type { PaddingMode } from "./layer.ts";

/** The input cell along one axis that `cell` shows: itself inside the input; outside, the one that the mode copies,
 * or undefined for zeros. */
export function sourceOf(cell: number, size: number, mode: PaddingMode): number | undefined {
  if (cell >= 0 && cell < size) return cell;
  switch (mode) {
    case "zeros":
      return undefined;
    case "replicate":
      return cell < 0 ? 0 : size - 1;
    case "circular":
      return ((cell % size) + size) % size;
    case "reflect": {
      if (size === 1) return 0;
      const period = 2 * (size - 1);
      const inside = ((cell % period) + period) % period;
      return Math.min(inside, period - inside);
    }
  }
}
