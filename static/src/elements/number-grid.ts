// A small table of numbers as the kernel lies on the picture: the patch, the weights, their products. Signed values have
// the ramp behind them, and its legend under them.

import { html, type TemplateResult } from "lit";
import type { Paint } from "../draw/strip.ts";
import { styled } from "../draw/styled.ts";
import { isDark, written } from "../draw/values.ts";
import { rampIndex } from "../lib/ramp.ts";
import { legend } from "./legend.ts";

export interface NumberGrid {
  readonly caption: string;
  readonly idea: "input" | "kernel" | "output";
  readonly across: number;
  readonly values: readonly (number | null)[];
  readonly largest: number;
  /** What is written where a cell takes no part; padding is 0 and not that. */
  readonly absent?: string;
  /** Cells to be marked: the winner of a pooling. */
  readonly marked?: ReadonlySet<number>;
  /** Cells that lie in the padding. */
  readonly padding?: ReadonlySet<number>;
}

export function numberGrid(grid: NumberGrid, { table }: Paint): TemplateResult {
  const rows = Math.ceil(grid.values.length / grid.across);
  const cell = (index: number) => {
    const value = grid.values[index] ?? null;
    const place = rampIndex(value ?? 0, grid.largest);
    const colour = [0, 1, 2].map((part) => table[place * 3 + part]).join(" ");
    const onDark = isDark(table, place);
    const classes = [
      onDark ? "on-dark" : "",
      grid.marked?.has(index) ? "marked" : "",
      grid.padding?.has(index) ? "padding" : "",
    ];
    return html`<td class=${classes.filter(Boolean).join(" ")} ${styled({ background: `rgb(${colour})` })}>${value === null ? (grid.absent ?? "–") : written(value)}</td>`;
  };
  return html`
    <div class="numbers-figure">
      <table class="numbers-grid" data-idea=${grid.idea}>
        <caption>${grid.caption}</caption>
        <tbody>
          ${Array.from({ length: rows }, (_, row) => html`<tr>${Array.from({ length: grid.across }, (_, column) => cell(row * grid.across + column))}</tr>`)}
        </tbody>
      </table>
      ${legend(grid.largest)}
    </div>`;
}
