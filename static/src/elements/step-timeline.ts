// <step-timeline>: play, pause, step both ways, scrub and speed over a number of steps. It keeps the time; what a step
// is, and from which number they are counted, its owner knows.

import { html, LitElement, type TemplateResult } from "lit";
import { t } from "../lib/i18n.ts";
import { isReducedMotion } from "../lib/motion.ts";

export interface TimelineEvents {
  /** A step was reached, by playing or by hand. */
  stepped: CustomEvent<{ step: number; playing: boolean }>;
  "speed-chosen": CustomEvent<number>;
}

/** Steps a second. */
export const SPEEDS = [0.5, 1, 2, 4, 8, 15, 30, 60] as const;
const CALM_SPEED = 4;

const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  next: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
};

export class StepTimeline extends LitElement {
  static override properties = {
    steps: { type: Number },
    step: { type: Number },
    speed: { type: Number },
    words: { attribute: false },
    first: { type: Number },
    unit: { type: String },
    playing: { state: true },
  };

  /** How many steps there are; none where nothing can be shown. */
  declare steps: number;
  declare step: number;
  declare speed: number;
  /** What the present step is called. */
  declare words: string;
  /** What the first step is counted as. */
  declare first: number;
  declare unit: "cells" | "steps";
  declare private playing: boolean;

  private frame = 0;
  private due = 0;

  constructor() {
    super();
    this.steps = 0;
    this.step = 0;
    this.speed = 2;
    this.words = "";
    this.first = 1;
    this.unit = "cells";
    this.playing = false;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    this.replaceChildren();
    super.connectedCallback();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.frame);
  }

  protected override willUpdate(): void {
    if (this.steps < 2) this.playing = false; // what was played is gone
  }

  protected override render(): TemplateResult {
    const { steps, step, playing, first } = this;
    const none = steps < 1;
    const atEnd = step >= steps - 1;
    return html`
      <div role="group" aria-label=${t("Timeline")} @keydown=${(event: KeyboardEvent) => this.onKey(event)}>
        <button type="button" class="primary play" ?disabled=${steps < 2} @click=${() => this.toggle()}>
          ${icon(playing ? "pause" : "play")}<span>${playing ? t("Pause") : t("Play")}</span>
        </button>
        ${this.mover("first", t("First step"), 0, none || step === 0)}
        ${this.mover("back", t("Step back"), step - 1, none || step === 0)}
        <input
          type="range"
          min="0"
          max=${Math.max(0, steps - 1)}
          .value=${String(step)}
          ?disabled=${steps < 2}
          aria-label=${t("Step")}
          aria-valuetext=${this.words}
          @input=${(event: Event) => this.go(Number((event.target as HTMLInputElement).value))}
        />
        ${this.mover("next", t("Step forward"), step + 1, none || atEnd)}
        ${this.mover("last", t("Last step"), steps - 1, none || atEnd)}
        <span class="count">${none ? "–" : `${step + first} / ${steps - 1 + first}`}</span>
        <label class="speed">
          <span class="visually-hidden">${t("Speed")}</span>
          <select @change=${(event: Event) => this.chooseSpeed(Number((event.target as HTMLSelectElement).value))}>
            ${SPEEDS.map(
              (speed) =>
                html`<option value=${speed} ?selected=${speed === this.speed}>${this.paceWords(speed)}</option>`,
            )}
          </select>
        </label>
      </div>
    `;
  }

  private paceWords(speed: number): string {
    if (this.unit === "steps") return speed === 1 ? t("1 step/s") : t("{speed} steps/s", { speed });
    return speed === 1 ? t("1 cell/s") : t("{speed} cells/s", { speed });
  }

  private mover(name: keyof typeof ICONS, label: string, to: number, disabled: boolean) {
    return html`<button type="button" class=${name === "first" || name === "last" ? "icon quiet end" : "icon quiet"} aria-label=${label} title=${label} ?disabled=${disabled} @click=${() => this.go(to)}>${icon(name)}</button>`;
  }

  /** Arrows step, Home and End go to the ends, space plays; the page hands over keys that nobody else wants. */
  onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const from = event.target as Element;
    if (from instanceof HTMLSelectElement) return;
    const isButton = from instanceof HTMLButtonElement;
    const to = { ArrowLeft: this.step - 1, ArrowRight: this.step + 1, Home: 0, End: this.steps - 1 }[
      event.key
    ];
    if (to !== undefined) this.go(to);
    else if (event.key === " " && !isButton) this.toggle();
    else return;
    event.preventDefault();
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  play(): void {
    if (this.steps < 2) return;
    if (this.step >= this.steps - 1) this.tell(0, true);
    this.playing = true;
    this.due = performance.now() + 1000 / this.pace;
    this.frame = requestAnimationFrame(this.tick);
  }

  pause(): void {
    if (!this.playing) return;
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.tell(this.step, false);
  }

  private readonly tick = (now: number) => {
    if (!this.playing) return;
    const pause = 1000 / this.pace;
    if (now >= this.due) {
      const passed = 1 + Math.floor((now - this.due) / pause);
      this.due += passed * pause;
      const to = Math.min(this.steps - 1, this.step + passed);
      this.step = to;
      if (to >= this.steps - 1) this.playing = false;
      this.tell(to, this.playing);
    }
    if (this.playing) this.frame = requestAnimationFrame(this.tick);
  };

  /** Steps a second in force: a person who asked for less motion gets no more than a few. */
  private get pace(): number {
    return isReducedMotion() ? Math.min(CALM_SPEED, this.speed) : this.speed;
  }

  private go(step: number): void {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.tell(Math.max(0, Math.min(this.steps - 1, step)), false);
  }

  private tell(step: number, playing: boolean): void {
    this.step = step;
    this.dispatchEvent(new CustomEvent("stepped", { detail: { step, playing }, bubbles: true }));
  }

  private chooseSpeed(speed: number): void {
    this.speed = speed;
    this.due = performance.now() + 1000 / this.pace;
    this.dispatchEvent(new CustomEvent("speed-chosen", { detail: speed, bubbles: true }));
  }
}

function icon(name: keyof typeof ICONS) {
  return html`<svg viewBox="0 0 16 16" aria-hidden="true"><path d=${ICONS[name]}></path></svg>`;
}
