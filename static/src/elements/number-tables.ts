// <number-tables>: what the stage shows, as tables: the numbers of the drawn channel, its kernel and the filter's map.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { Scene, Texts } from "../draw/scene.ts";
import { t } from "../lib/i18n.ts";

export class NumberTables extends LitElement {
  static override properties = { scene: { attribute: false }, open: { state: true } };

  declare scene: Scene | undefined;
  declare private open: boolean;

  constructor() {
    super();
    this.open = false;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    this.replaceChildren();
    super.connectedCallback();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { scene, open } = this;
    if (!scene) return nothing;
    return html`
      <details @toggle=${(event: Event) => {
        this.open = (event.target as HTMLDetailsElement).open;
      }}>
        <summary>${t("The figure as tables")}</summary>
        ${open ? html`<div class="tables">${this.tables(scene)}</div>` : nothing}
      </details>
    `;
  }

  private tables(scene: Scene) {
    const { layer, axes, channel, filter, inputTexts, kernelTexts, outputTexts, output } = scene;
    const [rows, columns] = axes;
    return html`
      ${inputTexts.longest ? grid(t("Input, channel {channel}", { channel }), layer.height, layer.width, inputTexts) : nothing}
      ${kernelTexts.longest ? grid(t("Kernel between input channel {channel} and filter {filter}", { channel, filter }), rows.kernel, columns.kernel, kernelTexts) : nothing}
      ${output ? grid(t("Output, channel {channel}", { channel: filter }), rows.output, columns.output, outputTexts) : nothing}
    `;
  }
}

function grid(caption: string, rows: number, columns: number, texts: Texts) {
  const range = (count: number) => Array.from({ length: count }, (_, i) => i);
  return html`
    <table>
      <caption>${caption}</caption>
      <thead>
        <tr><td></td>${range(columns).map((column) => html`<th scope="col">${column}</th>`)}</tr>
      </thead>
      <tbody>
        ${range(rows).map(
          (row) =>
            html`<tr><th scope="row">${row}</th>${range(columns).map((column) => html`<td>${texts.at(row, column)}</td>`)}</tr>`,
        )}
      </tbody>
    </table>
  `;
}
