// What the ends of the colours stand for, and the legend that says so.

import { html, type TemplateResult } from "lit";
import { t } from "../lib/i18n.ts";
import { SCALES, type Scale } from "../lib/looking.ts";
import { legend, legendOf } from "./legend.ts";

/** The choice of a scale; `largest` is the network's largest absolute value. */
export function scaleChoice(scale: Scale, largest: number, choose: (scale: Scale) => void): TemplateResult {
  const names: Record<Scale, string> = { map: t("map"), layer: t("layer"), network: t("network") };
  return html`
    <div class="scale">
      <fieldset class="choices">
        <legend>${t("One scale per")}</legend>
        ${SCALES.map(
          (each) =>
            html`<label><input type="radio" name="scale" value=${each} .checked=${each === scale} @change=${() => choose(each)}>${names[each]}</label>`,
        )}
      </fieldset>
      ${scale === "network" ? legend(largest) : legendOf(t("−largest"), t("largest"))}
    </div>`;
}
