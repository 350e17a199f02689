// <layer-rule>: the formula in letters over the formula in numbers, and what to do where it does not come out whole.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { presentation } from "../draw/mathml.ts";
import type { Repair } from "../lib/api.ts";
import { formula, type Term } from "../lib/formula.ts";
import type { Axis } from "../lib/geometry.ts";
import { t } from "../lib/i18n.ts";
import type { Layer } from "../lib/layer.ts";

export interface RuleEvents {
  /** A repair was chosen: an argument in PyTorch's spelling, and its text. */
  "repair-chosen": CustomEvent<{ field: string; text: string }>;
}

export class LayerRule extends LitElement {
  static override properties = {
    layer: { attribute: false },
    axes: { attribute: false },
    possible: { type: Boolean },
    repairs: { attribute: false },
  };

  declare layer: Layer | undefined;
  declare axes: readonly [Axis, Axis];
  declare possible: boolean;
  declare repairs: readonly Repair[];

  constructor() {
    super();
    this.possible = false;
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
    const { layer, axes, possible } = this;
    if (!layer) return nothing;
    const { symbolic, substituted } = formula(layer, axes);
    const areAlike = JSON.stringify(axes[0]) === JSON.stringify(axes[1]);
    const lines = areAlike
      ? [[t("height, width"), substituted[0]]]
      : [
          [t("height"), substituted[0]],
          [t("width"), substituted[1]],
        ];
    return html`
      <p class="symbolic">${math(symbolic)}</p>
      ${possible ? lines.map(([name, line]) => html`<p class="substituted"><span class="caption">${name}</span>${math(line as Term)}</p>`) : nothing}
      ${possible ? this.fit() : nothing}
    `;
  }

  private fit() {
    const unread = unreadWords(this.axes);
    if (this.axes.every(({ exact }) => exact.denominator === 1)) return nothing;
    return html`
      <p class="unfit"><b>${t("It does not fit.")}</b> ${unread}</p>
      <p class="repairs">${this.repairs.map((repair) => this.repair(repair))}</p>
    `;
  }

  private repair({ change, output }: Repair) {
    const [field = "", value = 0] = Object.entries(change)[0] ?? [];
    const text = String(value);
    const choose = () =>
      this.dispatchEvent(new CustomEvent("repair-chosen", { detail: { field, text }, bubbles: true }));
    const idea = field === "kernel_size" ? "kernel" : field;
    const size = Object.values(output).join("×");
    return html`<button type="button" data-idea=${idea} @click=${choose}><code class="idea">${field}=${text}</code> → ${size}</button>`;
  }
}

function math(term: Term) {
  return html`<math display="block">${presentation(term)}</math>`;
}

/** Which rows and columns of the padded input no window reads, in words. */
function unreadWords([rows, columns]: readonly [Axis, Axis]): string {
  if (rows.unread === 0 && columns.unread === 0) return t("The last window reaches past the end.");
  return t("Never read: rows {rows}, columns {columns}.", {
    rows: unreadOf(rows),
    columns: unreadOf(columns),
  });
}

function unreadOf({ size, after, unread }: Axis): string {
  const last = size + after - 1;
  if (unread === 0) return "–";
  return unread === 1 ? String(last) : `${last - unread + 1}–${last}`;
}
