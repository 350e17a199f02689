// The parts of one argument of a call: its row, what is wrong with it, and the controls that are no numbers.

import { html, nothing, type TemplateResult } from "lit";
import type { FieldError } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { type Argument, spelling } from "../lib/layer.ts";
import { PADDING_KINDS, type PaddingKind } from "../lib/padding-kind.ts";

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

type Part = TemplateResult | typeof nothing;

/** Where a field's label points, and the sentence that says what is wrong with it. */
export function fieldId(argument: Argument): string {
  return `${argument}-0`;
}

export function wrongId(argument: Argument): string {
  return `${argument}-wrong`;
}

/** One argument: its name, its controls, and what is wrong, with the nearest value that works as a button. */
export function argumentRow(
  argument: Argument,
  controls: TemplateResult,
  error: FieldError | undefined,
  take: (text: string) => void,
  label = spelling(argument),
): TemplateResult {
  return html`
    <div class="argument" data-idea=${ARGUMENT_IDEAS[argument]} data-argument=${argument}>
      <label for=${fieldId(argument)}><code>${breakable(label)}</code></label>
      ${controls} ${error ? explanation(argument, error, take) : nothing}
    </div>
  `;
}

/** A long name may go on in the next line, but only after an underscore. */
function breakable(name: string) {
  return name.split("_").map((part, i) => (i ? html`_<wbr />${part}` : part));
}

function explanation(
  argument: Argument,
  { field, reason, nearest }: FieldError,
  take: (text: string) => void,
) {
  const text = nearest === null ? undefined : String(nearest);
  return html`
    <div class="wrong" id=${wrongId(argument)} role="alert">
      <p>${reason}</p>
      ${
        text === undefined
          ? nothing
          : html`<button type="button" @click=${() => take(text)}><code>${field}=${text}</code></button>`
      }
    </div>
  `;
}

export function flag(argument: Argument, isOn: boolean, take: (text: string) => void): TemplateResult {
  const choose = (event: Event) => take(String((event.target as HTMLInputElement).checked));
  return html`<label class="flag"
    ><input id=${fieldId(argument)} type="checkbox" .checked=${isOn} @change=${choose} /><code
      >${isOn ? "True" : "False"}</code></label>`;
}

export function choice(
  argument: Argument,
  options: readonly string[],
  now: string,
  isWrong: boolean,
  take: (text: string) => void,
): TemplateResult {
  const choose = (event: Event) => take((event.target as HTMLSelectElement).value);
  return html`<select
    id=${fieldId(argument)}
    aria-invalid=${isWrong ? "true" : nothing}
    aria-describedby=${isWrong ? wrongId(argument) : nothing}
    @change=${choose}
  >
    ${options.map((option) => html`<option value=${option} ?selected=${option === now}>"${option}"</option>`)}
  </select>`;
}

/** How conv2d's padding is given: a number, "same", "valid", or a number for each side. */
export function paddingKinds(now: PaddingKind, choose: (kind: PaddingKind) => void): TemplateResult {
  const names = { number: t("number"), same: '"same"', valid: '"valid"', sides: t("four sides") };
  const change = (event: Event) => choose((event.target as HTMLSelectElement).value as PaddingKind);
  return html`
    <select class="kind" aria-label=${t("How padding is given")} @change=${change}>
      ${PADDING_KINDS.map((kind) => html`<option value=${kind} ?selected=${kind === now}>${names[kind]}</option>`)}
    </select>
  `;
}

/** Whether height and width follow each other. */
export function linkButton(argument: Argument, isLinked: boolean, toggle: () => void): Part {
  const words = `${argument}: ${isLinked ? t("Set height and width apart") : t("Keep height and width equal")}`;
  return html`
    <button type="button" class="icon quiet link" aria-pressed=${isLinked} aria-label=${words} title=${words} @click=${toggle}>
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d=${isLinked ? LINKED : APART}></path></svg>
    </button>
  `;
}

const LINKED =
  "M6.5 9.5 9.5 6.5M7.5 5l1.6-1.6a2.5 2.5 0 0 1 3.5 3.5L11 8.5M8.5 11l-1.6 1.6a2.5 2.5 0 0 1-3.5-3.5L5 7.5";
const APART =
  "M8.2 4.3l.9-.9a2.5 2.5 0 0 1 3.5 3.5l-.9.9M7.8 11.7l-.9.9a2.5 2.5 0 0 1-3.5-3.5l.9-.9M3 3l10 10";
