// A network's answer for one picture, as the server tells it, and the colour scales that can be made from it.

import type { Scale } from "./looking.ts";

/** The smallest and largest value of a map; null where it has none that is finite. */
export interface Range {
  readonly minimum: number | null;
  readonly maximum: number | null;
}

export interface MapsTrace {
  /** (C, H, W), or (F,) where every channel is one value. */
  readonly shape: readonly number[];
  readonly channels: readonly Range[];
  /** Where the maps lie on the sheet of levels. */
  readonly sheet: Place;
}

export interface LayerTrace extends MapsTrace {
  readonly address: string;
  readonly name: string;
  readonly type: string;
  readonly silent_channels: readonly number[];
}

/** The first pixel of a layer's atlas on the sheet, and its tiles in a row. */
export interface Place {
  readonly top: number;
  readonly left: number;
  readonly columns: number;
}

/** The largest absolute value between the ends of these ranges; 0 where there is none. */
export function largestOf(ranges: Iterable<Range>): number {
  let largest = 0;
  for (const { minimum, maximum } of ranges) {
    largest = Math.max(largest, Math.abs(minimum ?? 0), Math.abs(maximum ?? 0));
  }
  return largest;
}

/** What each channel's ramp ends at: the one place that knows what the three scales mean. */
export type ScaleOf = (layer: LayerTrace, channel: number) => number;

export function scaleOf(layers: Iterable<LayerTrace>, scale: Scale): ScaleOf {
  if (scale === "network") {
    const largest = Math.max(0, ...[...layers].map(({ channels }) => largestOf(channels)));
    return () => largest;
  }
  const ofLayer = new Map([...layers].map(({ address, channels }) => [address, largestOf(channels)]));
  const wholeLayer: ScaleOf = ({ address }) => ofLayer.get(address) ?? 0;
  if (scale === "layer") return wholeLayer;
  return (layer, channel) => {
    if (hasSingleValues(layer)) return wholeLayer(layer, channel); // one value has no range of its own
    const range = layer.channels[channel];
    return range ? largestOf([range]) : 0;
  };
}

export function isFlat({ shape }: Pick<LayerTrace, "shape">): boolean {
  return shape.length === 1;
}

/** Whether every channel is one value: of a flat layer, or of maps of one cell, as global pooling leaves them. */
export function hasSingleValues({ shape }: Pick<LayerTrace, "shape">): boolean {
  return shape.slice(1).every((size) => size === 1);
}

/** Height and width of a layer's maps; a flat layer's are one value. */
export function mapSize({ shape }: Pick<LayerTrace, "shape">): { height: number; width: number } {
  return { height: shape[1] ?? 1, width: shape[2] ?? 1 };
}
