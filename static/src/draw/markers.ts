// A shape for each optimizer beside its colour, about the point 0, 0 and some 12 wide.

import { type SVGTemplateResult, svg } from "lit";
import type { Racer } from "../lib/racers.ts";

const SHAPES: Readonly<Record<Racer, string>> = {
  sgd: "M5 0A5 5 0 1 1 -5 0A5 5 0 1 1 5 0z",
  momentum: "M-4.5 -4.5h9v9h-9z",
  nesterov: "M-4 -5.5L6 0L-4 5.5z",
  adagrad: "M0 -6.3L6.3 0L0 6.3L-6.3 0z",
  rmsprop: "M-5.5 -4H5.5L0 6z",
  adam: "M-5.5 4H5.5L0 -6z",
  adamw: "M-2 -6h4v4h4v4h-4v4h-4v-4h-4v-4h4z",
};

export function marker(racer: Racer, x: number, y: number): SVGTemplateResult {
  return svg`<path class="marker" data-racer=${racer} d=${SHAPES[racer]} transform=${`translate(${x.toFixed(1)} ${y.toFixed(1)})`}></path>`;
}

/** The marker as a picture of its own, for rows and heads. */
export function swatch(racer: Racer) {
  return svg`<svg class="swatch" viewBox="-7 -7 14 14" aria-hidden="true">${marker(racer, 0, 0)}</svg>`;
}
