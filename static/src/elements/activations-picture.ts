// <activations-picture>: where pictures come from (file, camera, drop anywhere, paste) and the crop on the one that is
// here. It sends what it is given and says how far it is, what went wrong, and what would work instead.

import { html, nothing, render, type TemplateResult } from "lit";
import { Trouble } from "../lib/ask.ts";
import { type Crop, fitted, type Size } from "../lib/crop.ts";
import { t } from "../lib/i18n.ts";
import { unreachable } from "../lib/look.ts";
import { bytes } from "../lib/numbers.ts";
import { HEAD_BYTES, type Turn, turnOf } from "../lib/orientation.ts";
import { type KeptPicture, sendPicture, shrink } from "../lib/upload.ts";
import type { CropChange, CropFrame } from "./crop-frame.ts";

export interface PictureEvents {
  /** The server has a picture of ours now. */
  "picture-sent": CustomEvent<{ picture: KeptPicture; turn: Turn | undefined; file: Blob }>;
  /** Another square of it. */
  "crop-changed": CustomEvent<CropChange>;
}

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "sending"; readonly share: number }
  | { readonly kind: "refused"; readonly file: File | Blob; readonly trouble: Trouble };

export class ActivationsPicture extends HTMLElement {
  private state: State = { kind: "idle" };
  private sending: AbortController | undefined;
  private size: Size | undefined;
  private crop: Crop | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;

  connectedCallback(): void {
    for (const input of this.querySelectorAll<HTMLInputElement>('input[type="file"]')) {
      input.addEventListener("change", () => {
        const [file] = input.files ?? [];
        if (file) void this.take(file);
        input.value = ""; // the same file can be chosen again
      });
    }
    document.addEventListener("dragover", this.onDragOver);
    document.addEventListener("dragleave", this.onDragEnd);
    document.addEventListener("drop", this.onDrop);
    document.addEventListener("paste", this.onPaste);
    this.addEventListener("crop-changed", (event) => {
      this.crop = (event as CustomEvent<CropChange>).detail.crop;
      this.draw();
    });
  }

  /** The picture that is here, and the square of it that is shown to the network. */
  show(size: Size, crop: Crop): void {
    this.size = size;
    this.crop = crop;
    const frame = this.querySelector<CropFrame>("crop-frame");
    if (frame) {
      frame.size = size;
      frame.crop = crop;
    }
    this.draw();
  }

  /** Sends a picture. What is still being sent is given up for it. */
  async take(file: File | Blob): Promise<void> {
    this.sending?.abort();
    clearTimeout(this.retry);
    const sending = new AbortController();
    this.sending = sending;
    this.become({ kind: "sending", share: 0 });
    try {
      this.checkSize(file);
      const turn = turnOf(await file.slice(0, HEAD_BYTES).arrayBuffer());
      const picture = await sendPicture(
        file,
        {
          language: document.documentElement.lang,
          unreachable: unreachable(),
          onProgress: (share) => {
            if (!sending.signal.aborted) this.become({ kind: "sending", share });
          },
        },
        sending.signal,
      );
      this.become({ kind: "idle" });
      this.dispatchEvent(new CustomEvent("picture-sent", { detail: { picture, turn, file } }));
    } catch (error) {
      if (sending.signal.aborted) return;
      if (!(error instanceof Trouble)) throw error;
      this.become({ kind: "refused", file, trouble: error });
    }
  }

  /** Says so before ten megabytes have been sent in vain. */
  private checkSize(file: Blob): void {
    const most = Number(this.dataset["largestBytes"]);
    if (file.size > most) {
      const message = t("The file has {size}; at most {most} can be sent.", {
        size: bytes(file.size),
        most: bytes(most),
      });
      throw new Trouble(message, 413);
    }
  }

  /** What is too large for the server, or of a kind that only this browser reads, becomes a JPEG here. */
  private async sendSmaller(file: Blob): Promise<void> {
    try {
      await this.take(await shrink(file));
    } catch {
      const message = t("This browser cannot read the file as a picture either.");
      this.become({ kind: "refused", file, trouble: new Trouble(message, 422) });
    }
  }

  private become(state: State): void {
    this.state = state;
    if (state.kind === "refused" && state.trouble.retryAfterSeconds !== undefined) {
      const { file } = state;
      this.retry = setTimeout(() => void this.take(file), state.trouble.retryAfterSeconds * 1000);
    }
    this.draw();
  }

  private draw(): void {
    const progress = this.querySelector<HTMLElement>("[data-upload]");
    if (progress) render(this.progress(), progress);
    const fields = this.querySelector<HTMLElement>("[data-crop-fields]");
    if (fields) render(this.fields(), fields);
  }

  private progress(): TemplateResult | typeof nothing {
    const { state } = this;
    if (state.kind === "idle") return nothing;
    if (state.kind === "sending") {
      const isSent = state.share >= 1;
      return html`
        <p class="sending" role="status">
          ${isSent ? html`<progress aria-label=${t("Sending the picture")}></progress>` : html`<progress max="1" .value=${state.share} aria-label=${t("Sending the picture")}></progress>`}
          <span>${isSent ? t("The picture is being read …") : t("Sending the picture …")}</span>
          <button type="button" class="quiet" @click=${() => this.stop()}>${t("Stop")}</button>
        </p>`;
    }
    const { file, trouble } = state;
    const seconds = trouble.retryAfterSeconds;
    return html`
      <div class="wrong" role="alert">
        <p>${trouble.message} ${seconds === undefined ? "" : t("It is sent again in {seconds} s.", { seconds })}</p>
        ${trouble.status === 413 ? html`<button type="button" @click=${() => void this.sendSmaller(file)}>${t("Make it smaller here and send that")}</button>` : nothing}
        ${trouble.status === 415 ? html`<button type="button" @click=${() => void this.sendSmaller(file)}>${t("Convert it here and send that")}</button>` : nothing}
        ${trouble.status === 0 || trouble.status >= 429 ? html`<button type="button" @click=${() => void this.take(file)}>${t("Send again")}</button>` : nothing}
        <button type="button" @click=${() => this.querySelector<HTMLInputElement>('input[type="file"]')?.click()}>${t("Choose another")}</button>
        <button type="button" class="quiet" @click=${() => this.stop()}>${t("Dismiss")}</button>
      </div>`;
  }

  private stop(): void {
    this.sending?.abort();
    clearTimeout(this.retry);
    this.become({ kind: "idle" });
  }

  private fields(): TemplateResult | typeof nothing {
    const { size, crop } = this;
    if (!size || !crop) return nothing;
    const field = (name: keyof Crop, label: string, most: number, least = 0) => html`
      <div class="crop-field">
        <span aria-hidden="true">${label}</span>
        <input type="range" aria-label=${label} min=${least} max=${most} .value=${String(crop[name])} @input=${(event: Event) => this.setField(name, event, false)} @change=${(event: Event) => this.setField(name, event, true)}>
        <input type="number" aria-label=${label} min=${least} max=${most} .value=${String(crop[name])} @change=${(event: Event) => this.setField(name, event, true)}>
      </div>`;
    return html`
      <fieldset class="crop-fields" data-idea="input">
        <legend class="visually-hidden">${t("Crop in pixels")}</legend>
        ${field("top", t("from the top"), size.height - crop.side)}
        ${field("left", t("from the left"), size.width - crop.side)}
        ${field("side", t("side"), Math.min(size.height, size.width), Math.min(8, size.height, size.width))}
      </fieldset>`;
  }

  private setField(name: keyof Crop, event: Event, done: boolean): void {
    const { size, crop } = this;
    const value = (event.target as HTMLInputElement).valueAsNumber;
    if (!size || !crop || !Number.isFinite(value)) return;
    const to = fitted({ ...crop, [name]: value }, size);
    this.show(size, to);
    this.dispatchEvent(
      new CustomEvent<CropChange>("crop-changed", { detail: { crop: to, done }, bubbles: true }),
    );
  }

  private readonly onDragOver = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.documentElement.toggleAttribute("data-dropping", true);
  };

  private readonly onDragEnd = (event: DragEvent) => {
    if (event.relatedTarget === null) document.documentElement.toggleAttribute("data-dropping", false);
  };

  private readonly onDrop = (event: DragEvent) => {
    document.documentElement.toggleAttribute("data-dropping", false);
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    void this.take(file);
  };

  private readonly onPaste = (event: ClipboardEvent) => {
    const [file] = event.clipboardData?.files ?? [];
    if (!file) return;
    event.preventDefault();
    void this.take(file);
  };
}
