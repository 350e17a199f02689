// The rule of the output size as a tree, in letters or in numbers, as app/arithmetic/formula.py writes it in LaTeX;
// tests/cases/browser.json holds both to the same text. The lecture's letters: N the input, F the kernel, P padding,
// S stride, D dilation, O the output; A, written P_out, is output_padding.

import type { Axis } from "./geometry.ts";
import type { Layer } from "./layer.ts";

export type Letter = "N" | "F" | "P" | "S" | "D" | "O" | "A";

export type Term =
  | {
      readonly kind: "symbol";
      readonly letter: Letter;
      readonly index: string;
      readonly value: number | undefined;
    }
  | { readonly kind: "variable" | "number" | "sign"; readonly text: string }
  | { readonly kind: "row"; readonly terms: readonly Term[] }
  | { readonly kind: "fraction"; readonly top: Term; readonly bottom: Term }
  | { readonly kind: "floor" | "ceil"; readonly inner: Term };

type Values = Partial<Record<Letter | "P1" | "P2", number>>;

interface Shape {
  readonly sided: boolean;
  readonly dilated: boolean;
  readonly ceil: boolean;
}

/** The rule in letters, and for each axis in numbers up to the size it gives. */
export function formula(
  layer: Layer,
  axes: readonly [Axis, Axis],
): { symbolic: Term; substituted: readonly [Term, Term] } {
  const shape: Shape = {
    sided: axes.some(({ kind, before, after }) => kind === "slide" && before !== after),
    dilated: axes.some(({ kind, dilation }) => kind !== "share" && dilation > 1),
    ceil: layer.ceilMode && (layer.operation === "max_pool2d" || layer.operation === "avg_pool2d"),
  };
  const left = axes[0].kind === "share" ? [] : [symbol("O", {}), sign("=")];
  const line = (axis: Axis): Term => {
    const values = valuesOf(axis, layer.outputPadding[axis === axes[0] ? 0 : 1]);
    return row(...left, ...rule(axis, values, shape), ...result(axis, shape));
  };
  return { symbolic: row(...left, ...rule(axes[0], {}, shape)), substituted: [line(axes[0]), line(axes[1])] };
}

function valuesOf(axis: Axis, outputPadding: number): Values {
  const { size: N, output: O, kernel: F, stride: S, dilation: D, before, after } = axis;
  return { N, O, F, S, D, P: before, P1: before, P2: after, A: outputPadding };
}

function rule(axis: Axis, values: Values, shape: Shape): readonly Term[] {
  if (axis.kind === "stamp") return stamp(values, shape);
  if (axis.kind === "share") return share(values);
  return [slide(values, shape)];
}

/** ⌊(N − F + 2P)/S + 1⌋, the lecture's; with dilation ⌊(N + 2P − D(F − 1) − 1)/S + 1⌋. */
function slide(values: Values, { sided, dilated, ceil }: Shape): Term {
  const padding = sided
    ? [symbol("P", values, "1"), sign("+"), symbol("P", values, "2")]
    : product(values, number("2"), symbol("P", values));
  const size = symbol("N", values);
  const kernel = symbol("F", values);
  const top = dilated
    ? row(
        size,
        sign("+"),
        ...padding,
        sign("−"),
        ...product(values, symbol("D", values), less1(kernel)),
        sign("−"),
        number("1"),
      )
    : row(size, sign("−"), kernel, sign("+"), ...padding);
  return rounded(row({ kind: "fraction", top, bottom: symbol("S", values) }, sign("+"), number("1")), ceil);
}

/** (N − 1)S − 2P + F + P_out; with dilation D(F − 1) + 1 in F's place. */
function stamp(values: Values, { dilated }: Shape): readonly Term[] {
  const kernel = symbol("F", values);
  const extent = dilated
    ? [...product(values, symbol("D", values), less1(kernel)), sign("+"), number("1")]
    : [kernel];
  return [
    ...product(values, less1(symbol("N", values)), symbol("S", values)),
    sign("−"),
    ...product(values, number("2"), symbol("P", values)),
    sign("+"),
    ...extent,
    sign("+"),
    symbol("A", values),
  ];
}

/** Output i is the mean of the cells n with ⌊iN/O⌋ ≤ n < ⌈(i + 1)N/O⌉. */
function share(values: Values): readonly Term[] {
  const size = symbol("N", values);
  const bottom = symbol("O", values);
  const i: Term = { kind: "variable", text: "i" };
  const next = row(sign("("), i, sign("+"), number("1"), sign(")"));
  return [
    rounded({ kind: "fraction", top: row(...product(values, i, size)), bottom }, false),
    sign("≤"),
    { kind: "variable", text: "n" },
    sign("<"),
    rounded({ kind: "fraction", top: row(...product(values, next, size)), bottom }, true),
  ];
}

/** What the numbers give: the value before rounding where it is not whole, then the size. */
function result(axis: Axis, { ceil }: Shape): readonly Term[] {
  if (axis.kind === "share") return [];
  const size = [sign("="), symbol("O", { O: axis.output })];
  const { numerator, denominator } = axis.exact;
  if (denominator === 1) return size;
  const corrected = ceil && axis.output === Math.floor(numerator / denominator);
  return [
    sign("="),
    rounded(decimal(numerator, denominator), ceil),
    ...(corrected ? [sign("−"), number("1")] : []),
    ...size,
  ];
}

/** To two decimals, as the lecture writes 2.33; a fraction where two decimals would look whole. */
function decimal(numerator: number, denominator: number): Term {
  const text = (numerator / denominator).toFixed(2).replace(/0+$/, "").replace("-", "−");
  if (!text.endsWith(".")) return number(text);
  return { kind: "fraction", top: number(String(numerator)), bottom: number(String(denominator)) };
}

function symbol(letter: Letter, values: Values, index: "" | "1" | "2" = ""): Term {
  const value = letter === "P" && index ? values[`P${index}`] : values[letter];
  return { kind: "symbol", letter, index, value };
}

/** Letters stand side by side, numbers need a dot. */
function product(values: Values, ...factors: readonly Term[]): Term[] {
  if (Object.keys(values).length === 0) return [...factors];
  return factors.flatMap((factor, i) => (i === 0 ? [factor] : [sign("·"), factor]));
}

function less1(term: Term): Term {
  return row(sign("("), term, sign("−"), number("1"), sign(")"));
}

function rounded(inner: Term, up: boolean): Term {
  return { kind: up ? "ceil" : "floor", inner };
}

function row(...terms: readonly Term[]): Term {
  return { kind: "row", terms };
}

function sign(text: string): Term {
  return { kind: "sign", text };
}

function number(text: string): Term {
  return { kind: "number", text };
}
