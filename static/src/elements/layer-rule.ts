// <layer-rule>: the formula in letters over the formula in numbers; without these where an argument cannot be read.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { presentation } from "../draw/mathml.ts";
import { formula, type Term } from "../lib/formula.ts";
import { type Axis, axes as axesOf } from "../lib/geometry.ts";
import { t } from "../lib/i18n.ts";
import type { Layer } from "../lib/layer.ts";

export class LayerRule extends LitElement {
  static override properties = {
    layer: { attribute: false },
    axes: { attribute: false },
  };

  declare layer: Layer | undefined;
  /** Undefined where there are no numbers to put in. */
  declare axes: readonly [Axis, Axis] | undefined;

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    this.replaceChildren();
    super.connectedCallback();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { layer, axes } = this;
    if (!layer) return nothing;
    const { symbolic, substituted } = formula(layer, axes ?? axesOf(layer));
    if (!axes) return html`<p class="symbolic">${math(symbolic)}</p>`;
    const areAlike = JSON.stringify(axes[0]) === JSON.stringify(axes[1]);
    const lines = areAlike
      ? [[t("height, width"), substituted[0]]]
      : [
          [t("height"), substituted[0]],
          [t("width"), substituted[1]],
        ];
    return html`
      <p class="symbolic">${math(symbolic)}</p>
      ${lines.map(([name, line]) => html`<p class="substituted"><span class="caption">${name}</span>${math(line as Term)}</p>`)}
    `;
  }
}

function math(term: Term) {
  return html`<math display="block">${presentation(term)}</math>`;
}
