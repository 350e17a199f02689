// <stage-head>: which input channel and which filter the stage draws, where there are several.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { Scene } from "../draw/scene.ts";
import { t } from "../lib/i18n.ts";
import { isConvolution, outChannels } from "../lib/layer.ts";
import { channelsOf } from "../lib/walkthrough.ts";

export interface HeadEvents {
  /** An input channel, or an output channel, was chosen to be drawn. */
  "channel-chosen": CustomEvent<number>;
  "filter-chosen": CustomEvent<number>;
}

export class StageHead extends LitElement {
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
    if (!scene) return nothing;
    const { layer, channel, filter } = scene;
    const channels = channelsOf(layer, filter);
    const isGroup = layer.groups > 1;
    return html`
      ${
        isConvolution(layer) && channels.length > 1
          ? this.chooser(
              t("input channel"),
              "input",
              "channel-chosen",
              channel,
              channels[0] ?? 0,
              channels.length,
              isGroup,
            )
          : nothing
      }
      ${
        outChannels(layer) > 1
          ? this.chooser(
              isConvolution(layer) ? t("filter") : t("channel"),
              "channels",
              "filter-chosen",
              filter,
              0,
              outChannels(layer),
            )
          : nothing
      }
    `;
  }

  private chooser(
    name: string,
    idea: string,
    event: string,
    now: number,
    first: number,
    length: number,
    isGroup = false,
  ) {
    const go = (to: number) => this.dispatchEvent(new CustomEvent(event, { detail: to, bubbles: true }));
    const last = first + length - 1;
    const range = isGroup
      ? t("({first}–{last}: the filter's group)", { first, last })
      : t("(of {first}–{last})", { first, last });
    return html`
      <div class="chooser" role="group" aria-label=${name} data-idea=${idea}>
        <span class="idea">${name}</span>
        <button type="button" class="icon quiet" aria-label=${t("Previous {name}", { name })} ?disabled=${now <= first} @click=${() => go(now - 1)}>‹</button>
        <output>${now}</output>
        <button type="button" class="icon quiet" aria-label=${t("Next {name}", { name })} ?disabled=${now >= last} @click=${() => go(now + 1)}>›</button>
        <span>${range}</span>
      </div>
    `;
  }
}
