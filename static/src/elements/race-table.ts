// <race-table>: what the figure shows, as tables: everybody at the present step, and one racer's every step.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { t } from "../lib/i18n.ts";
import { figures } from "../lib/numbers.ts";
import type { Moment, Track } from "../lib/race.ts";
import { NAMES, type Racer } from "../lib/racers.ts";

export class RaceTable extends LitElement {
  static override properties = {
    tracks: { attribute: false },
    step: { type: Number },
    shown: { attribute: false },
    open: { state: true },
  };

  declare tracks: readonly Track[];
  declare step: number;
  /** Whose every step is listed. */
  declare shown: Racer;
  declare private open: boolean;

  constructor() {
    super();
    this.tracks = [];
    this.step = 0;
    this.shown = "sgd";
    this.open = false;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render(): TemplateResult {
    return html`
      <details @toggle=${(event: Event) => {
        this.open = (event.target as HTMLDetailsElement).open;
      }}>
        <summary>${t("The figure as tables")}</summary>
        ${this.open ? html`<div class="tables">${this.everybody()}${this.everyStep()}</div>` : nothing}
      </details>`;
  }

  private everybody() {
    const { tracks, step } = this;
    const rows = tracks.map(({ racer, moments, off }) => {
      const moment = moments[step];
      const cells = moment
        ? values(moment)
        : html`<td colspan="5">${t("left at step {step}", { step: off?.step ?? 0 })}</td>`;
      return html`<tr><th scope="row">${NAMES[racer]}</th>${cells}</tr>`;
    });
    return table(t("Everybody at step {step}", { step }), t("Optimizer"), rows);
  }

  private everyStep() {
    const track = this.tracks.find(({ racer }) => racer === this.shown);
    if (!track) return nothing;
    const rows = track.moments
      .slice(0, this.step + 1)
      .map((moment, index) => html`<tr><th scope="row">${index}</th>${values(moment)}</tr>`);
    return table(t("Every step of {name} so far", { name: NAMES[track.racer] }), t("Step"), rows);
  }
}

function values({ theta, height, gradient }: Moment) {
  return [...theta, height, ...gradient].map((value) => html`<td>${figures(value)}</td>`);
}

function table(caption: string, head: string, rows: readonly TemplateResult[]) {
  return html`
    <table>
      <caption>${caption}</caption>
      <thead>
        <tr>
          ${[head, "θ₁", "θ₂", "J", "∂J/∂θ₁", "∂J/∂θ₂"].map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>${rows}</tbody>
    </table>`;
}
