// What is open inside a strip: puts the open layer's panel there, fetches its values and the open value's arithmetic, and
// frames on the picture what the value sees.

import { frameField, placeOnCrop } from "../draw/field.ts";
import type { Paint } from "../draw/strip.ts";
import { Answers } from "../lib/answers.ts";
import { ask, Trouble } from "../lib/ask.ts";
import { boxOf, type Field, parseField } from "../lib/field.ts";
import { t } from "../lib/i18n.ts";
import { addressOf, type Look, unreachable } from "../lib/look.ts";
import { depthOf, INPUT, type View } from "../lib/looking.ts";
import { parseNpy, type Tensor } from "../lib/npy.ts";
import { isFlat, type ScaleOf } from "../lib/trace.ts";
import { type Box, explain } from "../lib/unit.ts";
import { ActivationsLayer } from "./activations-layer.ts";

/** Everything that what is open depends on. */
export interface Shown {
  readonly look: Look;
  readonly view: View;
  readonly scale: ScaleOf;
  readonly paint: Paint;
}

/** While the arrow keys run over a map, the arithmetic follows when they rest this long. */
const REST_MS = 60;
const KEPT_TENSORS = 12;

export class Opened {
  readonly panel = new ActivationsLayer();
  private readonly tensors = new Answers<Tensor>(KEPT_TENSORS, fetchTensor);
  private shown: Shown | undefined;
  private explaining: AbortController | undefined;
  private pointed: Partial<Pick<View, "channel" | "row" | "column">> | null = null;

  constructor() {
    this.panel.addEventListener("unit-pointed", (event) => {
      this.pointed = (event as CustomEvent<typeof this.pointed>).detail;
      this.frame();
    });
  }

  /** Shows what is open in `strip`, or takes the panel away where nothing is. */
  show(shown: Shown, strip: HTMLElement | undefined): void {
    const before = this.shown;
    this.shown = shown;
    const { look, view, scale, paint } = shown;
    const trace = view.layer === undefined ? undefined : look.traces.get(view.layer);
    if (!trace || !strip) {
      this.panel.remove();
      this.pointed = null;
      this.frame();
      return;
    }
    const { panel } = this;
    if (before?.view.layer !== view.layer || before?.view.network !== view.network) {
      panel.tensor = undefined;
      panel.unit = undefined;
    }
    panel.look = look;
    panel.trace = trace;
    panel.view = view;
    panel.scale = scale;
    panel.paint = paint;
    panel.classes = view.layer === look.layers.at(-1)?.address ? classNames() : [];
    // A flattened value sees what its cell of the map saw, which differs from value to value.
    panel.seen = trace.type === "flatten" ? "" : seenSentence(fieldOf(strip));
    panel.picture = document.querySelector<HTMLImageElement>(".seen-box img")?.src ?? "";
    const isNew = panel.parentElement !== strip || depthOf(before?.view ?? view) < depthOf(view);
    if (panel.parentElement !== strip) strip.append(panel);
    void this.fetch(shown).then(() => isNew && scrollTo(strip));
    void panel.updateComplete.then(() => this.frame());
  }

  private async fetch(shown: Shown): Promise<void> {
    const { look, view } = shown;
    const { panel } = this;
    if (view.layer === undefined) return;
    this.explaining?.abort();
    const explaining = new AbortController();
    this.explaining = explaining;
    panel.explaining = isValue(shown);
    try {
      const tensor = await this.tensors.get(addressOf(look, `${view.layer}.npy`));
      if (explaining.signal.aborted) return;
      panel.tensor = tensor;
      panel.trouble = undefined;
      if (!isValue(shown) || view.channel === undefined) {
        panel.unit = undefined;
        return;
      }
      if (panel.unit) await new Promise((resolve) => setTimeout(resolve, REST_MS));
      if (explaining.signal.aborted) return;
      const { channel, row, column } = view;
      const unit = await explain(look, view.layer, { channel, row, column }, explaining.signal);
      if (explaining.signal.aborted) return;
      panel.unit = unit;
      this.frame(unit.receptive_field);
    } catch (error) {
      if (explaining.signal.aborted) return;
      if (!(error instanceof Trouble)) throw error;
      panel.trouble = error.message;
    } finally {
      if (this.explaining === explaining) panel.explaining = false;
    }
  }

  /** Frames what the value under the pointer sees, else what the open value sees. */
  private frame(exactly?: Box): void {
    const seen = document.querySelector(".seen-box");
    const photo = document.querySelector<HTMLElement>(".crop-box");
    const box = exactly ?? this.box();
    frameField(seen, box);
    frameField(photo, box);
    frameField(this.panel.querySelector(".seen-here"), box);
    if (photo && this.shown) placeOnCrop(photo, this.shown.look.crop, this.shown.look);
  }

  private box(): Box | undefined {
    const { view, look } = this.shown ?? {};
    const strip = this.panel.parentElement;
    const [, height = 0, width = 0] = look?.traces.get(INPUT)?.shape ?? [];
    const { row, column } = this.pointed ?? view ?? {};
    const field = strip ? fieldOf(strip) : undefined;
    if (!field || row === undefined || column === undefined) return undefined;
    return boxOf(field, row, column, height, width);
  }
}

/** Brings what has opened into the window, once it has its size: value by value it is laid out over two frames. */
function scrollTo(strip: HTMLElement): void {
  requestAnimationFrame(() => requestAnimationFrame(() => strip.scrollIntoView({ block: "nearest" })));
}

/** Whether one value is open, and not a map or a layer. */
function isValue({ look, view }: Shown): boolean {
  const trace = view.layer === undefined ? undefined : look.traces.get(view.layer);
  if (!trace || view.channel === undefined) return false;
  return isFlat(trace) || view.row !== undefined;
}

function fieldOf(strip: HTMLElement): Field | undefined {
  return parseField(strip.dataset["field"]);
}

/** The classes in the order of the logits, in the page's language, as the answer's table has them. */
function classNames(): string[] {
  const names: string[] = [];
  for (const cell of document.querySelectorAll<HTMLElement>(".bars th[data-index]")) {
    names[Number(cell.dataset["index"])] = cell.textContent ?? "";
  }
  return names;
}

function seenSentence(field: Field | undefined): string {
  if (!field) return "";
  if (field.jump === null) return t("Each value sees the whole picture.");
  const [height, width] = field.size;
  return t("Each value sees {height} × {width} pixels of the picture.", { height, width });
}

async function fetchTensor(address: string): Promise<Tensor> {
  return parseNpy(await (await ask(address, unreachable())).arrayBuffer());
}
