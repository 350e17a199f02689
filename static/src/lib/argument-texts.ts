// The texts of an argument's fields: what each shows of what was typed, and what typing into one makes of all.

import { numbersOf, type Place, readArgument, shownText, type Texts } from "./arguments.ts";
import type { Argument, Layer } from "./layer.ts";

export const SIDES: readonly Argument[] = ["height", "width"];

/** A field that is typed into. */
export interface Typed {
  readonly argument: Argument;
  readonly text: string;
  /** How many fields the argument has. */
  readonly of: number;
  /** Whether the width follows the height. */
  readonly follows: boolean;
}

/** Whether PyTorch could read the argument as it is typed. */
export function reads(texts: Texts, { operation }: Layer, argument: Argument): boolean {
  return readArgument(operation, argument, texts[argument] ?? "") !== undefined;
}

/** The text of an argument as typed; its default where it has one, and pooling's stride stays empty: it is the kernel's. */
export function wholeText(texts: Texts, layer: Layer, argument: Argument, now: number): string {
  const isKernels = argument === "stride" && !layer.operation.startsWith("conv");
  const otherwise = isKernels || !reads(texts, layer, argument) ? "" : String(now);
  return shownText(texts, argument) || otherwise;
}

/** The text of each of an argument's places, as typed where that has as many. */
export function partTexts(texts: Texts, layer: Layer, argument: Argument, of: number): readonly string[] {
  const typed = plain(texts[argument] ?? "").split(",");
  return typed.length === of ? typed : numbersOf(layer, argument).map(String);
}

/** What typing into one field changes. A pair, as PyTorch has it, is of both axes wherever it is typed. */
export function withTyped(
  texts: Texts,
  layer: Layer,
  place: Place,
  { argument, text, of, follows }: Typed,
): Texts {
  const pair = pairOf(text);
  if (SIDES.includes(argument)) {
    if (pair) return { height: pair[0], width: pair[1] };
    return follows ? { height: text, width: text } : { [argument]: text };
  }
  if (place === "all" || (pair && of === 2)) return { [argument]: text };
  return { [argument]: partTexts(texts, layer, argument, of).with(place, text).join(",") };
}

/** A text without what Python writes around numbers. */
function plain(text: string): string {
  return text.replace(/[\s()[\]]/g, "");
}

/** The two numbers of a text like `3,5` or `(3, 5)`. */
function pairOf(text: string): readonly [string, string] | undefined {
  const [first, second, ...more] = plain(text).split(",");
  return first && second && more.length === 0 ? [first, second] : undefined;
}
