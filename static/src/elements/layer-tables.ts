// The same as the figures, as tables: written only when a person unfolds them, for a map can have a thousand cells.

import { html, type TemplateResult } from "lit";
import { written } from "../draw/values.ts";
import { t } from "../lib/i18n.ts";
import { mapOf, type Tensor } from "../lib/npy.ts";
import type { LayerTrace } from "../lib/trace.ts";
import type { Group } from "../lib/unit.ts";
import { unfolding } from "./unfolding.ts";

/** Every map's smallest and largest value. */
export function channelTable(trace: LayerTrace): TemplateResult {
  return unfolding(
    t("All maps as a table"),
    () => html`
    <table>
      <thead><tr><th scope="col">${t("map")}</th><th scope="col">${t("smallest")}</th><th scope="col">${t("largest")}</th></tr></thead>
      <tbody>
        ${trace.channels.map(
          ({ minimum, maximum }, channel) => html`<tr>
            <th scope="row">${channel}</th><td>${written(minimum ?? Number.NaN)}</td><td>${written(maximum ?? Number.NaN)}</td>
          </tr>`,
        )}
      </tbody>
    </table>`,
  );
}

/** Every value of one map. */
export function mapTable(tensor: Tensor, channel: number): TemplateResult {
  const [, height = 1, width = 1] = tensor.shape;
  return unfolding(t("All values as a table"), () => {
    const values = mapOf(tensor, channel);
    const columns = Array.from({ length: width }, (_, column) => column);
    return html`
      <table>
        <thead><tr><td></td>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
        <tbody>
          ${Array.from({ length: height }, (_, row) => html`<tr><th scope="row">${row}</th>${columns.map((column) => html`<td>${written(values[row * width + column] ?? Number.NaN)}</td>`)}</tr>`)}
        </tbody>
      </table>`;
  });
}

/** Every value of a flat layer. */
export function valueTable(values: ArrayLike<number>, name: (index: number) => string): TemplateResult {
  return unfolding(
    t("All values as a table"),
    () => html`
    <table>
      <tbody>
        ${Array.from(values, (value, index) => html`<tr><th scope="row">${name(index)}</th><td>${written(value)}</td></tr>`)}
      </tbody>
    </table>`,
  );
}

/** Every product of a sum. */
export function productTable(groups: readonly Group[]): TemplateResult {
  return unfolding(
    t("All products as a table"),
    () => html`
    <table>
      <thead>
        <tr>
          <th scope="col">${t("channel")}</th><th scope="col">${t("row")}</th><th scope="col">${t("column")}</th>
          <th scope="col">x</th><th scope="col">${t("weight")}</th><th scope="col">${t("product")}</th>
        </tr>
      </thead>
      <tbody>
        ${groups.flatMap(({ channel, terms }) =>
          terms.map(
            ({ row, column, operand, weight, product }) => html`<tr>
              <th scope="row">${channel}</th><td>${row ?? ""}</td><td>${column ?? ""}</td>
              <td>${written(operand ?? Number.NaN)}</td><td>${written(weight ?? Number.NaN)}</td><td>${written(product ?? Number.NaN)}</td>
            </tr>`,
          ),
        )}
      </tbody>
    </table>`,
  );
}
