// A field over one cell of a stage: what is typed there becomes its number.

import { html, nothing, type TemplateResult } from "lit";
import { type Grid, left, top } from "../draw/layout.ts";
import { styled } from "../draw/styled.ts";
import { isUnfinished, readNumber } from "../lib/sheet.ts";

export interface NumberEditor {
  readonly grid: Grid;
  readonly row: number;
  readonly column: number;
  readonly name: string;
  readonly value: number;
  /** A number was typed that is not the cell's. */
  readonly change: (value: number) => void;
  /** What was typed is no number that a cell takes; undefined when it is one again. */
  readonly refuse: (text: string | undefined) => void;
  readonly refused: boolean;
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
  /** False where the text is no number that a cell takes. */
  const commit = (event: Event): boolean => {
    const text = (event.target as HTMLInputElement).value;
    const typed = readNumber(text);
    if (typed === undefined) editor.refuse(text);
    else if (typed !== value) editor.change(typed);
    return typed !== undefined;
  };
  const check = (event: Event) => {
    const text = (event.target as HTMLInputElement).value;
    editor.refuse(readNumber(text) === undefined && !isUnfinished(text) ? text : undefined);
  };
  const key = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Escape" || commit(event)) editor.close(true);
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
    aria-invalid=${editor.refused ? "true" : nothing}
    ${styled(place)}
    .value=${String(value).replace("-", "−")}
    @input=${check}
    @keydown=${key}
    @blur=${leave}
  />`;
}
