// <conv-stage>: input, kernel and output of one layer, the window at one output cell, and what belongs to what.
// It decides nothing: it draws `scene` and `current`, and says what a person points at, chooses and edits.

import { html, LitElement, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { keyed } from "lit/directives/keyed.js";
import { captions, definitions } from "../draw/captions.ts";
import { inputGround, inputNumbers, kernelGrid, outputFrame, outputGrid } from "../draw/grids.ts";
import { cellAt, type Layout, layout, left, PARTS, type Part, top } from "../draw/layout.ts";
import { cover, linked, misfit, type Point, windowAt, windowGround } from "../draw/moving.ts";
import { cellName, gridName, isDrawn, isEditable, sizeOf } from "../draw/parts.ts";
import { pointSentence } from "../draw/reading.ts";
import type { Scene } from "../draw/scene.ts";
import type { Edit } from "../draw/showing.ts";
import { styled } from "../draw/styled.ts";
import { t } from "../lib/i18n.ts";
import { readNumber } from "../lib/sheet.ts";
import { type Cell, walk } from "../lib/walk.ts";

export interface StageEvents {
  "cell-chosen": CustomEvent<Cell>;
  "number-edited": CustomEvent<Edit>;
  pointed: CustomEvent<Point | null>;
}

export class ConvStage extends LitElement {
  static override properties = {
    scene: { attribute: false },
    current: { attribute: false },
    moves: { type: Boolean, reflect: true },
    box: { state: true },
    point: { state: true },
    editing: { state: true },
  };

  declare scene: Scene | undefined;
  /** The output cell that is being computed. */
  declare current: Cell;
  /** Whether the window glides from cell to cell: not when it goes fast. */
  declare moves: boolean;
  declare private box: { width: number; height: number };
  declare private point: Point | null;
  declare private editing: Point | null;

  private readonly cursors: Record<Part, Cell> = {
    input: { row: 0, column: 0 },
    kernel: { row: 0, column: 0 },
    output: { row: 0, column: 0 },
  };
  private placed: Layout | undefined;
  private dragged: Part | null = null;
  private readonly observer = new ResizeObserver(([entry]) => {
    if (entry) this.box = { width: entry.contentRect.width, height: entry.contentRect.height };
  });

  constructor() {
    super();
    this.current = { row: 0, column: 0 };
    this.moves = true;
    this.box = { width: 0, height: 0 };
    this.point = null;
    this.editing = null;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    this.replaceChildren(); // the still figure of the server
    super.connectedCallback();
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { scene, box, current, point } = this;
    if (!scene || box.width < 1) return nothing;
    const placed = layout(scene.axes, box.width, box.height);
    this.placed = placed;
    const still = [scene, box.width, box.height];
    return html`
      <svg
        width=${box.width}
        height=${box.height}
        viewBox="0 0 ${box.width} ${box.height}"
        role="group"
        aria-label=${t("The kernel on the input, and the output")}
        @pointermove=${this.onMove}
        @pointerdown=${this.onDown}
        @pointerup=${this.onUp}
        @pointerleave=${() => this.pointAt(null)}
      >
        ${guard(still, () => [definitions, inputGround(scene, placed)])}
        ${scene.possible ? windowGround(scene, placed, current) : nothing}
        ${guard(still, () => [inputNumbers(scene, placed), kernelGrid(scene, placed), outputGrid(scene, placed)])}
        ${scene.possible ? cover(scene, placed, current) : nothing}
        ${guard(still, () => [outputFrame(scene, placed), captions(scene, placed)])}
        ${scene.possible ? windowAt(scene, placed, current) : misfit(scene, placed)}
        ${point ? linked(scene, placed, current, point) : nothing}
        ${PARTS.map((part) => this.cursor(scene, placed, part))}
      </svg>
      ${this.editor(scene, placed)}
    `;
  }

  /** The one cell of a grid that the Tab key reaches; the arrows move it. */
  private cursor(scene: Scene, placed: Layout, part: Part) {
    const size = sizeOf(scene, part);
    if (size.rows < 1 || size.columns < 1) return nothing;
    const { row, column } = this.cursorOf(scene, part);
    const grid = placed[part];
    return svg`
      <g role="grid" aria-label=${gridName(scene, part)} aria-rowcount=${size.rows} aria-colcount=${size.columns}
        aria-readonly=${part === "output"}>
        <g role="row" aria-rowindex=${row + 1}>
          ${keyed(
            `${row},${column}`,
            svg`<rect class="cursor" role="gridcell" tabindex="0" data-part=${part} aria-colindex=${column + 1}
              aria-label=${cellName(scene, part, row, column)}
              x=${left(grid, column)} y=${top(grid, row)} width=${grid.cell} height=${grid.cell}
              @keydown=${(event: KeyboardEvent) => this.onKey(event, scene, part)}
              @focus=${() => this.pointAt({ part, ...this.cursorOf(scene, part) })}
              @blur=${() => this.pointAt(null)}></rect>`,
          )}
        </g>
      </g>`;
  }

  private cursorOf(scene: Scene, part: Part): Cell {
    if (part === "output") return this.current;
    const { rows, columns } = sizeOf(scene, part);
    const { row, column } = this.cursors[part];
    return { row: Math.min(row, rows - 1), column: Math.min(column, columns - 1) };
  }

  private editor(scene: Scene, placed: Layout) {
    const { editing } = this;
    if (!editing) return nothing;
    const grid = placed[editing.part];
    const texts = editing.part === "input" ? scene.inputTexts : scene.kernelTexts;
    const width = Math.max(grid.cell, 44);
    const height = Math.max(grid.cell, 24);
    const place = {
      left: `${left(grid, editing.column) + (grid.cell - width) / 2}px`,
      top: `${top(grid, editing.row) + (grid.cell - height) / 2}px`,
      width: `${width}px`,
      height: `${height}px`,
    };
    return html`<input
      class="editor"
      inputmode="decimal"
      autocomplete="off"
      aria-label=${pointSentence(scene, this.current, editing)}
      ${styled(place)}
      .value=${texts.at(editing.row, editing.column)}
      @keydown=${this.onEditorKey}
      @blur=${this.onEditorBlur}
    />`;
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("editing") && this.editing) {
      const editor = this.querySelector<HTMLInputElement>(".editor");
      editor?.focus();
      editor?.select();
    }
  }

  private readonly onMove = (event: PointerEvent) => {
    const point = this.pointOf(event);
    this.pointAt(point);
    if (this.dragged && point) this.drag(point);
  };

  private readonly onDown = (event: PointerEvent) => {
    if (event.button !== 0 || this.editing) return;
    const point = this.pointOf(event);
    if (!point) return;
    event.preventDefault();
    this.dragged = point.part;
    if (point.part === "output") this.drag(point);
    else if (isEditable(this.scene, point)) this.press(point);
  };

  /** The first press on a number puts the cursor there, the second opens it. */
  private press(point: Point): void {
    const { row, column } = this.cursors[point.part];
    const isThere =
      this.querySelector(`[role="gridcell"][data-part="${point.part}"]`) === document.activeElement;
    if (isThere && row === point.row && column === point.column) this.editing = point;
    else this.moveCursor(point.part, point);
  }

  private readonly onUp = () => {
    this.dragged = null;
  };

  private onKey(event: KeyboardEvent, scene: Scene, part: Part): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { rows, columns } = sizeOf(scene, part);
    const cell = this.cursorOf(scene, part);
    const to = walk(event.key, cell, rows, columns);
    if (to) this.moveCursor(part, to);
    else if (part !== "output" && /^[-−\d.]$|^Enter$|^F2$/.test(event.key)) {
      this.editing = { part, ...cell };
      if (event.key.length === 1) return; // the key itself goes into the editor
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private moveCursor(part: Part, cell: Cell): void {
    if (part === "output") this.choose(cell);
    else this.cursors[part] = { row: cell.row, column: cell.column };
    this.requestUpdate();
    void this.updateComplete.then(() =>
      this.querySelector<SVGElement>(`[role="gridcell"][data-part="${part}"]`)?.focus({
        preventScroll: true,
      }),
    );
  }

  private readonly onEditorKey = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    const { editing } = this;
    if (event.key === "Enter") this.commit(event.target as HTMLInputElement);
    this.editing = null;
    if (editing) this.moveCursor(editing.part, editing);
  };

  private readonly onEditorBlur = (event: FocusEvent) => {
    this.commit(event.target as HTMLInputElement);
    this.editing = null;
  };

  private commit(editor: HTMLInputElement): void {
    const { editing } = this;
    const value = readNumber(editor.value);
    if (!editing || value === undefined) return;
    this.tell("number-edited", { ...editing, value });
  }

  private drag(point: Point): void {
    const { scene } = this;
    if (!scene?.possible || this.dragged !== "output") return;
    const [rows, columns] = scene.axes;
    const row = Math.max(0, Math.min(rows.output - 1, point.row));
    const column = Math.max(0, Math.min(columns.output - 1, point.column));
    this.choose({ row, column });
  }

  private choose(cell: Cell): void {
    this.tell("cell-chosen", { row: cell.row, column: cell.column });
  }

  private pointAt(point: Point | null): void {
    const before = this.point;
    if (point?.part === before?.part && point?.row === before?.row && point?.column === before?.column)
      return;
    this.point = point;
    this.tell("pointed", point);
  }

  private pointOf({ clientX, clientY }: MouseEvent): Point | null {
    const { scene, placed } = this;
    if (!scene || !placed) return null;
    const box = this.getBoundingClientRect();
    for (const part of PARTS) {
      const cell = cellAt(placed[part], clientX - box.left, clientY - box.top);
      if (cell && isDrawn(scene, part)) return { part, ...cell };
    }
    return null;
  }

  private tell<Name extends keyof StageEvents>(name: Name, detail: StageEvents[Name]["detail"]): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
}
