// A confusion matrix as a table whose cells are shaded by their share of the row; the diagonal is what is right.

import { html, type TemplateResult } from "lit";
import { styled } from "../draw/styled.ts";
import { t } from "../lib/i18n.ts";
import type { Confusion } from "../lib/training-learned.ts";

export function confusionTable(
  { classes, matrix }: Confusion,
  word: (name: string) => string,
): TemplateResult {
  return html`
    <div class="scrolling" tabindex="0" role="region" aria-label=${t("What is taken for what")}>
      <table class="confusion">
        <caption>${t("Test pictures: a row is what they show, a column what they are taken for.")}</caption>
        <thead>
          <tr><td></td>${classes.map((name) => html`<th scope="col">${word(name)}</th>`)}</tr>
        </thead>
        <tbody>
          ${matrix.map((counts, row) => {
            const sum = counts.reduce((total, each) => total + each, 0) || 1;
            return html`
              <tr>
                <th scope="row">${word(classes[row] ?? "")}</th>
                ${counts.map((count, column) => cell(count, count / sum, row === column))}
              </tr>`;
          })}
        </tbody>
      </table>
    </div>`;
}

function cell(count: number, share: number, isRight: boolean) {
  const strength = `${Math.round(100 * Math.sqrt(share))}%`;
  return html`<td class=${isRight ? "right" : ""} ${styled({ "--share": strength })}>${count || ""}</td>`;
}
