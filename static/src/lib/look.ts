// One look into a network, as the server's page carries it: the answer of the activations API and the sheet that it
// names. The page that is first loaded and every page fetched later are read the same way.

import { ask, Trouble } from "./ask.ts";
import type { Crop } from "./crop.ts";
import { t } from "./i18n.ts";
import { INPUT, pairsOf, type View } from "./looking.ts";
import { type Bitmap, decodePng } from "./png.ts";
import { formatQuery } from "./query.ts";
import type { LayerTrace, MapsTrace } from "./trace.ts";

/** The answer of the activations API, as far as the page needs it. */
export interface LookAnswer {
  readonly network: string;
  readonly image: string;
  /** Size of the normalised picture, in pixels. */
  readonly height: number;
  readonly width: number;
  readonly crop: Crop;
  readonly input: MapsTrace;
  readonly layers: readonly LayerTrace[];
  readonly sheet: { readonly url: string };
}

export interface Look extends LookAnswer {
  /** The input and every layer by address, in order of execution. */
  readonly traces: ReadonlyMap<string, LayerTrace>;
  /** Every layer's maps as levels: 0 is a channel's minimum, 255 its maximum. */
  readonly levels: Bitmap;
}

/** The look that a page carries, with its sheet; null where the page shows a problem instead. Throws Trouble. */
export async function readLook(page: ParentNode, signal?: AbortSignal): Promise<Look | null> {
  const text = page.querySelector("script[data-look]")?.textContent;
  if (!text) return null;
  const answer: LookAnswer = JSON.parse(text);
  const input: LayerTrace = {
    ...answer.input,
    address: INPUT,
    name: INPUT,
    type: INPUT,
    silent_channels: [],
  };
  return {
    ...answer,
    traces: new Map([input, ...answer.layers].map((trace) => [trace.address, trace])),
    levels: await bitmapAt(answer.sheet.url, signal),
  };
}

/** Where the server keeps a part of this look, beside its sheet: `3.npy`, or `3/unit` with more to ask. */
export function addressOf(
  { sheet }: LookAnswer,
  part: string,
  more: Iterable<readonly [string, string | number | undefined]> = [],
): string {
  const asked = formatQuery(more);
  return sheet.url.replace(".png?", `/${part}?`) + (asked && `&${asked}`);
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
