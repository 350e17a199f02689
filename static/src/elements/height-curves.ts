// <height-curves>: how low each racer is, step by step.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { CHART, curves } from "../draw/curves.ts";
import { t } from "../lib/i18n.ts";
import type { Plan, Track } from "../lib/race.ts";

export class HeightCurves extends LitElement {
  static override properties = {
    plan: { attribute: false },
    tracks: { attribute: false },
    step: { type: Number },
  };

  declare plan: Plan | undefined;
  declare tracks: readonly Track[];
  declare step: number;

  constructor() {
    super();
    this.tracks = [];
    this.step = 0;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { plan, tracks, step } = this;
    if (!plan) return nothing;
    return html`
      <p class="caption">${t("J by step, on a logarithmic scale")}</p>
      <svg viewBox=${`0 0 ${CHART.width} ${CHART.height}`} aria-hidden="true">${curves(plan, tracks, step)}</svg>`;
  }
}
