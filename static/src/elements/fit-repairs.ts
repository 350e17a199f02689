// <fit-repairs>: what no window reads where the size does not come out whole, and what would mend it, as buttons.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { Repair } from "../lib/api.ts";
import type { Axis } from "../lib/geometry.ts";
import { t } from "../lib/i18n.ts";

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
    if (!axes || axes.every(({ exact }) => exact.denominator === 1)) return nothing;
    return html`
      <div>
        <b>${t("It does not fit.")}</b> <span>${unreadWords(axes)}</span>
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

/** Which rows and columns of the padded input no window reads, in words. */
function unreadWords([rows, columns]: readonly [Axis, Axis]): string {
  if (rows.unread === 0 && columns.unread === 0) return t("The last window reaches past the end.");
  return [
    rows.unread ? t("Rows never read: {rows}.", { rows: unreadOf(rows) }) : "",
    columns.unread ? t("Columns never read: {columns}.", { columns: unreadOf(columns) }) : "",
  ].join(" ");
}

function unreadOf({ size, after, unread }: Axis): string {
  const last = size + after - 1;
  return unread === 1 ? String(last) : `${last - unread + 1}–${last}`;
}
