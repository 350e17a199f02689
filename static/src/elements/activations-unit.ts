// <activations-unit>: how one value came about: which numbers of the layer before, times which weights, and what they add
// up to. One channel of the sum is written out at a time; the bars under it choose which.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Paint } from "../draw/strip.ts";
import { written } from "../draw/values.ts";
import { t } from "../lib/i18n.ts";
import { count } from "../lib/numbers.ts";
import { type Group, groupsOf, strongest, type Term, type UnitAnswer } from "../lib/unit.ts";
import { productTable } from "./layer-tables.ts";
import { numberGrid } from "./number-grid.ts";
import { cellByCell } from "./unit-formulas.ts";

/** A value of another layer that this one is made of. */
export interface Origin {
  readonly layer: string;
  readonly channel: number;
  readonly row: number | undefined;
  readonly column: number | undefined;
}

export interface UnitEvents {
  "origin-chosen": CustomEvent<Origin>;
}

/** Kernels wider than this are only listed in the table. */
const WIDEST_GRID = 7;
/** So many of the largest products of a dense layer are written out. */
const MOST_PRODUCTS = 8;

export class ActivationsUnit extends LitElement {
  static override properties = {
    unit: { attribute: false },
    paint: { attribute: false },
    place: { attribute: false },
    nameOf: { attribute: false },
    chosen: { state: true },
  };

  declare unit: UnitAnswer | undefined;
  declare paint: Paint | undefined;
  /** Where the value is: its channel, and row and column where it has them. */
  declare place: Omit<Origin, "layer"> | undefined;
  /** What a layer is called, by its address. */
  declare nameOf: (address: string) => string;
  /** The group that is written out; undefined is the one that contributes most. */
  declare private chosen: number | undefined;

  private groups: Group[] = [];

  constructor() {
    super();
    this.nameOf = (address) => address;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has("unit") || !this.unit) return;
    this.groups = this.unit.operands ? groupsOf(this.unit) : [];
    // The person's choice of a channel stays while they walk over a map.
    if ((this.chosen ?? 0) >= this.groups.length) this.chosen = undefined;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { unit, groups } = this;
    if (!unit || !this.paint) return nothing;
    const shown = groups[this.chosen ?? strongest(groups)];
    const sentence = cellByCell(unit);
    return html`
      ${sentence ? html`<p class="equation">${sentence}</p>` : nothing}
      ${unit.kind === "max_pool2d" || unit.divisor !== undefined ? this.pooled(unit, groups) : nothing}
      ${unit.divisor === undefined && unit.channel_sums && !sentence ? this.weighted(unit, groups, shown) : nothing}
      ${this.origin(unit)}
    `;
  }

  /** A weighted sum: the total, one channel of it in full, and every channel's share. */
  private weighted(unit: UnitAnswer, groups: readonly Group[], shown: Group | undefined) {
    const total = groups.reduce((sum, group) => sum + group.sum, 0);
    const isMany = groups.length > 1;
    return html`
      <p class="equation">
        ${isMany ? t("{count} channels add up to {total}", { count: count(groups.length), total: written(total) }) : t("The products add up to {total}", { total: written(total) })}
        + <span class="idea" data-idea="kernel">${t("bias")} ${written(unit.bias ?? 0)}</span> =
        <b class="idea" data-idea="output">${written(unit.value ?? Number.NaN)}</b>
      </p>
      ${shown ? this.group(unit, shown) : nothing}
      ${isMany ? this.shares(groups, shown) : nothing} ${productTable(groups)}
    `;
  }

  private group(unit: UnitAnswer, group: Group) {
    const isDense = unit.kind === "linear";
    const source = unit.sources[0] ?? "";
    const where = isDense
      ? t("What map {channel} contributes", { channel: group.channel })
      : t("Channel {channel} of {layer}", { channel: group.channel, layer: this.nameOf(source) });
    const only = isDense && this.groups.length === 1;
    return html`
      <section class="group">
        <h3>${only ? t("The largest products") : where}</h3>
        ${isDense || group.across > WIDEST_GRID ? this.largestProducts(group) : this.grids(group)}
      </section>`;
  }

  private grids(group: Group) {
    const { paint } = this;
    if (!paint) return nothing;
    const of = (pick: (term: Term) => number | null) => group.terms.map(pick);
    const largest = (values: readonly (number | null)[]) =>
      Math.max(0, ...values.map((value) => Math.abs(value ?? 0)));
    const [operands, weights, products] = [
      of((term) => term.operand),
      of((term) => term.weight),
      of((term) => term.product),
    ];
    const { across } = group;
    return html`
      <div class="sum">
        ${numberGrid({ caption: t("patch"), idea: "input", across, values: operands, largest: largest(operands), padding: paddingOf(group) }, paint)}
        <span class="sign">×</span>
        ${numberGrid({ caption: t("kernel"), idea: "kernel", across, values: weights, largest: largest(weights) }, paint)}
        <span class="sign">=</span>
        ${numberGrid({ caption: t("products, Σ = {sum}", { sum: written(group.sum) }), idea: "output", across, values: products, largest: largest(products) }, paint)}
      </div>`;
  }

  /** A dense layer has too many products to lay out: the largest few, and what the rest adds up to. */
  private largestProducts(group: Group) {
    const order = [...group.terms.keys()].sort(
      (one, other) => Math.abs(group.terms[other]?.product ?? 0) - Math.abs(group.terms[one]?.product ?? 0),
    );
    const named = order.slice(0, MOST_PRODUCTS).sort((one, other) => one - other);
    const namedSum = named.reduce((sum, index) => sum + (group.terms[index]?.product ?? 0), 0);
    const rest = group.terms.length - named.length;
    return html`
      <table class="products">
        <thead>
          <tr><th scope="col">${t("value")}</th><th scope="col">x</th><th scope="col">${t("weight")}</th><th scope="col">${t("product")}</th></tr>
        </thead>
        <tbody>
          ${named.map((index) => {
            const term = group.terms[index];
            return html`<tr>
              <th scope="row">${group.channel * group.across + index}</th>
              <td class="idea" data-idea="input">${written(term?.operand ?? 0)}</td>
              <td class="idea" data-idea="kernel">${written(term?.weight ?? 0)}</td>
              <td class="idea" data-idea="output">${written(term?.product ?? 0)}</td>
            </tr>`;
          })}
          ${rest > 0 ? html`<tr><th scope="row" colspan="3">${t("{count} others together", { count: count(rest) })}</th><td>${written(group.sum - namedSum)}</td></tr>` : nothing}
          <tr class="total"><th scope="row" colspan="3">${t("sum")}</th><td>${written(group.sum)}</td></tr>
        </tbody>
      </table>`;
  }

  private shares(groups: readonly Group[], shown: Group | undefined) {
    const sums = groups.map((group) => group.sum);
    const name = (index: number) => t("channel {channel}", { channel: groups[index]?.channel ?? index });
    const index = shown ? groups.indexOf(shown) : 0;
    return html`
      <section class="shares">
        <h3>${t("Every channel's share")}</h3>
        <value-bars
          .values=${sums}
          .index=${index}
          .name=${t("Every channel's share of the sum; Enter writes one out")}
          .nameOf=${name}
          @chosen=${(event: CustomEvent<number>) => {
            this.chosen = event.detail;
          }}
          @walked=${(event: CustomEvent<number>) => {
            this.chosen = event.detail;
          }}
        ></value-bars>
        <p class="reading">${name(index)}: ${written(sums[index] ?? 0)}</p>
      </section>`;
  }

  private pooled(unit: UnitAnswer, groups: readonly Group[]) {
    const [group] = groups;
    if (!group || !this.paint) return nothing;
    const values = group.terms.map((term) => term.operand);
    const { winner } = unit;
    const isWinner = (term: Term) => term.row === winner?.row && term.column === winner?.column;
    const marked = new Set(winner ? group.terms.flatMap((term, i) => (isWinner(term) ? [i] : [])) : []);
    const largest = Math.max(0, ...values.map((value) => Math.abs(value ?? 0)));
    const total = values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    return html`
      <p class="equation">
        ${unit.divisor === undefined ? t("The largest under the window is") : t("The sum {total} divided by {count} is", { total: written(total), count: unit.divisor })}
        <b class="idea" data-idea="output">${written(unit.value ?? Number.NaN)}</b>
      </p>
      <div class="sum">
        ${numberGrid({ caption: t("window on {layer}", { layer: this.nameOf(unit.sources[0] ?? "") }), idea: "input", across: group.across, values, largest, marked }, this.paint)}
      </div>`;
  }

  /** A way to the value that this one was made of, where it is one. */
  private origin(unit: UnitAnswer) {
    const origin = this.originOf(unit);
    if (!origin) return nothing;
    const open = () => this.dispatchEvent(new CustomEvent("origin-chosen", { detail: origin }));
    const value = written(unit.argument ?? unit.value ?? Number.NaN);
    return html`<p class="origin"><button type="button" @click=${open}>${t("Where {value} comes from: {layer}", { value, layer: this.nameOf(origin.layer) })}</button></p>`;
  }

  private originOf(unit: UnitAnswer): Origin | undefined {
    const [layer] = unit.sources;
    if (!layer || !this.place) return undefined;
    if (unit.source) return { layer, row: undefined, column: undefined, ...unit.source };
    if (unit.winner) return { layer, channel: this.place.channel, ...unit.winner };
    return unit.argument === undefined ? undefined : { layer, ...this.place };
  }
}

/** Operands that lie outside the layer before. */
function paddingOf(group: Group): Set<number> {
  const isOutside = (index: number | undefined) => index !== undefined && index < 0;
  return new Set(
    group.terms.flatMap((term, i) => (isOutside(term.row) || isOutside(term.column) ? [i] : [])),
  );
}
