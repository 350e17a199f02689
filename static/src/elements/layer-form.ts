// <layer-form>: the call itself as a form. Each argument is a number that can be typed, dragged or stepped; a slider goes
// only where PyTorch follows, and what is typed beyond that is explained under it.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { FieldError } from "../lib/api.ts";
import { partTexts, reads, SIDES, type Typed, wholeText, withTyped } from "../lib/argument-texts.ts";
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
import { type PaddingKind, paddingKind, paddingText } from "../lib/padding-kind.ts";
import { argumentRow, choice, flag, linkButton, paddingKinds, wrongId } from "./argument-field.ts";
import { numberLine } from "./number-line.ts";

export interface ArgumentChange {
  readonly texts: Texts;
  /** True at the end of a movement: what Back undoes. */
  readonly settled: boolean;
}

export interface FormEvents {
  "arguments-changed": CustomEvent<ArgumentChange>;
}

const CONSTRUCTORS: Readonly<Record<Operation, string>> = {
  conv2d: "nn.Conv2d",
  conv_transpose2d: "nn.ConvTranspose2d",
  max_pool2d: "nn.MaxPool2d",
  avg_pool2d: "nn.AvgPool2d",
  adaptive_avg_pool2d: "nn.AdaptiveAvgPool2d",
};

/** A field that is being typed in: it keeps its text, and its argument its fields, until it is left. */
interface Typing extends Typed {
  readonly index: number;
}

export class LayerForm extends LitElement {
  static override properties = {
    texts: { attribute: false },
    layer: { attribute: false },
    errors: { attribute: false },
    unlinked: { state: true },
    typing: { state: true },
  };

  declare texts: Texts;
  /** The layer the texts describe; where one cannot be read, with another value in its place. */
  declare layer: Layer | undefined;
  declare errors: readonly FieldError[];
  /** Arguments whose height and width a person has let go of each other. */
  declare private unlinked: ReadonlySet<Argument>;
  declare private typing: Typing | undefined;

  constructor() {
    super();
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
    this.addEventListener("focusout", () => {
      this.typing = undefined;
    });
  }

  protected override render(): TemplateResult | typeof nothing {
    const { layer } = this;
    if (!layer) return nothing;
    const own = ARGUMENTS[layer.operation].filter(
      (argument) => !SIDES.includes(argument) && argument !== "inChannels",
    );
    const isConvolution = own.includes("outChannels");
    return html`
      <fieldset>
        <legend><code>x.shape</code> <span class="caption">${t("what comes in")}</span></legend>
        ${isConvolution ? nothing : this.argument(layer, "inChannels")} ${this.sides(layer)}
      </fieldset>
      <fieldset>
        <legend><code>${CONSTRUCTORS[layer.operation]}(</code></legend>
        ${isConvolution ? this.argument(layer, "inChannels") : nothing}
        ${repeat(
          own,
          (argument) => argument,
          (argument) => this.argument(layer, argument),
        )}
        <code class="close">)</code>
      </fieldset>
    `;
  }

  /** Height and width are two names, linked like the two numbers of a pair. */
  private sides(layer: Layer) {
    const isLinked = this.widthFollows();
    const link = this.link(layer, "height", isLinked);
    return isLinked
      ? this.numbers(layer, "height", ["all"], link, "height, width")
      : html`${this.numbers(layer, "height", ["all"], link)}${this.numbers(layer, "width", ["all"], nothing)}`;
  }

  private widthFollows(): boolean {
    if (this.typing && SIDES.includes(this.typing.argument)) return this.typing.follows;
    return this.texts.height === this.texts.width && !this.unlinked.has("height");
  }

  private argument(layer: Layer, argument: Argument): TemplateResult {
    const error = this.errorOf(argument);
    const take = (text: string) => this.change({ [argument]: text }, true);
    const text = shownText(this.texts, argument);
    if (FLAGS.includes(argument)) {
      return argumentRow(argument, flag(argument, text === "true", take), error, take);
    }
    if (argument === "paddingMode") {
      return argumentRow(argument, choice(argument, PADDING_MODES, text, !!error, take), error, take);
    }
    return PAIRS.includes(argument)
      ? this.pair(layer, argument)
      : this.numbers(layer, argument, ["all"], nothing);
  }

  private pair(layer: Layer, argument: Argument): TemplateResult {
    const kind = argument === "padding" ? paddingKind(this.texts.padding ?? "") : "number";
    const isNamed = kind === "same" || kind === "valid";
    const numbers = numbersOf(layer, argument);
    const of = this.typing?.argument === argument ? this.typing.of : this.fields(layer, argument, kind);
    const places: readonly Place[] = of === 1 ? ["all"] : [...Array(of).keys()];
    const link = isNamed || of === 4 ? nothing : this.link(layer, argument, of === 1);
    if (argument !== "padding" || layer.operation !== "conv2d") {
      return this.numbers(layer, argument, places, link);
    }
    const kinds = paddingKinds(kind, (to) => this.change({ padding: paddingText(to, numbers) }, true));
    return this.numbers(layer, argument, places, html`${link}${kinds}`);
  }

  /** How many fields show an argument: one where its numbers are equal, else one for each. */
  private fields(layer: Layer, argument: Argument, kind: PaddingKind): number {
    if (kind !== "number") return kind === "sides" ? 4 : 1;
    const numbers = reads(this.texts, layer, argument)
      ? new Set(numbersOf(layer, argument)).size
      : (this.texts[argument] ?? "").split(",").length;
    return numbers === 1 && !this.unlinked.has(argument) ? 1 : 2;
  }

  private numbers(
    layer: Layer,
    argument: Argument,
    places: readonly Place[],
    more: TemplateResult | typeof nothing,
    label?: string,
  ): TemplateResult {
    const lines = places.map((place, i) => this.line(layer, argument, place, i, places.length));
    const take = (text: string) => this.change(this.withTwin(argument, text), true);
    return argumentRow(
      argument,
      html`<div class="lines">${lines}</div>${more}`,
      this.errorOf(argument),
      take,
      label,
    );
  }

  private line(layer: Layer, argument: Argument, place: Place, index: number, of: number) {
    const isReadable = reads(this.texts, layer, argument);
    const now = along(layer, argument, place);
    const side = of > 1 ? placeName(index, of) : "";
    const typing =
      this.typing?.argument === argument && this.typing.index === index ? this.typing : undefined;
    return numberLine({
      id: `${argument}-${index}`,
      name: side ? `${spelling(argument)}, ${side}` : spelling(argument),
      text: typing?.text ?? this.textAt(layer, argument, place, of, now),
      placeholder: isReadable ? String(now) : "",
      now,
      reach: isReadable ? reachable(layer, argument, place) : [],
      wrong: this.errorOf(argument) && wrongId(argument),
      side,
      onText: (text, settled) => {
        const typed: Typing = { argument, index, text, of, follows: this.widthFollows() };
        this.typing = settled ? undefined : typed;
        this.change(withTyped(this.texts, layer, place, typed), settled);
      },
      onNumber: (number, settled) => this.setNumber(layer, argument, place, number, settled),
    });
  }

  private textAt(layer: Layer, argument: Argument, place: Place, of: number, now: number): string {
    if (place === "all") return wholeText(this.texts, layer, argument, now);
    return partTexts(this.texts, layer, argument, of)[place] ?? "";
  }

  private link(layer: Layer, argument: Argument, isLinked: boolean) {
    return linkButton(argument, isLinked, () => {
      const unlinked = new Set(this.unlinked);
      if (isLinked) unlinked.add(argument);
      else {
        unlinked.delete(argument);
        if (argument === "height") this.change({ width: this.texts.height ?? "" }, true);
        else this.change({ [argument]: String(along(layer, argument, 0)) }, true);
      }
      this.unlinked = unlinked;
    });
  }

  private errorOf(argument: Argument): FieldError | undefined {
    return this.errors.find(({ field }) => field === spelling(argument));
  }

  private setNumber(layer: Layer, argument: Argument, place: Place, number: number, settled: boolean): void {
    this.typing = undefined;
    if (place === "all") this.change(this.withTwin(argument, String(number)), settled);
    else
      this.change({ [argument]: writeArgument(replaced(layer, argument, place, number)[argument]) }, settled);
  }

  /** The text for an argument, and for the width when it follows the height. */
  private withTwin(argument: Argument, text: string): Texts {
    const isBoth = argument === "height" && this.widthFollows();
    return isBoth ? { height: text, width: text } : { [argument]: text };
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
