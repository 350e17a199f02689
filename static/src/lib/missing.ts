// What a view asks for and a look does not have: another network has other layers, and an address can name anything.

import { t } from "./i18n.ts";
import type { Depth, View } from "./looking.ts";
import { isFlat, type LayerTrace, mapSize } from "./trace.ts";

export interface Absent {
  /** How far the view can be opened all the same. */
  readonly depth: Depth;
  /** What is not there; undefined where nobody has to be told. */
  readonly sentence: string | undefined;
}

/** The first thing of a view that is not there; undefined when all of it is. */
export function missing(
  view: View,
  { traces }: { readonly traces: ReadonlyMap<string, LayerTrace> },
): Absent | undefined {
  if (view.layer === undefined) return undefined;
  const trace = traces.get(view.layer);
  if (!trace) return { depth: 0, sentence: t("This network has no layer {layer}.", { layer: view.layer }) };
  const { channel, row, column } = view;
  if (channel === undefined) return undefined;
  const last = trace.channels.length - 1;
  if (isFlat(trace)) {
    if (channel > last)
      return {
        depth: 1,
        sentence: t("This layer has no value {channel}: they go from 0 to {last}.", { channel, last }),
      };
    return row === undefined ? undefined : { depth: 2, sentence: undefined };
  }
  if (channel > last)
    return {
      depth: 1,
      sentence: t("This layer has no map {channel}: they go from 0 to {last}.", { channel, last }),
    };
  const { height, width } = mapSize(trace);
  if (row === undefined || column === undefined || (row < height && column < width)) return undefined;
  return {
    depth: 2,
    sentence: t("This map has no value in row {row}, column {column}: its size is {height} × {width}.", {
      row,
      column,
      height,
      width,
    }),
  };
}
