// <crop-frame>: the square of a picture that the network is shown, over the picture: dragged, pulled at its corners, and
// moved and resized by keys. It lies exactly over the picture and knows the picture's true size.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { CORNERS, type Corner, type Crop, keyedCrop, moved, pulled, type Size } from "../lib/crop.ts";
import { t } from "../lib/i18n.ts";

/** While a person drags, or holds a key, `done` is false; the last event of it has it true. */
export interface CropChange {
  readonly crop: Crop;
  readonly done: boolean;
}

interface Drag {
  readonly corner: Corner | undefined;
  readonly from: Crop;
  readonly x: number;
  readonly y: number;
}

export class CropFrame extends LitElement {
  static override properties = {
    size: { attribute: false },
    crop: { attribute: false },
  };

  declare size: Size | undefined;
  declare crop: Crop | undefined;

  private drag: Drag | undefined;
  /** Whether a key that moves the frame is held. */
  private isKeyed = false;

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { size, crop } = this;
    if (!size || !crop) return nothing;
    return html`
      <div
        class="frame"
        role="application"
        tabindex="0"
        aria-roledescription=${t("crop frame")}
        aria-label=${t("Crop: {side} × {side} pixels, {top} from the top, {left} from the left", { ...crop })}
        aria-description=${t("Arrows move it, plus and minus resize it, with Shift in larger steps; Home shows the largest square.")}
        @keydown=${this.onKey}
        @keyup=${this.onKeysLeft}
        @blur=${this.onKeysLeft}
        @pointerdown=${this.onDown}
        @pointermove=${this.onMove}
        @pointerup=${this.onUp}
        @pointercancel=${this.onUp}
      >
        ${CORNERS.map((corner) => html`<span class="corner" data-corner=${corner}></span>`)}
      </div>`;
  }

  protected override updated(_changed: PropertyValues): void {
    const frame = this.querySelector<HTMLElement>(".frame");
    if (!frame || !this.size || !this.crop) return;
    const { height, width } = this.size;
    const { top, left, side } = this.crop;
    frame.style.setProperty("inset-block-start", `${(100 * top) / height}%`);
    frame.style.setProperty("left", `${(100 * left) / width}%`);
    frame.style.setProperty("inline-size", `${(100 * side) / width}%`);
    frame.style.setProperty("block-size", `${(100 * side) / height}%`);
  }

  private readonly onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.size || !this.crop) return;
    const to = keyedCrop(event.key, event.shiftKey, this.crop, this.size);
    if (!to) return;
    event.preventDefault();
    this.isKeyed = true;
    this.change(to, false);
  };

  private readonly onKeysLeft = () => {
    if (!this.isKeyed || !this.crop) return;
    this.isKeyed = false;
    this.change(this.crop, true);
  };

  private readonly onDown = (event: PointerEvent) => {
    if (event.button !== 0 || !this.crop) return;
    const target = event.target as HTMLElement;
    const corner = CORNERS.find((each) => each === target.dataset["corner"]);
    this.drag = { corner, from: this.crop, x: event.clientX, y: event.clientY };
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
  };

  private readonly onMove = (event: PointerEvent) => {
    const to = this.dragged(event);
    if (to) this.change(to, false);
  };

  private readonly onUp = (event: PointerEvent) => {
    const to = this.dragged(event);
    this.drag = undefined;
    if (to) this.change(to, true);
  };

  private dragged(event: PointerEvent): Crop | undefined {
    const { drag, size } = this;
    if (!drag || !size) return undefined;
    const box = this.getBoundingClientRect();
    const down = ((event.clientY - drag.y) / box.height) * size.height;
    const right = ((event.clientX - drag.x) / box.width) * size.width;
    const { from, corner } = drag;
    if (!corner) return moved(from, down, right, size);
    const y = (corner.startsWith("top") ? from.top : from.top + from.side) + down;
    const x = (corner.endsWith("left") ? from.left : from.left + from.side) + right;
    return pulled(from, corner, y, x, size);
  }

  private change(crop: Crop, done: boolean): void {
    this.crop = crop;
    this.dispatchEvent(
      new CustomEvent<CropChange>("crop-changed", { detail: { crop, done }, bubbles: true }),
    );
  }
}
