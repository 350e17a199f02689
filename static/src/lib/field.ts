// What a value of a layer sees of the input, from the three numbers a layer has for it along each axis.

import type { Box } from "./unit.ts";

export interface Field {
  /** Rows and columns of the input that a value sees. */
  readonly size: readonly [number, number];
  /** From one value's first row and column to the next one's; null where every value sees the whole input. */
  readonly jump: readonly [number, number] | null;
  /** First row and column of value (0, 0); negative in the padding. */
  readonly start: readonly [number, number];
}

/** The part of the input, `height` × `width`, that the value at (row, column) sees. */
export function boxOf(field: Field, row: number, column: number, height: number, width: number): Box {
  if (field.jump === null) return { top: 0, left: 0, bottom: height, right: width };
  const span = (axis: 0 | 1, index: number, size: number) => {
    const first = field.start[axis] + Math.floor(index * (field.jump?.[axis] ?? 0));
    return [Math.max(0, first), Math.min(size, first + field.size[axis])] as const;
  };
  const [top, bottom] = span(0, row, height);
  const [left, right] = span(1, column, width);
  return { top, left, bottom, right };
}

/** A field as the page's strips carry it: `3,3;1,1;-1,-1`, the jump empty where there is none. */
export function parseField(text: string | undefined): Field | undefined {
  const [size, jump, start] = (text ?? "").split(";").map(parsePair);
  return size && start ? { size, start, jump: jump ?? null } : undefined;
}

function parsePair(text: string): readonly [number, number] | undefined {
  const [first, second] = text.split(",").map(Number);
  return text === "" || first === undefined || second === undefined ? undefined : [first, second];
}
