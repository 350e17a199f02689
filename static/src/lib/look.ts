// One look into a network, as the server's page carries it: the answer of the activations API and where the maps lie on
// the sheet of levels. The page that is first loaded and every page fetched later are read the same way.

import { ask, Trouble } from "./ask.ts";
import { t } from "./i18n.ts";
import { pairsOf, type View } from "./looking.ts";
import { type Bitmap, decodePng } from "./png.ts";
import { formatQuery } from "./query.ts";
import type { LayerTrace } from "./trace.ts";

/** What the page's data element holds. */
export interface LookData {
  readonly network: string;
  readonly image: string;
  /** Size of the normalised picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** `top,left,side` of it: what the network was shown. */
  readonly crop: string;
  readonly classes: readonly string[];
  /** The input, then every layer in order of execution. */
  readonly layers: readonly LayerTrace[];
  readonly sheet: { readonly url: string; readonly places: Readonly<Record<string, Place>> };
}

/** A layer's atlas on the sheet: its first pixel, and the tiles in a row. */
export interface Place {
  readonly top: number;
  readonly left: number;
  readonly columns: number;
}

/** A layer's maps in 8-bit levels: level 0 is a channel's minimum, level 255 its maximum. */
export interface Maps {
  readonly trace: LayerTrace;
  readonly levels: Bitmap;
  readonly place: Place;
}

export interface Look extends LookData {
  /** By the layer's address, in the order of `layers`. */
  readonly maps: ReadonlyMap<string, Maps>;
}

/** The look that a page carries, with its sheet; null where the page shows a problem instead. Throws Trouble. */
export async function readLook(page: ParentNode, signal?: AbortSignal): Promise<Look | null> {
  const text = page.querySelector("script[data-look]")?.textContent;
  if (!text) return null;
  const data: LookData = JSON.parse(text);
  const levels = await bitmapAt(data.sheet.url, signal);
  const maps = new Map<string, Maps>();
  for (const trace of data.layers) {
    const place = data.sheet.places[trace.address];
    if (place) maps.set(trace.address, { trace, levels, place });
  }
  return { ...data, maps };
}

/** Where the server keeps something about this look: `3.npy`, or `3/unit` with more to ask. */
export function addressOf(
  { network, image, crop }: LookData,
  name: string,
  more: Iterable<readonly [string, string | number | undefined]> = [],
): string {
  const query = formatQuery([["image", image], ["crop", crop], ...more]);
  return `/api/v1/networks/${network}/activations/${name}?${query}`;
}

/** The page that the server makes of a view. Throws Trouble. */
export async function fetchPage(view: View, signal: AbortSignal): Promise<Document> {
  const query = formatQuery([...pairsOf(view), ["lang", document.documentElement.lang]]);
  const answer = await ask(`${location.pathname}?${query}`, unreachable(), {
    signal,
    headers: { Accept: "application/problem+json, text/html;q=0.9" },
  });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

export function unreachable(): string {
  return t("The server cannot be reached. Check the connection, then try again.");
}

async function bitmapAt(url: string, signal?: AbortSignal): Promise<Bitmap> {
  const answer = await ask(url, unreachable(), signal ? { signal } : {});
  const bytes = new Uint8Array(await answer.arrayBuffer());
  try {
    return await decodePng(bytes);
  } catch {
    throw new Trouble(t("The maps did not arrive whole. Try again."), 0);
  }
}
