// <layer-facts>: the call as one line to copy, whether PyTorch agrees with every number here, and what the layer costs.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { Description } from "../lib/api.ts";
import { cost } from "../lib/cost.ts";
import type { Axis } from "../lib/geometry.ts";
import { t } from "../lib/i18n.ts";
import { isConvolution, type Layer, outChannels } from "../lib/layer.ts";
import { bytes, count } from "../lib/numbers.ts";

const COPIED_MS = 2000;

export class LayerFacts extends LitElement {
  static override properties = {
    layer: { attribute: false },
    axes: { attribute: false },
    possible: { type: Boolean },
    description: { attribute: false },
    copied: { state: true },
  };

  declare layer: Layer | undefined;
  declare axes: readonly [Axis, Axis];
  declare possible: boolean;
  /** The server's answer for this very layer, once it is here. */
  declare description: Description | undefined;
  declare private copied: boolean;

  constructor() {
    super();
    this.possible = false;
    this.copied = false;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    this.replaceChildren();
    super.connectedCallback();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { layer, axes, possible, description } = this;
    if (!layer || !possible) return nothing;
    return html`
      <p class="code">
        <code>${description?.pytorch ?? " "}</code>
        <button type="button" class="quiet" ?disabled=${!description} @click=${this.copy}>
          <span role="status">${this.copied ? t("Copied") : t("Copy")}</span>
        </button>
      </p>
      ${this.badge()}
      <dl class="cost">${this.rows(layer, axes)}</dl>
    `;
  }

  private rows(layer: Layer, axes: readonly [Axis, Axis]) {
    const { factors, weights, biases, parameters, uses, macs, activationBytes } = cost(layer, axes);
    const [rows, columns] = axes;
    const shape = html`<span class="idea" data-idea="channels">${count(outChannels(layer))}</span> × <span class="idea" data-idea="output">${count(rows.output)} × ${count(columns.output)}</span>`;
    return html`
      <dt>${t("output")}</dt>
      <dd>${shape}, ${bytes(activationBytes)}</dd>
      <dt>${t("parameters")}</dt>
      <dd>
        ${
          isConvolution(layer)
            ? html`${factors.map(
                ({ name, value }, i) =>
                  html`${i ? " · " : ""}<span class="idea" data-idea=${name === "kernel" ? "kernel" : "channels"} title=${name}>${count(value)}</span>`,
              )}
              ${biases ? html` + <span class="idea" data-idea="channels" title="bias">${count(biases)}</span>` : nothing}
              = <b>${count(parameters)}</b>`
            : html`<b>0</b>`
        }
      </dd>
      <dt>${t("multiply-accumulates (MACs)")}</dt>
      <dd>${macs ? html`${count(weights)} · ${count(uses)} = <b>${count(macs)}</b>` : html`<b>0</b>`}</dd>
    `;
  }

  /** Agreement is said quietly, disagreement loudly. */
  private badge() {
    const { description, axes, layer } = this;
    if (!description || !layer) return html`<p class="checked"> </p>`;
    const [rows, columns] = axes;
    const isSame =
      description.output.height === rows.output &&
      description.output.width === columns.output &&
      description.parameters.total === cost(layer, axes).parameters;
    if (!isSame || description.checked_by_torch === false) {
      return html`<div class="wrong" role="alert"><p>${t("PyTorch gives other numbers than this page. Please report it.")}</p></div>`;
    }
    return description.checked_by_torch
      ? html`<p class="checked" data-idea="output"><span class="idea">✓</span> ${t("checked by PyTorch")}</p>`
      : html`<p class="checked">${t("PyTorch is checking…")}</p>`;
  }

  private readonly copy = async () => {
    await navigator.clipboard?.writeText(this.description?.pytorch ?? "");
    this.copied = true;
    setTimeout(() => {
      this.copied = false;
    }, COPIED_MS);
  };
}
