// <race-form>: who runs and how fast, the other arguments, where from, how far, and what a gradient is the mean of.
// Every number can be typed, stepped and dragged; what is wrong is explained at its field.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { swatch } from "../draw/markers.ts";
import { t } from "../lib/i18n.ts";
import { figures } from "../lib/numbers.ts";
import {
  BATCH_SIZES,
  boundsOf,
  type Field,
  type Numbers,
  nearest,
  type RaceState,
  rateField,
  readField,
  SHARED_FIELDS,
} from "../lib/race-state.ts";
import { NAMES, RACERS, type Racer } from "../lib/racers.ts";
import { numberLine } from "./number-line.ts";

export interface RaceChange {
  readonly change: Partial<RaceState>;
  readonly settled: boolean;
}
export interface RaceFormEvents {
  "race-changed": CustomEvent<RaceChange>;
}

export class RaceForm extends LitElement {
  static override properties = { race: { attribute: false }, numbers: { attribute: false } };

  declare race: RaceState | undefined;
  /** What the race runs with: where a text cannot be read, the number before. */
  declare numbers: Numbers | undefined;

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    this.replaceChildren();
    super.connectedCallback();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { race } = this;
    if (!race) return nothing;
    return html`
      <fieldset>
        <legend>${t("Who runs, and the learning rate")} <i>η</i></legend>
        ${RACERS.map((racer) => this.runner(race, racer))}
      </fieldset>
      <fieldset>
        <legend>${t("Their other arguments")}</legend>
        ${SHARED_FIELDS.map((field) => this.row(race, field, field))}
      </fieldset>
      <fieldset>
        <legend>${t("From where, and how far")}</legend>
        ${this.row(race, "theta1", "θ₁")} ${this.row(race, "theta2", "θ₂")} ${this.row(race, "steps", t("steps"))}
      </fieldset>
      <fieldset class="batches" ?hidden=${race.surface !== "line"}>
        <legend>${t("The gradient is the mean over")}</legend>
        <div class="choices">${BATCH_SIZES.map((size) => this.batch(race, size))}</div>
        ${race.batchSize === BATCH_SIZES[0] ? nothing : this.row(race, "seed", t("draw"))}
      </fieldset>
    `;
  }

  private runner(race: RaceState, racer: Racer) {
    const runs = race.racers.includes(racer);
    const field = rateField(racer);
    const isLast = runs && race.racers.length === 1;
    return html`
      <div class="argument" data-racer=${racer} ?data-rests=${!runs}>
        <label class="flag">
          <input type="checkbox" .checked=${runs} ?disabled=${isLast} @change=${() => this.toggle(race, racer)} />
          ${swatch(racer)} ${NAMES[racer]}
        </label>
        ${this.line(race, field, `${NAMES[racer]}, lr`)} ${this.wrong(race, field)}
      </div>`;
  }

  private row(race: RaceState, field: Field, label: string) {
    return html`
      <div class="argument">
        <label for=${field}><code>${label}</code></label>
        ${this.line(race, field, label)} ${this.wrong(race, field)}
      </div>`;
  }

  private line(race: RaceState, field: Field, name: string) {
    const text = race.texts[field] ?? "";
    const typed = readField(field, text);
    const now = typed ?? this.numbers?.[field] ?? 0;
    return numberLine({
      id: field,
      name,
      text,
      placeholder: "",
      now,
      reach: reachOf(field, now),
      wrong: typed === undefined ? `${field}-wrong` : undefined,
      side: "",
      keys: boundsOf(field).least < 0 ? "text" : boundsOf(field).whole ? "numeric" : "decimal",
      onText: (to, settled) => this.tell({ texts: { ...race.texts, [field]: to } }, settled),
      onNumber: (to, settled) => this.tell({ texts: { ...race.texts, [field]: String(to) } }, settled),
    });
  }

  private wrong(race: RaceState, field: Field) {
    const text = race.texts[field] ?? "";
    if (readField(field, text) !== undefined) return nothing;
    const { least, most, whole } = boundsOf(field);
    const to = nearest(field, text, this.numbers?.[field] ?? Math.max(0, least));
    const bounds = { least: plain(least), most: plain(most) };
    return html`
      <div class="wrong" id=${`${field}-wrong`} role="alert">
        <p>${whole ? t("A whole number from {least} to {most}.", bounds) : t("A number from {least} to {most}.", bounds)}</p>
        <button type="button" @click=${() => this.tell({ texts: { ...race.texts, [field]: String(to) } }, true)}>
          ${plain(to)}
        </button>
      </div>`;
  }

  private batch(race: RaceState, size: (typeof BATCH_SIZES)[number]) {
    const names: Readonly<Record<number, string>> = {
      24: t("24 examples"),
      4: t("4 of them"),
      1: t("one of them"),
    };
    return html`
      <label
        ><input type="radio" name="batch_size" value=${size} .checked=${race.batchSize === size}
          @change=${() => this.tell({ batchSize: size }, true)} />${names[size]}</label>`;
  }

  private toggle(race: RaceState, racer: Racer): void {
    const racers = RACERS.filter((each) => race.racers.includes(each) !== (each === racer));
    const shown = racers.includes(race.shown) ? race.shown : (racers[0] ?? racer);
    this.tell({ racers, shown }, true);
  }

  private tell(change: Partial<RaceState>, settled: boolean): void {
    const detail: RaceChange = { change, settled };
    this.dispatchEvent(new CustomEvent("race-changed", { detail, bubbles: true }));
  }
}

/** Numbers a slider stops at, the present one among them. */
function reachOf(field: Field, now: number): readonly number[] {
  const stops = STOPS[field] ?? RATES;
  return stops.includes(now) ? stops : [...stops, now].sort((a, b) => a - b);
}

const RATES = [-5, -4, -3, -2, -1, 0]
  .flatMap((power) => [1, 1.5, 2, 3, 5, 7].map((digit) => Number(`${digit}e${power}`)))
  .concat(10);
const KEPT = [0, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999];
const PLACES = Array.from({ length: 121 }, (_, i) => (i - 60) / 10);
const STOPS: Readonly<Partial<Record<Field, readonly number[]>>> = {
  momentum: KEPT,
  alpha: KEPT,
  beta1: KEPT,
  beta2: KEPT,
  weight_decay: [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.5, 1, 2],
  theta1: PLACES,
  theta2: PLACES,
  steps: [5, 10, 20, 30, 50, 80, 100, 120, 150, 200, 300, 400, 500, 700, 1000],
  seed: Array.from({ length: 30 }, (_, i) => i + 1),
};

function plain(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-4 ? String(value.toFixed(5)) : figures(value);
}
