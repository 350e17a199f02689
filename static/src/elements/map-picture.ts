// The choice of a picture and a layer whose maps are shown on a run's page, one's own picture among them.

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";
import { Trouble } from "../lib/ask.ts";
import { t } from "../lib/i18n.ts";
import { unreachable } from "../lib/look.ts";
import { sendPicture, shrink } from "../lib/upload.ts";

export interface MapChoice {
  /** Ids and words of the pictures that can be chosen. */
  readonly pictures: readonly (readonly [string, string])[];
  readonly image: string;
  /** Addresses, and each layer as PyTorch writes it; none where none is known yet. */
  readonly layers: readonly (readonly [string, string])[];
  readonly layer: string | undefined;
  /** What becomes of a picture that is sent. */
  readonly said: string;
  /** Why one was not taken. */
  readonly wrong: string;
  readonly look: (change: { readonly image: string } | { readonly layer: string }) => void;
  readonly send: (file: File) => void;
}

export function mapChoice({
  pictures,
  image,
  layers,
  layer,
  said,
  wrong,
  look,
  send,
}: MapChoice): TemplateResult {
  return html`
    <p class="acts">
      <label>${t("Picture")}
        <select @change=${(event: Event) => look({ image: chosenIn(event) })}>
          ${repeat(
            pictures,
            ([id]) => id,
            ([id, word]) => html`<option value=${id} .selected=${live(id === image)}>${word}</option>`,
          )}
        </select>
      </label>
      ${
        layers.length
          ? html`
            <label>${t("Layer")}
              <select @change=${(event: Event) => look({ layer: chosenIn(event) })}>
                ${layers.map(([address, code]) => html`<option value=${address} .selected=${address === layer}>${address} · ${code}</option>`)}
              </select>
            </label>`
          : nothing
      }
      <label class="button file">
        <span>${t("Choose a picture")}</span>
        <input type="file" accept="image/png,image/jpeg,image/webp,image/gif,image/bmp" @change=${(event: Event) => taken(event, send)}>
      </label>
      <span class="caption" role="status">${said}</span>
    </p>
    ${wrong ? html`<div class="wrong" role="alert"><p>${wrong}</p></div>` : nothing}`;
}

function chosenIn(event: Event): string {
  return (event.target as HTMLSelectElement).value;
}

function taken(event: Event, send: (file: File) => void): void {
  const input = event.target as HTMLInputElement;
  const [file] = input.files ?? [];
  if (file) send(file);
  input.value = ""; // the same file can be chosen again
}

const TOO_LARGE = 413;
const OF_NO_KIND = 415;

export interface Sent {
  readonly id: string;
  /** What was done to it before, in words; nothing where it was sent as it is. */
  readonly said: string;
}

/** Sends a picture. What the server does not take as it is becomes a JPEG here. Throws Trouble. */
export async function sendOwn(file: Blob, signal: AbortSignal): Promise<Sent> {
  try {
    return { id: await idOf(file, signal), said: "" };
  } catch (error) {
    if (!(error instanceof Trouble) || ![TOO_LARGE, OF_NO_KIND].includes(error.status)) throw error;
    const smaller = await shrink(file).catch(() => undefined);
    if (!smaller) throw error;
    const said =
      error.status === TOO_LARGE
        ? t("Too large to be sent as it is: it was made smaller here.")
        : t("Of a kind that the server does not read: it was converted here.");
    return { id: await idOf(smaller, signal), said };
  }
}

async function idOf(file: Blob, signal: AbortSignal): Promise<string> {
  const sending = {
    language: document.documentElement.lang,
    unreachable: unreachable(),
    onProgress: () => {},
  };
  return (await sendPicture(file, sending, signal)).id;
}
