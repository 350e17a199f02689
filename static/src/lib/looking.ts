// What the activations page shows, as one plain object ↔ its query. Each opening (layer, map, value) is one step deeper.

import { type Crop, formatCrop, parseCrop, sameCrop } from "./crop.ts";

export const SCALES = ["map", "layer", "network"] as const;
/** What the ends of the ramp stand for: the largest absolute value of the map, of its layer, or of the network. */
export type Scale = (typeof SCALES)[number];

/** The address of what enters the network, beside the layers' own addresses. */
export const INPUT = "input";

export interface View {
  readonly network: string;
  readonly image: string;
  readonly crop: Crop | undefined;
  /** Other networks that answer for the same picture. */
  readonly compare: readonly string[];
  readonly scale: Scale;
  /** The open layer's address, `input`, or undefined while the whole network is shown. */
  readonly layer: string | undefined;
  readonly channel: number | undefined;
  readonly row: number | undefined;
  readonly column: number | undefined;
}

/** How far a view has gone in: the whole network, a layer, one of its maps, one of the map's values. */
export type Depth = 0 | 1 | 2 | 3;

export function depthOf(view: View): Depth {
  if (view.layer === undefined) return 0;
  if (view.channel === undefined) return 1;
  return view.row === undefined || view.column === undefined ? 2 : 3;
}

/** The view with everything deeper than `depth` closed. */
export function closedTo(view: View, depth: Depth): View {
  return {
    ...view,
    layer: depth < 1 ? undefined : view.layer,
    channel: depth < 2 ? undefined : view.channel,
    row: depth < 3 ? undefined : view.row,
    column: depth < 3 ? undefined : view.column,
  };
}

/** The view of a query; what it does not say, or says in a way that cannot be read, is `fallback`'s or nothing. */
export function parseView(query: URLSearchParams, fallback: Pick<View, "network" | "image">): View {
  const scale = SCALES.find((each) => each === query.get("scale")) ?? "map";
  const view = {
    network: query.get("network") || fallback.network,
    image: query.get("image") || fallback.image,
    crop: parseCrop(query.get("crop")),
    compare: (query.get("compare") ?? "").split(",").filter(Boolean),
    scale,
    layer: query.get("layer") || undefined,
    channel: parseIndex(query.get("channel")),
    row: parseIndex(query.get("row")),
    column: parseIndex(query.get("column")),
  };
  return closedTo(view, depthOf(view));
}

/** The query's pairs, in the order that the links of the server have. */
export function pairsOf(view: View): [string, string | number | undefined][] {
  return [
    ["network", view.network],
    ["image", view.image],
    ["crop", view.crop && formatCrop(view.crop)],
    ["compare", view.compare.length > 0 ? view.compare.join(",") : undefined],
    ["scale", view.scale === "map" ? undefined : view.scale],
    ["layer", view.layer],
    ["channel", view.channel],
    ["row", view.row],
    ["column", view.column],
  ];
}

/** Whether two views need the same answers of the server, so that going between them is a matter of this page alone. */
export function asksTheSame(one: View, other: View): boolean {
  return (
    one.network === other.network &&
    one.image === other.image &&
    sameCrop(one.crop, other.crop) &&
    one.compare.join() === other.compare.join()
  );
}

function parseIndex(text: string | null): number | undefined {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
