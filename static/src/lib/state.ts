// The arithmetic page's whole state, and the query that says it.

import { layerPairs, type Texts } from "./arguments.ts";
import { ARGUMENTS, OPERATIONS, type Operation, spelling } from "./layer.ts";
import { formatEdits, parseEdits, type Sheet } from "./sheet.ts";

export interface State {
  readonly operation: Operation;
  readonly texts: Texts;
  /** The output channel and the input channel that are drawn, and the output cell that is computed. */
  readonly filter: number;
  readonly channel: number;
  readonly row: number;
  readonly column: number;
  /** Cells a second. */
  readonly speed: number;
  readonly sheet: Sheet;
}

export const FIRST_SPEED = 2;

export function readState(query: URLSearchParams): State {
  const operation = OPERATIONS.find((name) => name === query.get("operation")) ?? "conv2d";
  const texts: Texts = Object.fromEntries(
    ARGUMENTS[operation].flatMap((argument) => {
      const text = query.get(spelling(argument)) ?? (argument === "width" ? query.get("height") : null);
      return text === null ? [] : [[argument, text]];
    }),
  );
  const [row = 0, column = 0] = (query.get("cell") ?? "").split(",").map(readIndex);
  const speed = Number(query.get("speed"));
  return {
    operation,
    texts,
    filter: readIndex(query.get("filter")),
    channel: readIndex(query.get("channel")),
    row,
    column,
    speed: speed > 0 && speed <= 60 ? speed : FIRST_SPEED,
    sheet: {
      input: parseEdits(query.get("x"), 3),
      weight: parseEdits(query.get("w"), 4),
      bias: parseEdits(query.get("b"), 1),
    },
  };
}

/** The state as name and value; what is at its beginning is left out. */
export function statePairs(state: State): (readonly [string, string | number | undefined])[] {
  const { operation, texts, filter, channel, row, column, speed, sheet } = state;
  return [
    ["operation", operation],
    ...layerPairs(operation, texts),
    ["filter", filter || undefined],
    ["channel", channel || undefined],
    ["cell", row || column ? `${row},${column}` : undefined],
    ["speed", speed === FIRST_SPEED ? undefined : speed],
    ["x", formatEdits(sheet.input)],
    ["w", formatEdits(sheet.weight)],
    ["b", formatEdits(sheet.bias)],
  ];
}

function readIndex(text: string | null): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
