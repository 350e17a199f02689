// What curves are drawn over, and how smooth: the same for one run and for several.

import { html, type TemplateResult } from "lit";
import { t } from "../lib/i18n.ts";
import { rounded } from "../lib/numbers.ts";
import { type CurveLooks, MOST_SMOOTH } from "../lib/training-state.ts";

export function curveControls(
  looks: CurveLooks,
  change: (looks: CurveLooks, settled: boolean) => void,
): TemplateResult {
  const smooth = (event: Event, settled: boolean) =>
    change({ ...looks, smooth: Number((event.target as HTMLInputElement).value) }, settled);
  const over = (x: CurveLooks["x"], word: string) => html`
    <label><input type="radio" name="x" value=${x} .checked=${looks.x === x} @change=${() => change({ ...looks, x }, true)}>${word}</label>`;
  return html`
    <div class="looks">
      <fieldset class="choices">
        <legend class="visually-hidden">${t("Drawn over")}</legend>
        ${over("epochs", t("over epochs"))} ${over("steps", t("over steps"))}
      </fieldset>
      <label class="slider">
        <span>${t("Smoothing")}</span>
        <input
          type="range"
          min="0"
          max=${MOST_SMOOTH}
          step="0.02"
          .value=${String(looks.smooth)}
          @input=${(event: Event) => smooth(event, false)}
          @change=${(event: Event) => smooth(event, true)}
        >
        <output>${rounded(looks.smooth)}</output>
      </label>
    </div>`;
}
