// Arguments as people type them, in PyTorch's manner: `3`, `3,5`, `(3, 5)`, `same`, `true`. Whatever the address holds is
// text; a layer comes out of it only when every text can be read.

import { bounds, faults } from "./acceptance.ts";
import { divisors } from "./fraction.ts";
import { paddings } from "./geometry.ts";
import {
  ARGUMENTS,
  type Argument,
  type Layer,
  type Operation,
  PADDING_MODES,
  type Padding,
  spelling,
  strideOf,
} from "./layer.ts";

/** What is typed for each argument; the empty text is PyTorch's default. */
export type Texts = Readonly<Partial<Record<Argument, string>>>;

export const PAIRS: readonly Argument[] = [
  "kernelSize",
  "stride",
  "padding",
  "outputPadding",
  "dilation",
  "outputSize",
];
export const FLAGS: readonly Argument[] = ["bias", "ceilMode", "countIncludePad"];

/** PyTorch's defaults, for arguments that have one; an address leaves them out. */
const DEFAULTS: Layer = {
  operation: "conv2d",
  inChannels: 1,
  height: 1,
  width: 1,
  outChannels: 1,
  kernelSize: [1, 1],
  stride: null,
  padding: [0, 0],
  outputPadding: [0, 0],
  dilation: [1, 1],
  groups: 1,
  bias: true,
  paddingMode: "zeros",
  ceilMode: false,
  countIncludePad: true,
  outputSize: [1, 1],
};
const REQUIRED: readonly Argument[] = ["height", "width", "kernelSize", "outputSize"];
const ALWAYS_WRITTEN: readonly Argument[] = [...REQUIRED, "inChannels", "outChannels"];

/** What the text says for the argument, or undefined where it says nothing. */
export function readArgument(
  operation: Operation,
  argument: Argument,
  text: string,
): Layer[Argument] | undefined {
  const plain = text
    .trim()
    .replace(/^[([]|[)\]]$/g, "")
    .replace(/\s/g, "")
    .replace(/^["']|["']$/g, "");
  if (plain === "" && !REQUIRED.includes(argument)) return DEFAULTS[argument];
  if (FLAGS.includes(argument)) return readFlag(plain.toLowerCase());
  if (argument === "paddingMode") return PADDING_MODES.find((mode) => mode === plain);
  if (argument === "padding" && operation === "conv2d" && (plain === "same" || plain === "valid"))
    return plain;
  const numbers = plain.split(",").map(readWhole);
  if (!numbers.every((number) => number !== undefined && isWithin(argument, number))) return undefined;
  return spread(operation, argument, numbers as number[]);
}

function readFlag(text: string): boolean | undefined {
  return text === "true" ? true : text === "false" ? false : undefined;
}

function readWhole(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function isWithin(argument: Argument, number: number): boolean {
  const [least, most] = bounds(argument) ?? [0, 0];
  return number >= least && number <= most;
}

function spread(
  operation: Operation,
  argument: Argument,
  numbers: readonly number[],
): Layer[Argument] | undefined {
  const [first = 0, second = first] = numbers;
  if (!PAIRS.includes(argument)) return numbers.length === 1 ? first : undefined;
  if (numbers.length <= 2) return [first, second];
  const isFour = argument === "padding" && operation === "conv2d" && numbers.length === 4;
  return isFour ? (numbers as unknown as Padding) : undefined;
}

/** The layer that the texts describe, and which of them cannot be read. */
export function readLayer(
  operation: Operation,
  texts: Texts,
): { layer: Layer | undefined; unreadable: readonly Argument[] } {
  const layer: Record<string, unknown> = { ...DEFAULTS, operation };
  const unreadable: Argument[] = [];
  for (const argument of ARGUMENTS[operation]) {
    const value = readArgument(operation, argument, texts[argument] ?? "");
    if (value === undefined) unreadable.push(argument);
    else layer[argument] = value;
  }
  return { layer: unreadable.length ? undefined : (layer as unknown as Layer), unreadable };
}

/** What stands for an argument that was never readable: room for every kernel that a slider reaches. */
const UNKNOWN: Partial<Layer> = { height: 32, width: 32, kernelSize: [3, 3], outputSize: [3, 3] };

/** The layer with something in the place of what cannot be read: what `before` had there, else a usual value. It is
 * there so that the other arguments can still be moved. */
export function standIn(operation: Operation, texts: Texts, before: Layer | undefined): Layer {
  const layer: Record<string, unknown> = { ...DEFAULTS, ...UNKNOWN, ...before, operation };
  for (const argument of ARGUMENTS[operation]) {
    const value = readArgument(operation, argument, texts[argument] ?? "");
    if (value !== undefined) layer[argument] = value;
  }
  return layer as unknown as Layer;
}

/** What a form shows for an argument: the text, or PyTorch's default; nothing where the default is another argument. */
export function shownText(texts: Texts, argument: Argument): string {
  const text = texts[argument] ?? "";
  return text === "" && !REQUIRED.includes(argument) ? writeArgument(DEFAULTS[argument]) : text;
}

/** A value as its shortest text: one number for equal ones. */
export function writeArgument(value: Layer[Argument]): string {
  if (value === null) return "";
  if (!Array.isArray(value)) return String(value);
  return new Set(value).size === 1 ? String(value[0]) : value.join(",");
}

/** The query of a layer in PyTorch's spelling; defaults are left out. */
export function layerPairs(operation: Operation, texts: Texts): (readonly [string, string | undefined])[] {
  return ARGUMENTS[operation].map((argument) => {
    const text = texts[argument]?.replace(/[\s()[\]"']/g, "") ?? "";
    const isDefault = !ALWAYS_WRITTEN.includes(argument) && text === writeArgument(DEFAULTS[argument]);
    return [spelling(argument), text === "" || isDefault ? undefined : text] as const;
  });
}

/** How far a slider reaches when nothing forbids it; what is typed may be more. */
const REACH: Readonly<Partial<Record<Argument, number>>> = {
  inChannels: 16,
  outChannels: 16,
  height: 32,
  width: 32,
  kernelSize: 11,
  stride: 8,
  padding: 8,
  outputPadding: 7,
  dilation: 6,
  outputSize: 12,
};

/** Which numbers of an argument are meant: one of its places, or all of them together. */
export type Place = number | "all";

/** The numbers that a slider may be dragged to: the present one, and those with which PyTorch takes the layer. Where it
 * takes it with none, something else is wrong: then those that add nothing to that. */
export function reachable(layer: Layer, argument: Argument, place: Place): readonly number[] {
  const now = along(layer, argument, place);
  const [least = 0, most = 0] = bounds(argument) ?? [];
  const end = Math.min(most, Math.max(REACH[argument] ?? 0, now));
  const all =
    argument === "groups"
      ? divisors(layer.inChannels).filter((n) => layer.outChannels % n === 0)
      : Array.from({ length: Math.max(0, end - least + 1) }, (_, i) => least + i);
  const present = faults(layer);
  const found = new Map(all.map((n) => [n, faults(replaced(layer, argument, place, n))]));
  const isMendable = [...found.values()].some((wrong) => wrong.length === 0);
  const mostWrong = isMendable ? [] : present;
  return all.filter((n) => n === now || found.get(n)?.every((fault) => mostWrong.includes(fault)));
}

/** The numbers of an argument in force: one, two for height and width, or a padding's four. */
export function numbersOf(layer: Layer, argument: Argument): readonly number[] {
  if (argument === "stride") return strideOf(layer);
  const value = layer[argument];
  if (argument === "padding" && typeof value === "string") return paddings(layer).flat();
  return [value].flat().map(Number);
}

export function along(layer: Layer, argument: Argument, place: Place): number {
  return numbersOf(layer, argument)[place === "all" ? 0 : place] ?? 0;
}

/** The layer with one number of an argument replaced, or all of them. */
export function replaced(layer: Layer, argument: Argument, place: Place, number: number): Layer {
  if (!PAIRS.includes(argument)) return { ...layer, [argument]: number };
  const numbers = numbersOf(layer, argument).map((old, i) => (place === "all" || i === place ? number : old));
  return { ...layer, [argument]: numbers };
}
