// Layers that make each value of the one in its place: their rule with the numbers in it.

import { html, type TemplateResult } from "lit";
import { DIGITS, written } from "../draw/values.ts";
import { t } from "../lib/i18n.ts";
import { factor } from "../lib/numbers.ts";
import type { UnitAnswer } from "../lib/unit.ts";

/** The rule of a layer that works value by value, with its numbers; undefined for one that does not. */
export function cellByCell(unit: UnitAnswer): TemplateResult | undefined {
  const rule = RULES[unit.kind];
  if (!rule) return undefined;
  return html`${rule(unit, paren(unit.argument ?? 0))} = <b class="idea" data-idea="output">${written(unit.value ?? Number.NaN)}</b>`;
}

type Rule = (unit: UnitAnswer, x: TemplateResult) => TemplateResult;

const RULES: Readonly<Record<string, Rule>> = {
  input: (unit) =>
    html`(${unit.byte ?? 0} / 255 − ${written(unit.mean ?? 0)}) / ${written(unit.standard_deviation ?? 1)}`,
  relu: (_, x) => html`max(0, ${x})`,
  gelu: (_, x) => html`${x} · Φ(${x})`,
  sigmoid: (_, x) => html`1 / (1 + e<sup>−x</sup>), x = ${x}`,
  tanh: (_, x) => html`tanh(${x})`,
  dropout: (_, x) => html`${t("passed on outside training:")} ${x}`,
  flatten: (_, x) => html`${t("the same value, now in one row:")} ${x}`,
  softmax: (unit, x) => html`e<sup>${x} − ${written(unit.largest ?? 0)}</sup> / ${written(unit.sum ?? 0)}`,
  batch_norm1d: normalised,
  batch_norm2d: normalised,
  residual: (unit) => {
    const [left, right] = (unit.operands ?? []) as readonly (number | null)[];
    return html`${written(left ?? 0)} + ${paren(right ?? 0)}`;
  },
};

function normalised(unit: UnitAnswer, x: TemplateResult): TemplateResult {
  return html`(${x} − ${written(unit.mean ?? 0)}) / √(${written(unit.variance ?? 0)} + ${unit.eps ?? 0}) · <span class="idea" data-idea="kernel">${paren(unit.weight ?? 0)}</span> + <span class="idea" data-idea="kernel">${paren(unit.bias ?? 0)}</span>`;
}

function paren(value: number): TemplateResult {
  return html`<span class="idea" data-idea="input">${factor(value, DIGITS)}</span>`;
}
