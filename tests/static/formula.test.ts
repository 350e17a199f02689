import assert from "node:assert/strict";
import { test } from "node:test";
import { presentation } from "../../static/src/draw/mathml.ts";
import { cost } from "../../static/src/lib/cost.ts";
import { formula, type Term } from "../../static/src/lib/formula.ts";
import { axes } from "../../static/src/lib/geometry.ts";
import { type Case, golden, layerOf } from "./layers.ts";

interface RuleCase extends Case {
  readonly formula: Readonly<Record<"symbolic" | "height" | "width", string>>;
  readonly cost: Readonly<Record<"weights" | "biases" | "macs" | "activation_bytes", number>>;
}

const { rules } = golden("browser.json") as { rules: readonly RuleCase[] };

/** A tree in the LaTeX of app/arithmetic/formula.py. */
function latex(term: Term): string {
  switch (term.kind) {
    case "symbol":
      return symbolLatex(term);
    case "number":
    case "variable":
      return term.text;
    case "sign":
      return (
        { "−": " - ", "·": " \\cdot ", "≤": " \\le ", "(": "(", ")": ")" }[term.text] ?? ` ${term.text} `
      );
    case "row":
      return term.terms.map(latex).join("");
    case "fraction":
      return `\\frac{${latex(term.top)}}{${latex(term.bottom)}}`;
    case "floor":
      return `\\left\\lfloor ${latex(term.inner)} \\right\\rfloor`;
    case "ceil":
      return `\\left\\lceil ${latex(term.inner)} \\right\\rceil`;
  }
}

function symbolLatex({ letter, index, value }: Extract<Term, { kind: "symbol" }>): string {
  if (value !== undefined) return String(value);
  if (letter === "A") return "P_{\\text{out}}";
  return index ? `${letter}_${index}` : letter;
}

function spaced(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

test("the formula is the server's, in letters and in numbers", () => {
  assert.ok(rules.length > 100);
  for (const given of rules) {
    const layer = layerOf(given);
    const { symbolic, substituted } = formula(layer, axes(layer));
    const written = {
      symbolic: spaced(latex(symbolic)),
      height: spaced(latex(substituted[0])),
      width: spaced(latex(substituted[1])),
    };
    assert.deepEqual(written, given.formula, JSON.stringify(given.layer));
  }
});

test("parameters, multiply-accumulates and bytes are the server's", () => {
  for (const given of rules) {
    const layer = layerOf(given);
    const { weights, biases, macs, activationBytes, factors, parameters } = cost(layer, axes(layer));
    assert.deepEqual({ weights, biases, macs, activation_bytes: activationBytes }, given.cost);
    assert.equal(parameters, weights + biases);
    if (factors.length)
      assert.equal(
        factors.reduce((product, { value }) => product * value, 1),
        weights,
      );
  }
});

test("a negative size has the minus sign of every other number", () => {
  const drawn = JSON.stringify(presentation({ kind: "symbol", letter: "O", index: "", value: -1 }));
  assert.ok(drawn.includes("−1") && !drawn.includes("-1"), drawn);
});
