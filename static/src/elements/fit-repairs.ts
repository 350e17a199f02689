// <fit-repairs>: what no window reads, and where the size does not come out whole what would mend it, as buttons.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { Repair } from "../lib/api.ts";
import type { Axis } from "../lib/geometry.ts";
import { t } from "../lib/i18n.ts";
import { count } from "../lib/numbers.ts";
import { type Run, unreadRuns } from "../lib/unread.ts";

export interface RepairEvents {
  /** A repair was chosen: an argument in PyTorch's spelling, and its text. */
  "repair-chosen": CustomEvent<{ field: string; text: string }>;
}

export class FitRepairs extends LitElement {
  static override properties = { axes: { attribute: false }, repairs: { attribute: false } };

  /** The axes of a possible layer, or undefined. */
  declare axes: readonly [Axis, Axis] | undefined;
  declare repairs: readonly Repair[];

  constructor() {
    super();
    this.repairs = [];
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    this.replaceChildren();
    super.connectedCallback();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { axes } = this;
    if (!axes) return nothing;
    const fits = axes.every(({ exact }) => exact.denominator === 1);
    const unread = unreadWords(axes);
    if (fits) return unread ? html`<div><span>${unread}</span></div>` : nothing;
    return html`
      <div>
        <b>${t("It does not fit.")}</b> <span>${unread || t("The last window reaches past the end.")}</span>
        ${this.repairs.map((repair) => this.repair(repair))}
      </div>
    `;
  }

  private repair({ change, output }: Repair) {
    const [field = "", value = 0] = Object.entries(change)[0] ?? [];
    const text = String(value);
    const choose = () =>
      this.dispatchEvent(new CustomEvent("repair-chosen", { detail: { field, text }, bubbles: true }));
    const idea = field === "kernel_size" ? "kernel" : field;
    const size = Object.values(output).join(" × ");
    return html`<button type="button" data-idea=${idea} @click=${choose}><code class="idea">${field}=${text}</code> → ${size}</button>`;
  }
}

/** More runs than this are cut with an ellipsis. */
const MOST_RUNS = 4;

/** Which rows and columns of the padded input no window reads, in words; nothing where all are read. */
function unreadWords([rows, columns]: readonly [Axis, Axis]): string {
  const down = unreadRuns(rows);
  const across = unreadRuns(columns);
  const places = [
    words(
      down.input,
      (cells) => t("input row {cells}", { cells }),
      (cells) => t("input rows {cells}", { cells }),
    ),
    words(
      across.input,
      (cells) => t("input column {cells}", { cells }),
      (cells) => t("input columns {cells}", { cells }),
    ),
    words(
      down.padding,
      (cells) => t("padding row {cells}", { cells }),
      (cells) => t("padding rows {cells}", { cells }),
    ),
    words(
      across.padding,
      (cells) => t("padding column {cells}", { cells }),
      (cells) => t("padding columns {cells}", { cells }),
    ),
  ].filter(Boolean);
  return places.length ? t("Never read, counted from 0: {places}.", { places: places.join("; ") }) : "";
}

/** Between two numbers; beside a minus a dash could not be told from it. */
function dash(first: number): string {
  return first < 0 ? "…" : "–";
}

type Say = (cells: string) => string;

/** "input rows 0, 2, 4–6"; nothing where there is none. */
function words(runs: readonly Run[], one: Say, many: Say): string {
  const [run] = runs;
  if (!run) return "";
  const listed = runs
    .slice(0, MOST_RUNS)
    .map(({ first, last }) => (first === last ? count(first) : [first, last].map(count).join(dash(first))));
  const cells = (runs.length > MOST_RUNS ? [...listed, "…"] : listed).join(", ");
  return runs.length === 1 && run.first === run.last ? one(cells) : many(cells);
}
