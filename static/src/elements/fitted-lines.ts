// <fitted-lines>: on the surface that is a real loss, its data and the line that each racer has come to.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { dataPlot, PLOT } from "../draw/data-plot.ts";
import { t } from "../lib/i18n.ts";
import { figures } from "../lib/numbers.ts";
import type { Plan, Track } from "../lib/race.ts";
import { NAMES, type Racer } from "../lib/racers.ts";

export class FittedLines extends LitElement {
  static override properties = {
    plan: { attribute: false },
    tracks: { attribute: false },
    step: { type: Number },
    shown: { attribute: false },
  };

  declare plan: Plan | undefined;
  declare tracks: readonly Track[];
  declare step: number;
  /** Whose line is written out. */
  declare shown: Racer;

  constructor() {
    super();
    this.tracks = [];
    this.step = 0;
    this.shown = "sgd";
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { plan, tracks, step, shown } = this;
    if (plan?.surface !== "line") return nothing;
    const theta = tracks.find(({ racer }) => racer === shown)?.moments[step]?.theta;
    return html`
      <svg viewBox=${`0 0 ${PLOT.width} ${PLOT.height}`} aria-hidden="true">${dataPlot(plan, tracks, step)}</svg>
      <p class="caption">
        ${theta ? t("{name}: y = {slope} · x + {intercept}.", { name: NAMES[shown], slope: figures(theta[0]), intercept: figures(theta[1]) }) : nothing}
        ${t("Filled: what the next step reads.")}
      </p>`;
  }
}
