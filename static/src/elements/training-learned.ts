// <training-learned>: what a run has learned, by epoch: first filters, maps of a picture, confusion matrix, worst mistakes.
// Loaded and asked for when a person unfolds it.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { paintFilters } from "../draw/training-filters.ts";
import { percent } from "../draw/training-words.ts";
import { Trouble } from "../lib/ask.ts";
import { t } from "../lib/i18n.ts";
import {
  type Confusion,
  type Filters,
  type LayerMaps,
  Learned,
  type Mistakes,
} from "../lib/training-learned.ts";
import { FIRST_LEARNED, type LearnedLooks, PARTS } from "../lib/training-state.ts";
import { confusionTable } from "./confusion-table.ts";
import { mapFigure, paintMaps } from "./map-figure.ts";
import { mapChoice, sendOwn } from "./map-picture.ts";

export interface LearnedEvents {
  /** Something else is looked at; `settled` unless the slider is still held. */
  "learned-changed": CustomEvent<{ looks: LearnedLooks; settled: boolean }>;
}

interface Found {
  readonly filters?: Filters;
  readonly maps?: LayerMaps;
  readonly confusion?: Confusion;
  readonly mistakes?: Mistakes;
}

export class TrainingLearned extends LitElement {
  static override properties = {
    kept: { attribute: false },
    looks: { attribute: false },
    found: { state: true },
    trouble: { state: true },
    said: { state: true },
    wrong: { state: true },
  };

  /** Epochs whose weights are kept, in order. */
  declare kept: readonly number[];
  declare looks: LearnedLooks;
  declare private found: Found;
  declare private trouble: string | undefined;
  /** What becomes of a picture that is being sent. */
  declare private said: string;
  /** Why it was not taken. */
  declare private wrong: string;
  private learned: Learned | undefined;
  private sending: AbortController | undefined;
  /** Id of the last picture of this person's that was looked at. */
  private own: string | undefined;
  /** Id of the picture that the maps which were found are of. */
  private mapped = "";
  private asked = "";

  constructor() {
    super();
    this.kept = [];
    this.looks = FIRST_LEARNED;
    this.found = {};
    this.tell("");
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { kept, shown } = this;
    if (shown === undefined) return html`<p class="caption">${t("Nothing has been kept yet.")}</p>`;
    const words = {
      filters: t("First filters"),
      maps: t("Maps of a picture"),
      confusion: t("What is taken for what (confusion matrix)"),
      mistakes: t("Worst mistakes"),
    };
    return html`
      <fieldset class="choices">
        <legend class="visually-hidden">${t("What it has learned")}</legend>
        ${PARTS.map((part) => html`<label><input type="radio" name="part" .checked=${part === this.looks.part} @change=${() => this.look({ part })}>${words[part]}</label>`)}
      </fieldset>
      <label class="slider">
        <span>${t("After epoch")}</span>
        <input
          type="range"
          min="0"
          max=${kept.length - 1}
          aria-valuetext=${shown}
          .value=${String(kept.indexOf(shown))}
          @input=${(event: Event) => this.look({ epoch: this.chosen(event) }, false)}
          @change=${(event: Event) => this.look({ epoch: this.chosen(event) })}
        >
        <output>${shown}</output>
      </label>
      ${this.looks.part === "maps" ? this.mapChoice() : nothing}
      ${this.trouble ? html`<div class="wrong" role="status"><p>${this.trouble}</p></div>` : this.contents()}`;
  }

  protected override willUpdate(): void {
    if (!this.samples.some(([id]) => id === this.image)) this.own = this.image;
  }

  protected override updated(): void {
    void this.ask();
    const { filters, maps } = this.found;
    const canvas = this.querySelector("canvas");
    if (!canvas) return;
    if (this.looks.part === "filters" && filters) paintFilters(canvas, filters, columnsOf(filters));
    if (this.looks.part === "maps" && maps) paintMaps(canvas, maps, this);
  }

  /** A class in the page's language. */
  private readonly word = (name: string): string => {
    const words: Readonly<Record<string, string>> = JSON.parse(this.dataset["words"] ?? "{}");
    return words[name] ?? name;
  };

  private get shown(): number | undefined {
    const { epoch } = this.looks;
    return epoch !== undefined && this.kept.includes(epoch) ? epoch : this.kept.at(-1);
  }

  /** The picture whose maps are shown: a digit for a network of digits. */
  private get image(): string {
    return this.looks.image ?? this.dataset["image"] ?? "";
  }

  /** Ids and words of the pictures that can be chosen, a person's own the last. */
  private get pictures(): readonly (readonly [string, string])[] {
    return this.own === undefined ? this.samples : [...this.samples, [this.own, t("Your picture")]];
  }

  private wordOf(image: string): string {
    return this.pictures.find(([id]) => id === image)?.[1] ?? "";
  }

  private get samples(): readonly (readonly [string, string])[] {
    return JSON.parse(this.dataset["samples"] ?? "[]");
  }

  private look(change: Partial<LearnedLooks>, settled = true): void {
    if (change.image !== undefined) this.tell("");
    this.looks = { ...this.looks, ...change };
    this.dispatchEvent(new CustomEvent("learned-changed", { detail: { looks: this.looks, settled } }));
  }

  /** The epoch that the slider stands at; the latest stays the latest while others follow. */
  private chosen(event: Event): number | undefined {
    const place = Number((event.target as HTMLInputElement).value);
    return place === this.kept.length - 1 ? undefined : this.kept[place];
  }

  /** Asks for what is to be shown, unless that was asked last. */
  private async ask(): Promise<void> {
    const { shown: epoch, image } = this;
    const { part, layer } = this.looks;
    const question = JSON.stringify([epoch, part, image, layer]);
    if (epoch === undefined || question === this.asked) return;
    this.asked = question;
    this.learned ??= new Learned(this.dataset["run"] ?? "");
    const { learned } = this;
    try {
      const answer = part === "maps" ? await learned.maps(epoch, image, layer) : await learned[part](epoch);
      if (question !== this.asked) return; // something else is wanted by now
      if (part === "maps") this.mapped = image;
      this.trouble = undefined;
      this.found = { ...this.found, [part]: answer };
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      if (question !== this.asked) return;
      // Of an address that names a layer which is not there: no list of layers is known to choose another from.
      if (part === "maps" && layer !== undefined && !this.found.maps) this.look({ layer: undefined });
      else this.trouble = error.message;
    }
  }

  private contents(): TemplateResult | typeof nothing {
    const { filters, maps, confusion, mistakes } = this.found;
    switch (this.looks.part) {
      case "filters":
        return filters ? filterFigure(filters) : nothing;
      case "maps":
        return maps ? mapFigure(maps, this.mapped, this.wordOf(this.mapped)) : nothing;
      case "confusion":
        return confusion ? confusionTable(confusion, this.word) : nothing;
      case "mistakes":
        return mistakes ? mistakeList(mistakes, this.word) : nothing;
    }
  }

  /** What can be chosen stays where an answer is missing: a picture is gone after a while. */
  private mapChoice(): TemplateResult {
    const layers = this.found.maps?.layers ?? [];
    return mapChoice({
      pictures: this.pictures,
      image: this.image,
      layers: layers.map((address, at) => [address, this.found.maps?.pytorch[at] ?? ""]),
      layer: this.looks.layer ?? layers[0],
      said: this.said,
      wrong: this.wrong,
      look: (change) => this.look(change),
      send: (file) => void this.send(file),
    });
  }

  private tell(said: string, wrong = ""): void {
    this.said = said;
    this.wrong = wrong;
  }

  /** Sends a picture; one that is still being sent is given up for it. */
  private async send(file: File): Promise<void> {
    this.sending?.abort();
    const sending = new AbortController();
    this.sending = sending;
    this.tell(t("Sending the picture …"));
    try {
      const { id, said } = await sendOwn(file, sending.signal);
      if (sending.signal.aborted) return;
      this.look({ image: id });
      this.tell(said);
    } catch (error) {
      if (sending.signal.aborted) return;
      if (!(error instanceof Trouble)) throw error;
      this.tell("", error.message);
    }
  }
}

function columnsOf({ shape: [count] }: Filters): number {
  return Math.min(16, count);
}

function filterFigure(filters: Filters) {
  const [count, channels, height, width] = filters.shape;
  const values = { count, name: filters.name, channels, height, width };
  return html`
    <canvas class="filters" role="img" aria-label=${t("{count} filters of {name}", values)}></canvas>
    <p class="caption">${t("{name}: {count} filters of {channels} × {height} × {width} weights. Grey is no weight, a colour is what the filter answers to.", values)}</p>`;
}

function mistakeList({ mistakes }: Mistakes, word: (name: string) => string) {
  if (!mistakes.length) return html`<p class="caption">${t("Every test picture is named right.")}</p>`;
  return html`
    <ul class="mistakes">
      ${mistakes.map(({ label, predicted, probability, image }) => {
        const values = { label: word(label), predicted: word(predicted), probability: percent(probability) };
        return html`
          <li>
            <img src=${image} width="64" height="64" alt="" loading="lazy">
            <span>${t("{label}, taken for {predicted} ({probability})", values)}</span>
          </li>`;
      })}
    </ul>`;
}
