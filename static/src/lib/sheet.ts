// The numbers on the stage: the example's, with a person's own in their place. In the address an edit is
// channel.row.column:value for the input, filter.channel.row.column:value for the kernel, filter:value for the bias.

import { exampleBias, exampleInput, exampleWeight } from "./example.ts";
import type { Pair } from "./layer.ts";

/** Edited cells by their dotted index. */
export type Edits = ReadonlyMap<string, number>;

export interface Sheet {
  readonly input: Edits;
  readonly weight: Edits;
  readonly bias: Edits;
}

export const UNEDITED: Sheet = { input: new Map(), weight: new Map(), bias: new Map() };

/** Most edits that an address carries; more would make it longer than servers take. */
export const MOST_EDITS = 120;
/** The largest number that a cell takes, and with a minus the smallest. */
export const LARGEST = 9999;

export function inputAt(sheet: Sheet, channel: number, row: number, column: number): number {
  return sheet.input.get(`${channel}.${row}.${column}`) ?? exampleInput(channel, row, column);
}

export function weightAt(
  sheet: Sheet,
  filter: number,
  channel: number,
  row: number,
  column: number,
  [rows, columns]: Pair,
): number {
  return (
    sheet.weight.get(`${filter}.${channel}.${row}.${column}`) ??
    exampleWeight(filter, channel, row, column, rows, columns)
  );
}

export function biasAt(sheet: Sheet, filter: number): number {
  return sheet.bias.get(String(filter)) ?? exampleBias(filter);
}

/** A number a person typed into a cell: with a point or comma, either minus, at most four digits before the point and
 * three after; undefined when it is none. */
export function readNumber(text: string): number | undefined {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  if (!/^[-+]?(\d+\.?\d*|\.\d+)$/.test(plain)) return undefined;
  const value = Math.round(Number(plain) * 1000) / 1000;
  return Math.abs(value) <= LARGEST ? value + 0 : undefined;
}

/** `edits` with one cell set, or given back to the example where `value` is the example's own. */
export function edited(edits: Edits, index: string, value: number, example: number): Edits {
  const changed = new Map(edits);
  if (value === example) changed.delete(index);
  else changed.set(index, value);
  return changed;
}

/** Whether a text could still become a number that a cell takes, as it is being typed. */
export function isUnfinished(text: string): boolean {
  return /^[-−+]?[.,]?$/.test(text.trim());
}

export function formatEdits(edits: Edits): string | undefined {
  if (edits.size === 0) return undefined;
  return [...edits].map(([index, value]) => `${index}:${value}`).join(",");
}

/** Edits from an address; what is not an edit of `depth` indices is passed over. */
export function parseEdits(text: string | null, depth: number): Edits {
  const edits = new Map<string, number>();
  for (const part of (text ?? "").split(",").slice(0, MOST_EDITS)) {
    const [index = "", written = ""] = part.split(":");
    const value = readNumber(written);
    if (value !== undefined && isIndex(index, depth)) edits.set(index, value);
  }
  return edits;
}

function isIndex(text: string, depth: number): boolean {
  const parts = text.split(".");
  return parts.length === depth && parts.every((part) => /^(0|[1-9]\d{0,5})$/.test(part));
}
