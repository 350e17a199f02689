// One look into a network, as the server's page carries it: the answer of the activations API and where the maps lie on
// the sheet of levels. The page that is first loaded and every page fetched later are read the same way.

import { ask, Trouble } from "./ask.ts";
import { t } from "./i18n.ts";
import { INPUT, pairsOf, type View } from "./looking.ts";
import { type Bitmap, decodePng } from "./png.ts";
import { formatQuery } from "./query.ts";
import type { LayerTrace, Range } from "./trace.ts";

/** What the page's data element holds. */
export interface LookData {
  readonly network: string;
  readonly image: string;
  /** Size of the normalised picture, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly layers: readonly LayerTrace[];
  readonly normalisation: Normalisation;
  readonly sheet: { readonly url: string; readonly places: Readonly<Record<string, Place>> };
  /** A PNG of 32 × 32 in base64: what the crop became. */
  readonly input: string;
}

/** What is subtracted from values in 0…1 and what they are then divided by, a number a channel. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A layer's atlas on the sheet: its first pixel, and the tiles in a row. */
export interface Place {
  readonly top: number;
  readonly left: number;
  readonly columns: number;
}

/** A layer's maps in 8-bit levels: level 0 is a channel's `low`, level 255 its `high`. */
export interface Maps {
  readonly trace: LayerTrace;
  readonly levels: Bitmap;
  readonly place: Place;
  readonly quantised: readonly Range[];
}

export interface Look extends LookData {
  /** The input's maps and every layer's, by address, in order of execution. */
  readonly maps: ReadonlyMap<string, Maps>;
}

/** The look that a page carries, with its sheet; null where the page shows a problem instead. Throws Trouble. */
export async function readLook(page: ParentNode, signal?: AbortSignal): Promise<Look | null> {
  const text = page.querySelector("script[data-look]")?.textContent;
  if (!text) return null;
  const data: LookData = JSON.parse(text);
  const [levels, input] = await Promise.all([
    bitmapAt(data.sheet.url, signal),
    decodePng(Uint8Array.from(atob(data.input), (byte) => byte.charCodeAt(0))),
  ]);
  const maps = new Map([[INPUT, inputMaps(input, data.normalisation)]]);
  for (const trace of data.layers) {
    const place = data.sheet.places[trace.address];
    if (place) maps.set(trace.address, { trace, levels, place, quantised: trace.channels });
  }
  return { ...data, maps };
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

/** The picture as what enters the network: its bytes are the levels of three maps, between black and white. */
export function inputMaps(picture: Bitmap, { mean, std }: Normalisation): Maps {
  const { width, height, depth, values } = picture;
  const planes = new Uint8Array(values.length);
  const channels: Range[] = [];
  const quantised: Range[] = [];
  for (let channel = 0; channel < depth; channel += 1) {
    const plane = planes.subarray(channel * width * height, (channel + 1) * width * height);
    for (let i = 0; i < plane.length; i += 1) plane[i] = values[i * depth + channel] ?? 0;
    const value = (level: number) => (level / 255 - (mean[channel] ?? 0)) / (std[channel] ?? 1);
    const [least, most] = extremes(plane);
    channels.push({ minimum: value(least), maximum: value(most) });
    quantised.push({ minimum: value(0), maximum: value(255) });
  }
  const trace: LayerTrace = {
    address: INPUT,
    name: INPUT,
    type: INPUT,
    shape: [depth, height, width],
    channels,
    silent_channels: [],
    atlas: "",
  };
  return {
    trace,
    quantised,
    place: { top: 0, left: 0, columns: 1 },
    levels: { width, height: height * depth, depth: 1, values: planes },
  };
}

function extremes(levels: Uint8Array): [number, number] {
  let least = 255;
  let most = 0;
  for (const level of levels) {
    if (level < least) least = level;
    if (level > most) most = level;
  }
  return [least, most];
}
