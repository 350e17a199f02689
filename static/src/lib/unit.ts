// How one value came about, as the server explains it, brought into one form: groups of terms that are summed.

import { ask } from "./ask.ts";
import { addressOf, type LookAnswer, unreachable } from "./look.ts";

type Numbers = readonly (number | null)[];

/** The server's answer; which of the optional facts are there depends on the kind of layer. */
export interface UnitAnswer {
  readonly kind: string;
  readonly value: number | null;
  readonly receptive_field: Box;
  /** Addresses of the activations it is made of. */
  readonly sources: readonly string[];
  /** Input channels of the operands, and the rows and columns of the layer before that they lie in. */
  readonly channels?: readonly number[];
  readonly rows?: readonly number[];
  readonly columns?: readonly number[];
  /** By channel, row and column; of pooling by row and column; of a dense layer in one row. */
  readonly operands?: Nested;
  readonly weights?: Nested;
  readonly products?: Nested;
  readonly channel_sums?: Numbers;
  readonly bias?: number | null;
  readonly winner?: { readonly row: number; readonly column: number } | null;
  readonly divisor?: number;
  readonly argument?: number | null;
  readonly source?: { readonly channel: number; readonly row?: number; readonly column?: number };
  readonly byte?: number;
  readonly mean?: number;
  readonly standard_deviation?: number;
  readonly variance?: number;
  readonly eps?: number;
  readonly weight?: number;
  readonly largest?: number;
  readonly exponentials?: Numbers;
  readonly sum?: number;
}

export type Nested = readonly (number | null | Nested)[];

/** Cells of the input, the last row and column exclusive. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** One product. `row` and `column` are in the layer before; undefined where it has none. */
export interface Term {
  readonly operand: number | null;
  readonly weight: number | null;
  readonly product: number | null;
  readonly row: number | undefined;
  readonly column: number | undefined;
}

/** What one channel of the layer before contributes. */
export interface Group {
  readonly channel: number;
  readonly sum: number;
  /** Terms a row: the width of the window, or of a flattened map's list. */
  readonly across: number;
  readonly terms: readonly Term[];
}

/** The explanation of one value. Throws Trouble. */
export async function explain(
  look: LookAnswer,
  layer: string,
  { channel, row, column }: { channel: number; row?: number | undefined; column?: number | undefined },
  signal: AbortSignal,
): Promise<UnitAnswer> {
  const lang = document.documentElement.lang;
  const url = addressOf(look, `${layer}/unit`, [
    ["channel", channel],
    ["row", row],
    ["column", column],
    ["lang", lang],
  ]);
  const answer = await ask(url, unreachable(), { signal, headers: { Accept: "application/json" } });
  return answer.json();
}

/** The terms of a weighted sum by input channel; of pooling one group, whose weights may be missing. */
export function groupsOf(unit: UnitAnswer): Group[] {
  const operands = unit.operands ?? [];
  if (!Array.isArray(operands[0])) return flatGroups(unit, operands as Numbers);
  const isByChannel = Array.isArray((operands[0] as Nested | undefined)?.[0]);
  const sheets = (isByChannel ? operands : [operands]) as readonly (readonly Numbers[])[];
  return sheets.map((sheet, i) => {
    const weights = (isByChannel ? unit.weights?.[i] : unit.weights) as readonly Numbers[] | undefined;
    const products = (isByChannel ? unit.products?.[i] : unit.products) as readonly Numbers[] | undefined;
    return {
      channel: unit.channels?.[i] ?? i,
      sum: unit.channel_sums?.[i] ?? 0,
      across: sheet[0]?.length ?? 0,
      terms: sheet.flatMap((cells, row) =>
        cells.map((operand, column) => ({
          operand,
          weight: weights?.[row]?.[column] ?? null,
          product: products?.[row]?.[column] ?? null,
          row: unit.rows?.[row],
          column: unit.columns?.[column],
        })),
      ),
    };
  });
}

/** Operands in one row: a dense layer's by the map they were flattened from, a residual's two, a batch norm's one. */
function flatGroups(unit: UnitAnswer, operands: Numbers): Group[] {
  const sums = unit.channel_sums ?? [];
  const across = operands.length / Math.max(1, sums.length);
  return sums.map((sum, channel) => ({
    channel,
    sum: sum ?? 0,
    across,
    terms: operands.slice(channel * across, (channel + 1) * across).map((operand, i) => ({
      operand,
      weight: (unit.weights?.[channel * across + i] as number | undefined) ?? null,
      product: (unit.products?.[channel * across + i] as number | undefined) ?? null,
      row: undefined,
      column: undefined,
    })),
  }));
}

/** The group that contributes most, by size. */
export function strongest(groups: readonly Group[]): number {
  let best = 0;
  for (const [i, { sum }] of groups.entries()) {
    if (Math.abs(sum) > Math.abs(groups[best]?.sum ?? 0)) best = i;
  }
  return best;
}
