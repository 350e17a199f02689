// Pictures whose maps can be looked at on a run's page: those that the app brings along, and one's own.

import { html, type TemplateResult } from "lit";
import { Trouble } from "../lib/ask.ts";
import { t } from "../lib/i18n.ts";
import { unreachable } from "../lib/look.ts";
import { sendPicture, shrink } from "../lib/upload.ts";

/** Ids and words of those that can be chosen, one's own among them where there is one. */
export function offeredPictures(own: string | undefined): readonly (readonly [string, string])[] {
  const ours = [
    ["sample-cat", t("Cat")],
    ["sample-ship", t("Ship")],
    ["sample-airplane", t("Airplane")],
    ["sample-frog", t("Frog")],
    ["sample-truck", t("Truck")],
    ["sample-three", t("Digit 3")],
  ] as const;
  return own === undefined ? ours : [...ours, [own, t("Your picture")]];
}

/** A button that takes a picture of one's own, and what becomes of it. */
export function ownPicture(said: string, take: (file: File) => void): TemplateResult {
  const taken = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const [file] = input.files ?? [];
    if (file) take(file);
    input.value = ""; // the same file can be chosen again
  };
  return html`
    <label class="button file">
      <span>${t("Choose a picture")}</span>
      <input type="file" accept="image/png,image/jpeg,image/webp,image/gif,image/bmp" @change=${taken}>
    </label>
    <span class="caption" role="status">${said}</span>`;
}

const TOO_LARGE = 413;
const OF_NO_KIND = 415;

/** Its id once the server has it. What the server does not take as it is becomes a JPEG here. Throws Trouble. */
export async function sendOwn(file: Blob, signal: AbortSignal): Promise<string> {
  try {
    return await sent(file, signal);
  } catch (error) {
    if (!(error instanceof Trouble) || ![TOO_LARGE, OF_NO_KIND].includes(error.status)) throw error;
    const smaller = await shrink(file).catch(() => undefined);
    if (!smaller) throw error;
    return sent(smaller, signal);
  }
}

async function sent(file: Blob, signal: AbortSignal): Promise<string> {
  const sending = {
    language: document.documentElement.lang,
    unreachable: unreachable(),
    onProgress: () => {},
  };
  return (await sendPicture(file, sending, signal)).id;
}
