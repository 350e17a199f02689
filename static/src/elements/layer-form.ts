// <layer-form>: the call itself as a form. Each argument is a number that can be typed, dragged or stepped; a slider goes
// only where PyTorch follows, and what is typed beyond that is explained under it.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { FieldError } from "../lib/api.ts";
import {
  along,
  FLAGS,
  numbersOf,
  PAIRS,
  type Place,
  reachable,
  replaced,
  shownText,
  type Texts,
  writeArgument,
} from "../lib/arguments.ts";
import { t } from "../lib/i18n.ts";
import {
  ARGUMENTS,
  type Argument,
  type Layer,
  type Operation,
  PADDING_MODES,
  spelling,
} from "../lib/layer.ts";
import { PADDING_KINDS, type PaddingKind, paddingKind, paddingText } from "../lib/padding-kind.ts";
import { numberLine } from "./number-line.ts";

export interface ArgumentChange {
  readonly texts: Texts;
  /** True at the end of a movement: what Back undoes. */
  readonly settled: boolean;
}

export interface FormEvents {
  "arguments-changed": CustomEvent<ArgumentChange>;
}

export const ARGUMENT_IDEAS: Readonly<Record<Argument, string>> = {
  inChannels: "channels",
  height: "input",
  width: "input",
  outChannels: "channels",
  kernelSize: "kernel",
  stride: "stride",
  padding: "padding",
  outputPadding: "padding",
  dilation: "dilation",
  groups: "channels",
  bias: "kernel",
  paddingMode: "padding",
  ceilMode: "output",
  countIncludePad: "padding",
  outputSize: "output",
};

export const CONSTRUCTORS: Readonly<Record<Operation, string>> = {
  conv2d: "nn.Conv2d",
  conv_transpose2d: "nn.ConvTranspose2d",
  max_pool2d: "nn.MaxPool2d",
  avg_pool2d: "nn.AvgPool2d",
  adaptive_avg_pool2d: "nn.AdaptiveAvgPool2d",
};

const SIDES: readonly Argument[] = ["height", "width"];

export class LayerForm extends LitElement {
  static override properties = {
    operation: { type: String },
    texts: { attribute: false },
    layer: { attribute: false },
    errors: { attribute: false },
    unlinked: { state: true },
  };

  declare operation: Operation;
  declare texts: Texts;
  /** The layer the texts describe; undefined while one cannot be read. */
  declare layer: Layer | undefined;
  declare errors: readonly FieldError[];
  /** Arguments whose height and width a person has let go of each other. */
  declare private unlinked: ReadonlySet<Argument>;

  constructor() {
    super();
    this.operation = "conv2d";
    this.texts = {};
    this.errors = [];
    this.unlinked = new Set();
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    this.replaceChildren(); // the plain form of the server
    super.connectedCallback();
  }

  protected override render(): TemplateResult {
    const own = ARGUMENTS[this.operation].filter(
      (argument) => !SIDES.includes(argument) && argument !== "inChannels",
    );
    const isConvolution = own.includes("outChannels");
    return html`
      <fieldset>
        <legend><code>x.shape</code> <span class="caption">${t("what comes in")}</span></legend>
        ${isConvolution ? nothing : this.argument("inChannels")} ${this.sides()}
      </fieldset>
      <fieldset>
        <legend><code>${CONSTRUCTORS[this.operation]}(</code></legend>
        ${isConvolution ? this.argument("inChannels") : nothing}
        ${repeat(
          own,
          (argument) => argument,
          (argument) => this.argument(argument),
        )}
        <code class="close">)</code>
      </fieldset>
    `;
  }

  /** Height and width are two names, linked like the two numbers of a pair. */
  private sides() {
    const areEqual = this.texts.height === this.texts.width;
    const isLinked = areEqual && !this.unlinked.has("height");
    const link = this.linkButton("height", isLinked);
    if (!isLinked) return html`${this.numberRow("height", ["all"], link)}${this.numberRow("width", ["all"])}`;
    return this.numberRow("height", ["all"], link, "height, width");
  }

  private argument(argument: Argument): TemplateResult {
    if (FLAGS.includes(argument)) return this.flag(argument);
    if (argument === "paddingMode") return this.choice(argument, PADDING_MODES);
    if (!PAIRS.includes(argument)) return this.numberRow(argument, ["all"]);
    const numbers = this.layer ? numbersOf(this.layer, argument) : [];
    const kind = argument === "padding" ? paddingKind(this.texts.padding ?? "") : "number";
    const isFour = kind === "sides";
    const isNamed = kind === "same" || kind === "valid";
    const areEqual = new Set(numbers).size <= 1 && !isFour;
    const isLinked = isNamed || (areEqual && !this.unlinked.has(argument));
    const places: readonly Place[] = isLinked ? ["all"] : [...numbers.keys()];
    return this.numberRow(
      argument,
      places,
      isNamed || isFour ? nothing : this.linkButton(argument, isLinked),
    );
  }

  private numberRow(
    argument: Argument,
    places: readonly Place[],
    link: TemplateResult | typeof nothing = nothing,
    label = spelling(argument),
  ): TemplateResult {
    const error = this.errorOf(argument);
    return html`
      <div class="argument" data-idea=${ARGUMENT_IDEAS[argument]} data-argument=${argument}>
        <label for=${`${argument}-0`}><code>${label}</code></label>
        <div class="lines">${places.map((place, i) => this.line(argument, place, i, places.length, error))}</div>
        ${argument === "padding" && this.operation === "conv2d" ? this.paddingKinds(link) : link}
        ${this.explanation(argument, error)}
      </div>
    `;
  }

  private line(argument: Argument, place: Place, index: number, of: number, error: FieldError | undefined) {
    const { layer } = this;
    const now = layer ? along(layer, argument, place) : 0;
    const side = of > 1 ? placeName(index, of) : "";
    return numberLine({
      id: `${argument}-${index}`,
      name: side ? `${spelling(argument)}, ${side}` : spelling(argument),
      text: place === "all" ? this.shown(argument, now) : String(now),
      placeholder: layer ? String(now) : "",
      now,
      reach: layer ? reachable(layer, argument, place) : [],
      wrong: error && `${argument}-wrong`,
      side,
      onText: (text, settled) => this.setText(argument, place, text, settled),
      onNumber: (number, settled) => this.setNumber(argument, place, number, settled),
    });
  }

  /** The text of an argument as typed; its default where it has one, and pooling's stride stays empty: it is the kernel's. */
  private shown(argument: Argument, now: number): string {
    const isKernels = argument === "stride" && !this.operation.startsWith("conv");
    return shownText(this.texts, argument) || (isKernels || !this.layer ? "" : String(now));
  }

  private linkButton(argument: Argument, isLinked: boolean) {
    const words = isLinked ? t("Set height and width apart") : t("Keep height and width equal");
    return html`
      <button type="button" class="icon quiet link" aria-pressed=${isLinked} aria-label=${words} title=${words}
        @click=${() => this.toggleLink(argument, isLinked)}>
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d=${isLinked ? LINKED : APART}></path></svg>
      </button>
    `;
  }

  /** How conv2d's padding is given: a number, "same", "valid", or a number for each side. */
  private paddingKinds(link: TemplateResult | typeof nothing) {
    const now = paddingKind(this.texts.padding ?? "");
    const names = { number: t("number"), same: '"same"', valid: '"valid"', sides: t("four sides") };
    const choose = (event: Event) => {
      const kind = (event.target as HTMLSelectElement).value as PaddingKind;
      const numbers = this.layer ? numbersOf(this.layer, "padding") : [];
      this.change({ padding: paddingText(kind, numbers) }, true);
    };
    return html`
      ${link}
      <select class="kind" aria-label=${t("How padding is given")} @change=${choose}>
        ${PADDING_KINDS.map((kind) => html`<option value=${kind} ?selected=${kind === now}>${names[kind]}</option>`)}
      </select>
    `;
  }

  private flag(argument: Argument) {
    const now = shownText(this.texts, argument) === "true";
    return html`
      <div class="argument" data-idea=${ARGUMENT_IDEAS[argument]}>
        <label for=${argument}><code>${spelling(argument)}</code></label>
        <label class="flag"
          ><input id=${argument} type="checkbox" .checked=${now}
            @change=${(event: Event) => this.change({ [argument]: String((event.target as HTMLInputElement).checked) }, true)}
          /><code>${now ? "True" : "False"}</code></label>
      </div>
    `;
  }

  private choice(argument: Argument, options: readonly string[]) {
    const error = this.errorOf(argument);
    return html`
      <div class="argument" data-idea=${ARGUMENT_IDEAS[argument]}>
        <label for=${argument}><code>${spelling(argument)}</code></label>
        <select id=${argument} aria-invalid=${error ? "true" : nothing} aria-describedby=${error ? `${argument}-wrong` : nothing}
          @change=${(event: Event) => this.change({ [argument]: (event.target as HTMLSelectElement).value }, true)}>
          ${options.map((option) => html`<option value=${option} ?selected=${(this.texts[argument] || options[0]) === option}>"${option}"</option>`)}
        </select>
        ${this.explanation(argument, error)}
      </div>
    `;
  }

  private explanation(argument: Argument, error: FieldError | undefined) {
    if (!error) return nothing;
    const nearest = error.nearest === null ? undefined : String(error.nearest);
    return html`
      <div class="wrong" id=${`${argument}-wrong`} role="alert">
        <p>${error.reason}</p>
        ${
          nearest === undefined
            ? nothing
            : html`<button type="button" @click=${() => this.change({ [argument]: nearest }, true)}><code>${error.field}=${nearest}</code></button>`
        }
      </div>
    `;
  }

  private errorOf(argument: Argument): FieldError | undefined {
    return this.errors.find(({ field }) => field === spelling(argument));
  }

  private toggleLink(argument: Argument, isLinked: boolean): void {
    const unlinked = new Set(this.unlinked);
    if (isLinked) unlinked.add(argument);
    else {
      unlinked.delete(argument);
      if (argument === "height") this.change({ width: this.texts.height ?? "" }, true);
      else if (this.layer) this.change({ [argument]: String(along(this.layer, argument, 0)) }, true);
    }
    this.unlinked = unlinked;
  }

  private setText(argument: Argument, place: Place, text: string, settled: boolean): void {
    if (place === "all") this.change(this.withTwin(argument, text), settled);
    else {
      const parts: (number | string)[] = this.layer ? [...numbersOf(this.layer, argument)] : [];
      parts[place] = text;
      this.change({ [argument]: parts.join(",") }, settled);
    }
  }

  private setNumber(argument: Argument, place: Place, number: number, settled: boolean): void {
    if (place === "all" || !this.layer) this.change(this.withTwin(argument, String(number)), settled);
    else
      this.change(
        { [argument]: writeArgument(replaced(this.layer, argument, place, number)[argument]) },
        settled,
      );
  }

  /** The text for an argument, and for the width when it follows the height. */
  private withTwin(argument: Argument, text: string): Texts {
    const follows =
      argument === "height" && this.texts.height === this.texts.width && !this.unlinked.has("height");
    return follows ? { height: text, width: text } : { [argument]: text };
  }

  private change(texts: Texts, settled: boolean): void {
    const detail: ArgumentChange = { texts: { ...this.texts, ...texts }, settled };
    this.dispatchEvent(new CustomEvent("arguments-changed", { detail, bubbles: true }));
  }
}

function placeName(index: number, of: number): string {
  const names = of === 4 ? [t("top"), t("bottom"), t("left"), t("right")] : [t("height"), t("width")];
  return names[index] ?? "";
}

const LINKED =
  "M6.5 9.5 9.5 6.5M7.5 5l1.6-1.6a2.5 2.5 0 0 1 3.5 3.5L11 8.5M8.5 11l-1.6 1.6a2.5 2.5 0 0 1-3.5-3.5L5 7.5";
const APART =
  "M8.2 4.3l.9-.9a2.5 2.5 0 0 1 3.5 3.5l-.9.9M7.8 11.7l-.9.9a2.5 2.5 0 0 1-3.5-3.5l.9-.9M3 3l10 10";
