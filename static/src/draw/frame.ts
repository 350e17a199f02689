// Where a point of the parameters' plane lies in a picture: both axes alike, so that right angles stay right.

import type { Point, Surface } from "../lib/surfaces.ts";

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Pixels for 1. */
  readonly scale: number;
  /** θ in the middle. */
  readonly middle: Point;
}

/** The largest picture of `width` × `height` pixels that shows all that the surface's view asks for. */
export function frameOf({ view }: Surface, width: number, height: number): Frame {
  const [[left, right], [bottom, top]] = view;
  const scale = Math.min(width / (right - left), height / (top - bottom));
  return { width, height, scale, middle: [(left + right) / 2, (bottom + top) / 2] };
}

export function placed({ width, height, scale, middle }: Frame, [x, y]: Point): Point {
  return [width / 2 + (x - middle[0]) * scale, height / 2 - (y - middle[1]) * scale];
}

export function pointAt({ width, height, scale, middle }: Frame, x: number, y: number): Point {
  return [middle[0] + (x - width / 2) / scale, middle[1] + (height / 2 - y) / scale];
}

/** Round numbers along an axis of `pixels`, from `least` to `most`: as many as have room. */
export function ticks(least: number, most: number, pixels: number): readonly number[] {
  const rough = ((most - least) * 70) / pixels;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(least / step);
  const count = Math.floor(most / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
}
