// What a pointer does on a stage: it points at cells, presses a number, drags the window over the input, and goes along
// the output. It decides nothing; it tells.

import { cellAt, cellNear, type Layout, PARTS, type Point } from "../draw/layout.ts";
import { isDrawn } from "../draw/parts.ts";
import type { Scene } from "../draw/scene.ts";
import { type Axis, start, taps, windowNear } from "../lib/geometry.ts";
import type { Cell } from "../lib/walk.ts";

/** What lies under the hand. */
export interface Drawn {
  readonly scene: Scene;
  readonly placed: Layout;
  readonly current: Cell;
}

export interface HandActs {
  /** Undefined while nothing is to be touched. */
  readonly drawn: () => Drawn | undefined;
  /** A cell came under the pointer; null when none is any more. */
  readonly point: (point: Point | null) => void;
  /** A cell was pressed and let go again. */
  readonly press: (point: Point) => void;
  /** An output cell was pressed or dragged to, or the window was dragged to its place. */
  readonly choose: (cell: Cell) => void;
}

/** What a pressed pointer drags: the place in the output, or the window, held so many cells from its first. */
type Hold = { readonly part: "output" } | { readonly part: "input"; readonly from: Cell };

export class StageHand {
  private readonly acts: HandActs;
  private pressed: Point | undefined;
  private hold: Hold | undefined;

  constructor(acts: HandActs) {
    this.acts = acts;
  }

  readonly down = (event: PointerEvent): void => {
    const drawn = this.acts.drawn();
    const point = drawn && pointAt(drawn, event);
    if (event.button !== 0 || !point) return;
    event.preventDefault(); // the focus goes where `press` puts it
    this.pressed = point;
    this.hold = holdOf(drawn, point);
    if (this.hold) (event.currentTarget as Element).setPointerCapture(event.pointerId);
    if (point.part === "output") this.drag(drawn, event);
  };

  readonly move = (event: PointerEvent): void => {
    const drawn = this.acts.drawn();
    if (!drawn) return;
    const point = pointAt(drawn, event);
    this.acts.point(point);
    if (!isSame(point, this.pressed)) this.pressed = undefined;
    if (this.hold && !this.pressed) this.drag(drawn, event);
  };

  readonly up = (): void => {
    const { pressed } = this;
    this.letGo();
    if (pressed) this.acts.press(pressed);
  };

  /** The pointer became a scroll, or was taken away. */
  readonly letGo = (): void => {
    this.pressed = undefined;
    this.hold = undefined;
  };

  readonly leave = (): void => this.acts.point(null);

  private drag({ scene, placed, current }: Drawn, event: PointerEvent): void {
    const { hold } = this;
    if (!hold) return;
    const [rows, columns] = scene.axes;
    const near = cellNear(placed[hold.part], ...placeOf(event));
    const to =
      hold.part === "output"
        ? { row: within(near.row, rows), column: within(near.column, columns) }
        : {
            row: windowNear(rows, near.row - hold.from.row),
            column: windowNear(columns, near.column - hold.from.column),
          };
    if (to.row !== current.row || to.column !== current.column) this.acts.choose(to);
  }
}

function holdOf({ scene, current }: Drawn, point: Point): Hold | undefined {
  const { axes, possible } = scene;
  const [rows, columns] = axes;
  if (!possible) return undefined;
  if (point.part === "output") return { part: "output" };
  const isHeld =
    point.part === "input" &&
    rows.kind !== "stamp" &&
    isUnder(rows, current.row, point.row) &&
    isUnder(columns, current.column, point.column);
  if (!isHeld) return undefined;
  const from = {
    row: point.row - start(rows, current.row),
    column: point.column - start(columns, current.column),
  };
  return { part: "input", from };
}

function isUnder(axis: Axis, index: number, cell: number): boolean {
  return cell >= start(axis, index) && cell <= (taps(axis, index).at(-1)?.cell ?? -1);
}

function pointAt({ scene, placed }: Drawn, event: PointerEvent): Point | null {
  for (const part of PARTS) {
    const cell = isDrawn(scene, part) ? cellAt(placed[part], ...placeOf(event)) : undefined;
    if (cell) return { part, ...cell };
  }
  return null;
}

/** Where the pointer is in the element that listens. */
function placeOf({ currentTarget, clientX, clientY }: PointerEvent): [number, number] {
  const { left, top } = (currentTarget as Element).getBoundingClientRect();
  return [clientX - left, clientY - top];
}

function isSame(one: Point | null, other: Point | undefined): boolean {
  return one?.part === other?.part && one?.row === other?.row && one?.column === other?.column;
}

function within(index: number, { output }: Axis): number {
  return Math.max(0, Math.min(output - 1, index));
}
