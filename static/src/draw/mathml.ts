// A formula's tree as MathML. Every symbol and its number carry the idea they stand for, as the form and the stage do.

import { mathml } from "lit";
import type { Letter, Term } from "../lib/formula.ts";

export const IDEAS: Readonly<Record<Letter, string>> = {
  N: "input",
  F: "kernel",
  P: "padding",
  S: "stride",
  D: "dilation",
  O: "output",
  A: "padding",
};

/** The content of a <math> element. */
export function presentation(term: Term): unknown {
  switch (term.kind) {
    case "symbol":
      return symbol(term);
    case "variable":
      return mathml`<mi>${term.text}</mi>`;
    case "number":
      return mathml`<mn>${term.text}</mn>`;
    case "sign":
      return /[()]/.test(term.text)
        ? mathml`<mo stretchy="false">${term.text}</mo>`
        : mathml`<mo>${term.text}</mo>`;
    case "row":
      return mathml`<mrow>${term.terms.map(presentation)}</mrow>`;
    case "fraction":
      return mathml`<mfrac>${presentation(term.top)}${presentation(term.bottom)}</mfrac>`;
    case "floor":
      return mathml`<mrow><mo fence="true" stretchy="true">⌊</mo>${presentation(term.inner)}<mo fence="true" stretchy="true">⌋</mo></mrow>`;
    case "ceil":
      return mathml`<mrow><mo fence="true" stretchy="true">⌈</mo>${presentation(term.inner)}<mo fence="true" stretchy="true">⌉</mo></mrow>`;
  }
}

function symbol({ letter, index, value }: Extract<Term, { kind: "symbol" }>) {
  const idea = IDEAS[letter];
  if (value !== undefined)
    return mathml`<mn class="symbol" data-idea=${idea}>${String(value).replace("-", "−")}</mn>`;
  if (letter === "A") return sub(idea, "P", mathml`<mtext>out</mtext>`);
  return index
    ? sub(idea, letter, mathml`<mn>${index}</mn>`)
    : mathml`<mi class="symbol" data-idea=${idea}>${letter}</mi>`;
}

function sub(idea: string, letter: string, index: unknown) {
  return mathml`<msub class="symbol" data-idea=${idea}><mi>${letter}</mi>${index}</msub>`;
}
