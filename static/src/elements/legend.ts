// The legend of signed colours: what the two ends of the ramp stand for.

import { html, type TemplateResult } from "lit";
import { written } from "../draw/values.ts";

/** A scale from −`largest` to `largest`. */
export function legend(largest: number): TemplateResult {
  return legendOf(written(-largest), written(largest));
}

/** A scale whose ends are said in words. */
export function legendOf(low: string, high: string): TemplateResult {
  return html`<p class="legend"><span>${low}</span><span class="ramp"></span><span>${high}</span></p>`;
}
