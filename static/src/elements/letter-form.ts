// <letter-form>: the lecture's four letters, N F S P, each a number to type or step; both axes alike.

import { html, LitElement, type TemplateResult } from "lit";
import { along, reachable, replaced, type Texts, writeArgument } from "../lib/arguments.ts";
import { t } from "../lib/i18n.ts";
import type { Argument, Layer } from "../lib/layer.ts";
import type { FormEvents } from "./layer-form.ts";

interface LetterRow {
  readonly letter: string;
  readonly argument: Argument;
  readonly idea: string;
}

const LETTERS: readonly LetterRow[] = [
  { letter: "N", argument: "height", idea: "input" },
  { letter: "F", argument: "kernelSize", idea: "kernel" },
  { letter: "S", argument: "stride", idea: "stride" },
  { letter: "P", argument: "padding", idea: "padding" },
];

export class LetterForm extends LitElement {
  static override properties = { texts: { attribute: false }, layer: { attribute: false } };

  declare texts: Texts;
  declare layer: Layer | undefined;

  constructor() {
    super();
    this.texts = {};
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    this.replaceChildren();
    super.connectedCallback();
  }

  protected override render(): TemplateResult {
    return html`${LETTERS.map((row) => this.row(row))}`;
  }

  private row({ letter, argument, idea }: LetterRow) {
    const { layer } = this;
    const name = { N: t("input"), F: t("kernel"), S: t("stride"), P: t("padding") }[letter] ?? "";
    const reach = layer ? reachable(layer, argument, "all") : [];
    const at = layer ? reach.indexOf(along(layer, argument, "all")) : -1;
    const go = (to: number | undefined, settled = true) => {
      if (to !== undefined && layer) this.set(layer, argument, to, settled);
    };
    return html`
      <div class="letter" data-idea=${idea}>
        <label for=${letter}><i class="idea">${letter}</i> ${name}</label>
        <input
          type="range"
          id=${letter}
          min="0"
          max=${Math.max(0, reach.length - 1)}
          .value=${String(Math.max(0, at))}
          ?disabled=${reach.length < 2}
          aria-valuetext=${reach[at] ?? ""}
          @input=${(event: Event) => go(reach[Number((event.target as HTMLInputElement).value)], false)}
          @change=${(event: Event) => go(reach[Number((event.target as HTMLInputElement).value)])}
        />
        <output for=${letter}>${reach[at] ?? ""}</output>
        <button type="button" class="icon quiet" tabindex="-1" aria-label=${t("Less {name}", { name })} ?disabled=${at <= 0} @click=${() => go(reach[at - 1])}>−</button>
        <button type="button" class="icon quiet" tabindex="-1" aria-label=${t("More {name}", { name })} ?disabled=${at >= reach.length - 1} @click=${() => go(reach[at + 1])}>+</button>
      </div>
    `;
  }

  private set(layer: Layer, argument: Argument, number: number, settled: boolean): void {
    const text = writeArgument(replaced(layer, argument, "all", number)[argument]);
    const texts: Texts = {
      ...this.texts,
      [argument]: text,
      ...(argument === "height" ? { width: text } : {}),
    };
    const event: FormEvents["arguments-changed"] = new CustomEvent("arguments-changed", {
      detail: { texts, settled },
      bubbles: true,
    });
    this.dispatchEvent(event);
  }
}
