// <grid-cursor>: lies over a picture of equal cells and makes them reachable: by pointer, and by the arrow keys from the
// one cell that Tab leads to. It says which cell is pointed at and which is chosen; the picture under it is not its own.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { type Cell, walk } from "../lib/walk.ts";

/** Cells in rows; the last row may be shorter. All sizes in CSS pixels. */
export interface CellGrid {
  readonly rows: number;
  readonly columns: number;
  readonly count: number;
  /** From one cell to the next, and a cell's own size. */
  readonly pitch: { readonly x: number; readonly y: number };
  readonly size: { readonly width: number; readonly height: number };
  /** Where the first cell begins. */
  readonly inset: number;
}

export interface CursorEvents {
  /** The cell under the pointer or with the focus; null when there is none any more. */
  pointed: CustomEvent<Cell | null>;
  /** A cell was clicked, or Enter pressed on it. */
  chosen: CustomEvent<Cell>;
  /** The arrow keys went to another cell. */
  walked: CustomEvent<Cell>;
}

export class GridCursor extends LitElement {
  static override properties = {
    grid: { attribute: false },
    chosen: { attribute: false },
    name: { attribute: false },
    describe: { attribute: false },
    cell: { state: true },
    point: { state: true },
  };

  declare grid: CellGrid | undefined;
  /** The cell that is open; the cursor goes there when it changes. */
  declare chosen: Cell | undefined;
  /** What a screen reader calls the whole grid. */
  declare name: string;
  /** What it says of a cell. */
  declare describe: (cell: Cell) => string;
  /** The cell that Tab leads to. */
  declare private cell: Cell;
  declare private point: Cell | null;

  constructor() {
    super();
    this.cell = { row: 0, column: 0 };
    this.name = "";
    this.describe = () => "";
    this.point = null;
    this.addEventListener("pointermove", (event) => this.pointAt(this.cellAt(event)));
    this.addEventListener("pointerleave", () => this.pointAt(null));
    this.addEventListener("click", (event) => {
      const cell = this.cellAt(event);
      if (cell) this.tell("chosen", cell);
    });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override willUpdate(changed: PropertyValues): void {
    const before = changed.get("chosen") as Cell | undefined;
    if (changed.has("chosen") && this.chosen && !areSame(this.chosen, before)) this.cell = this.chosen;
    const { rows = 1, columns = 1 } = this.grid ?? {};
    if (this.cell.row >= rows || this.cell.column >= columns) this.cell = { row: 0, column: 0 };
  }

  protected override render(): TemplateResult | typeof nothing {
    const { grid, cell } = this;
    if (!grid || grid.count === 0) return nothing;
    return html`
      <div role="grid" aria-label=${this.name} aria-rowcount=${grid.rows} aria-colcount=${grid.columns}>
        <div role="row" aria-rowindex=${cell.row + 1}>
          ${keyed(
            `${cell.row},${cell.column}`,
            html`<div
              class="cursor"
              role="gridcell"
              tabindex="0"
              aria-colindex=${cell.column + 1}
              aria-selected=${areSame(cell, this.chosen)}
              aria-label=${this.describe(cell)}
              @keydown=${this.onKey}
              @focus=${() => this.pointAt(this.cell)}
              @blur=${() => this.pointAt(null)}
            ></div>`,
          )}
        </div>
      </div>
      <div class="pointed" ?hidden=${!this.point}></div>`;
  }

  protected override updated(_changed: PropertyValues): void {
    this.place(".cursor", this.cell);
    if (this.point) this.place(".pointed", this.point);
  }

  /** Puts the keyboard on the current cell. */
  focusCell(): void {
    this.querySelector<HTMLElement>(".cursor")?.focus({ preventScroll: true });
  }

  private place(selector: string, { row, column }: Cell): void {
    const mark = this.querySelector<HTMLElement>(selector);
    if (!mark || !this.grid) return;
    const { pitch, size, inset } = this.grid;
    mark.style.setProperty("left", `${inset + column * pitch.x}px`);
    mark.style.setProperty("top", `${inset + row * pitch.y}px`);
    mark.style.setProperty("width", `${size.width}px`);
    mark.style.setProperty("height", `${size.height}px`);
  }

  private readonly onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.grid) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.tell("chosen", this.cell);
      return;
    }
    const to = walk(event.key, this.cell, this.grid.rows, this.grid.columns);
    if (!to) return;
    event.preventDefault();
    const { columns, count } = this.grid;
    if (to.row * columns + to.column >= count) return;
    this.cell = to;
    this.tell("walked", to);
    void this.updateComplete.then(() => {
      this.focusCell();
      this.querySelector(".cursor")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
  };

  private pointAt(point: Cell | null): void {
    if (areSame(point, this.point)) return;
    this.point = point;
    this.tell("pointed", point);
  }

  private cellAt(event: MouseEvent): Cell | null {
    if (!this.grid) return null;
    const { pitch, rows, columns, count } = this.grid;
    const box = this.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top) / pitch.y);
    const column = Math.floor((event.clientX - box.left) / pitch.x);
    const isInside = row >= 0 && column >= 0 && row < rows && column < columns;
    return isInside && row * columns + column < count ? { row, column } : null;
  }

  private tell<Name extends keyof CursorEvents>(name: Name, detail: CursorEvents[Name]["detail"]): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function areSame(one: Cell | null | undefined, other: Cell | null | undefined): boolean {
  return one?.row === other?.row && one?.column === other?.column;
}
