// <fit-bench>: the same kernel under PyTorch's and TensorFlow's rules, each axis drawn as a line.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { definitions } from "../draw/captions.ts";
import { MOST_RULER_CELLS, ruler, rulerSpan } from "../draw/ruler.ts";
import type { Scene } from "../draw/scene.ts";
import { type Rule, type Ruled, underEveryRule } from "../lib/frameworks.ts";
import { t } from "../lib/i18n.ts";
import { unreadCount } from "../lib/unread.ts";

export class FitBench extends LitElement {
  static override properties = { scene: { attribute: false } };

  declare scene: Scene | undefined;

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    this.replaceChildren();
    super.connectedCallback();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { scene } = this;
    if (!scene?.possible || scene.axes[0].kind !== "slide") return nothing;
    const areAlike = JSON.stringify(scene.axes[0]) === JSON.stringify(scene.axes[1]);
    return html`
      <h2>${t("The same kernel under other rules")}</h2>
      <svg class="definitions" aria-hidden="true">${definitions}</svg>
      <div class="rules">
        ${areAlike ? nothing : this.table(scene, 0, t("height"))} ${this.table(scene, 1, areAlike ? t("height, width") : t("width"))}
      </div>
      <p class="caption">
        ${t("Blue: input. Dashed: padding. Brackets: windows. Hatched: never read.")}
        ${scene.layer.operation === "conv2d" ? t("PyTorch has ceil_mode for pooling only.") : nothing}
      </p>
    `;
  }

  private table(scene: Scene, index: 0 | 1, name: string) {
    const ruled = underEveryRule(scene.layer, index);
    const span = rulerSpan(ruled.map(({ axis }) => axis));
    return html`
      <table>
        <thead>
          <tr>
            <th scope="col">${t("rule")}</th>
            <th scope="col">${t("padding")}</th>
            <th scope="col">${t("output")}</th>
            <th scope="col">${t("never read")}</th>
            <th scope="col">${name}</th>
          </tr>
        </thead>
        <tbody>
          ${ruled.map((each) => row(each, span.count > MOST_RULER_CELLS ? nothing : ruler(each.axis, span)))}
        </tbody>
      </table>
    `;
  }
}

function row({ rule, axis, isOurs }: Ruled, picture: unknown) {
  return html`
    <tr aria-current=${isOurs ? "true" : nothing}>
      <th scope="row">${ruleName(rule)}</th>
      <td class="idea" data-idea="padding">${axis.before === axis.after ? axis.before : `${axis.before}, ${axis.after}`}</td>
      <td class="idea" data-idea="output"><b>${axis.output}</b></td>
      <td>${unreadCount(axis) || "–"}</td>
      <td>${picture}</td>
    </tr>
  `;
}

function ruleName(rule: Rule) {
  switch (rule) {
    case "floor":
      return html`PyTorch`;
    case "ceil":
      return html`PyTorch <code>ceil_mode</code>`;
    case "valid":
      return html`TensorFlow <code>"valid"</code>`;
    case "same":
      return html`TensorFlow <code>"same"</code>`;
  }
}
