// A field over one cell of a stage: what is typed there becomes its number.

import { html, type TemplateResult } from "lit";
import { type Grid, left, top } from "../draw/layout.ts";
import { styled } from "../draw/styled.ts";
import { readNumber } from "../lib/sheet.ts";

export interface NumberEditor {
  readonly grid: Grid;
  readonly row: number;
  readonly column: number;
  readonly name: string;
  readonly value: number;
  /** A number was typed that is not the cell's. */
  readonly change: (value: number) => void;
  /** The field is not needed any more; with the focus still in it after Enter and Escape. */
  readonly close: (hasFocus: boolean) => void;
}

const LEAST_WIDTH_PX = 44;
const LEAST_HEIGHT_PX = 24;

export function numberEditor(editor: NumberEditor): TemplateResult {
  const { grid, row, column, name, value } = editor;
  const width = Math.max(grid.cell, LEAST_WIDTH_PX);
  const height = Math.max(grid.cell, LEAST_HEIGHT_PX);
  const place = {
    left: `${left(grid, column) + (grid.cell - width) / 2}px`,
    top: `${top(grid, row) + (grid.cell - height) / 2}px`,
    width: `${width}px`,
    height: `${height}px`,
  };
  const commit = (event: Event) => {
    const typed = readNumber((event.target as HTMLInputElement).value);
    if (typed !== undefined && typed !== value) editor.change(typed);
  };
  const key = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Enter") commit(event);
    editor.close(true);
  };
  const leave = (event: Event) => {
    commit(event);
    editor.close(false);
  };
  return html`<input
    class="editor"
    inputmode="decimal"
    autocomplete="off"
    aria-label=${name}
    ${styled(place)}
    .value=${String(value).replace("-", "−")}
    @keydown=${key}
    @blur=${leave}
  />`;
}
