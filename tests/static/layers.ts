// Layers for tests, from the golden cases' spelling or from a few arguments.

import { readFileSync } from "node:fs";
import type { Layer, Operation, Pair } from "../../static/src/lib/layer.ts";
import { OPERATIONS } from "../../static/src/lib/layer.ts";

type Sizes = { readonly height: number; readonly width: number };

/** One entry of tests/cases/geometry.json on two axes; the README there says what each key is. */
export interface Case {
  readonly operation: Operation;
  readonly about?: string;
  readonly input: Sizes & { readonly channels: number };
  readonly layer: Readonly<Record<string, unknown>>;
  readonly accepted: boolean;
  readonly output: Sizes & { readonly channels: number };
  readonly exact: Readonly<Record<keyof Sizes, { numerator: number; denominator: number }>>;
  readonly unread: Readonly<Record<"top" | "bottom" | "left" | "right", number>>;
  readonly taps: Readonly<Record<keyof Sizes, readonly (readonly Pair[])[]>>;
  readonly reads: Readonly<Record<keyof Sizes, readonly (readonly number[])[]>>;
}

export function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../cases/${name}`, import.meta.url), "utf8"));
}

/** The cases of operations that the page has. */
export function planarCases(): readonly Case[] {
  const known: readonly string[] = OPERATIONS;
  return (golden("geometry.json") as readonly Case[]).filter(({ operation }) => known.includes(operation));
}

export const DEFAULTS: Layer = {
  operation: "conv2d",
  inChannels: 1,
  height: 7,
  width: 7,
  outChannels: 1,
  kernelSize: [3, 3],
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

export function layerOf({ operation, input, layer }: Case): Layer {
  const given = Object.entries(layer).map(([name, value]) => [camel(name), value] as const);
  const pairs = given.map(([name, value]) =>
    typeof value === "number" && Array.isArray({ ...DEFAULTS, stride: [1, 1] }[name as keyof Layer])
      ? [name, [value, value]]
      : [name, value],
  );
  const { channels, height, width } = input;
  return { ...DEFAULTS, operation, inChannels: channels, height, width, ...Object.fromEntries(pairs) };
}

function camel(name: string): string {
  return name.replace(/_[a-z]/g, (found) => found.slice(1).toUpperCase());
}
