// The same kernel under the rules of others: how each rounds, and how each pads.

import { type Axis, axes, slide } from "./geometry.ts";
import type { Layer } from "./layer.ts";

export type Rule = "floor" | "ceil" | "valid" | "same";

export interface Ruled {
  readonly rule: Rule;
  readonly axis: Axis;
  /** Whether this is what the page's layer does. */
  readonly isOurs: boolean;
}

/** One axis (0 height, 1 width) under every rule; empty where no kernel slides over padding. */
export function underEveryRule(layer: Layer, index: 0 | 1): readonly Ruled[] {
  const given = axes(layer)[index];
  if (given.kind !== "slide") return [];
  const isCeil = layer.ceilMode && layer.operation !== "conv2d";
  const found: Ruled[] = [
    { rule: "floor", axis: slide(given), isOurs: !isCeil },
    { rule: "ceil", axis: slide(given, true), isOurs: isCeil },
    { rule: "valid", axis: slide({ ...given, before: 0, after: 0 }), isOurs: false },
    { rule: "same", axis: slide({ ...given, ...samePadding(given) }), isOurs: false },
  ];
  return found.filter(({ axis }) => axis.output >= 1);
}

/** TensorFlow's "same": as many windows as strides begin in the input, the odd cell of padding after it. */
export function samePadding({ size, stride, extent }: Axis): { before: number; after: number } {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
  return { before: Math.floor(total / 2), after: Math.ceil(total / 2) };
}
