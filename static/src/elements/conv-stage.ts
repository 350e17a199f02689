// <conv-stage>: input, kernel and output of one layer, the window at one output cell, and what belongs to what.
// It decides nothing: it draws `scene` and `current`, and says what a person points at, chooses and edits.

import { html, LitElement, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { type Layout, layout, left, PARTS, type Part, type Point, top } from "../draw/layout.ts";
import { cellName, gridName, isEditable, numberAt, sizeOf } from "../draw/parts.ts";
import { planes } from "../draw/planes.ts";
import { impossibleSentence, pointSentence } from "../draw/reading.ts";
import type { Scene } from "../draw/scene.ts";
import type { Edit } from "../draw/showing.ts";
import type { Problem } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { type Cell, walk } from "../lib/walk.ts";
import { numberEditor } from "./number-editor.ts";
import { Room } from "./room.ts";
import { StageHand } from "./stage-hand.ts";

export interface StageEvents {
  "cell-chosen": CustomEvent<Cell>;
  "number-edited": CustomEvent<Edit>;
  /** A cell does not take what was typed into it; null when it is typed no more. */
  "number-refused": CustomEvent<string | null>;
  pointed: CustomEvent<Point | null>;
}

export class ConvStage extends LitElement {
  static override properties = {
    scene: { attribute: false },
    problem: { attribute: false },
    current: { attribute: false },
    moves: { type: Boolean, reflect: true },
    point: { state: true },
    editing: { state: true },
    refused: { state: true },
  };

  declare scene: Scene | undefined;
  /** Why there is no scene, once it is known. */
  declare problem: Problem | undefined;
  /** The output cell that is being computed. */
  declare current: Cell;
  /** Whether the window glides from cell to cell: not when it goes fast. */
  declare moves: boolean;
  declare private point: Point | null;
  declare private editing: Point | null;
  /** What was typed that no cell takes. */
  declare private refused: string | null;

  /** Where the arrow keys are in each part; in the output that is `current`. */
  private readonly cursors: Record<Part, Cell> = {
    input: { row: 0, column: 0 },
    kernel: { row: 0, column: 0 },
    bias: { row: 0, column: 0 },
    output: { row: 0, column: 0 },
  };
  private readonly hand = new StageHand({
    drawn: () => {
      const { scene, current } = this;
      return scene && !this.editing ? { scene, current, placed: this.placed(scene) } : undefined;
    },
    point: (point) => this.pointAt(point),
    press: (point) => this.press(point),
    choose: (cell) => this.choose(cell),
  });
  private readonly room = new Room(this);

  constructor() {
    super();
    this.current = { row: 0, column: 0 };
    this.moves = true;
    this.point = null;
    this.editing = null;
    this.refused = null;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    this.replaceChildren(); // the still figure of the server, or why there is none
    super.connectedCallback();
  }

  protected override willUpdate(): void {
    if (this.scene) return;
    this.editing = null;
    this.point = null;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { scene, room, current, point, hand } = this;
    if (!scene) return html`<p class="caption">${reasons(this.problem)}</p>`;
    if (room.width < 1) return nothing;
    const placed = this.placed(scene);
    return html`
      <div
        class="planes"
        role="group"
        aria-label=${t("The kernel on the input, and the output")}
        data-over=${point?.part ?? nothing}
        @pointerdown=${hand.down}
        @pointermove=${hand.move}
        @pointerup=${hand.up}
        @pointercancel=${hand.letGo}
        @pointerleave=${hand.leave}
      >
        ${planes(scene, placed, current, point)}
        <svg>${PARTS.map((part) => this.cursor(scene, placed, part))}</svg>
      </div>
      ${this.editor(scene, placed)}
    `;
  }

  private placed(scene: Scene): Layout {
    return layout(scene.axes, this.room.width, this.room.height);
  }

  /** The one cell of a part that the Tab key reaches; the arrows move it. */
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
              aria-label=${cellName(scene, { part, row, column })}
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
    return numberEditor({
      ...editing,
      grid: placed[editing.part],
      name: pointSentence(scene, this.current, editing),
      value: numberAt(scene, editing),
      change: (value) => {
        if (this.editing) this.tell("number-edited", { ...editing, value });
      },
      refused: this.refused !== null,
      refuse: (text) => {
        if (this.editing && (text ?? null) !== this.refused) this.refuse(text ?? null);
      },
      close: (hasFocus) => {
        if (!this.editing) return;
        this.editing = null;
        this.refused = null;
        if (hasFocus) this.moveCursor(editing.part, editing);
      },
    });
  }

  private refuse(text: string | null): void {
    this.refused = text;
    this.tell("number-refused", text);
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("editing") && this.editing) {
      const editor = this.querySelector<HTMLInputElement>(".editor");
      editor?.focus();
      editor?.select();
    }
  }

  /** The first press on a number puts the cursor there, the second opens it. */
  private press(point: Point): void {
    if (!isEditable(this.scene, point)) return;
    const { row, column } = this.cursors[point.part];
    const isThere = this.cursorElement(point.part) === document.activeElement;
    if (isThere && row === point.row && column === point.column) this.editing = point;
    else this.moveCursor(point.part, point);
  }

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
    void this.updateComplete.then(() => this.cursorElement(part)?.focus({ preventScroll: true }));
  }

  private cursorElement(part: Part): SVGElement | null {
    return this.querySelector<SVGElement>(`[role="gridcell"][data-part="${part}"]`);
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

  private tell<Name extends keyof StageEvents>(name: Name, detail: StageEvents[Name]["detail"]): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
}

/** What is wrong at which argument, as the server writes it on a page of its own. */
function reasons(problem: Problem | undefined) {
  if (!problem) return impossibleSentence();
  if (problem.errors.length === 0) return problem.detail;
  return problem.errors.map(({ field, reason }) => html`<code>${field}</code>: ${reason} `);
}
