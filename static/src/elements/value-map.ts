// <value-map>: one map large, each value a cell, with its number in it where there is room; a value is reached by
// pointer and by the arrow keys.

import { html, LitElement, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import type { Paint } from "../draw/strip.ts";
import { cellSize, isDark, paintCells, showsNumbers, written } from "../draw/values.ts";
import { t } from "../lib/i18n.ts";
import { rampIndex } from "../lib/ramp.ts";
import type { Cell } from "../lib/walk.ts";
import type { CellGrid } from "./grid-cursor.ts";
import { Room } from "./room.ts";

export interface ValueMapEvents {
  /** The value under the pointer or with the focus; null when there is none any more. */
  pointed: CustomEvent<Cell | null>;
  /** A value was clicked, or Enter pressed on it. */
  chosen: CustomEvent<Cell>;
  /** The arrow keys went to another value. */
  walked: CustomEvent<Cell>;
}

const LARGEST_PX = 352;
export class ValueMap extends LitElement {
  static override properties = {
    values: { attribute: false },
    height: { attribute: false },
    width: { attribute: false },
    largest: { attribute: false },
    paint: { attribute: false },
    cell: { attribute: false },
    name: { attribute: false },
  };

  /** Row by row. */
  declare values: Float32Array | undefined;
  declare height: number;
  declare width: number;
  /** What the darkest colours stand for. */
  declare largest: number;
  declare paint: Paint | undefined;
  /** The value that is open. */
  declare cell: Cell | undefined;
  declare name: string;

  private readonly room = new Room(this);
  private paintedSide = 0;

  constructor() {
    super();
    this.height = 0;
    this.width = 0;
    this.largest = 0;
    this.name = "";
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { values, height, width, cell } = this;
    const room = Math.floor(this.room.width);
    if (!values || room === 0) return nothing;
    const side = cellSize(height, width, Math.min(room, LARGEST_PX));
    const grid: CellGrid = {
      rows: height,
      columns: width,
      count: height * width,
      pitch: { x: side, y: side },
      size: { width: side, height: side },
      inset: 0,
    };
    return html`
      <div class="canvas-box">
        <canvas aria-hidden="true"></canvas>
        ${showsNumbers(side) ? guard([values, this.largest, this.paint, side], () => this.numbers(values, side)) : nothing}
        <grid-cursor
          .grid=${grid}
          .chosen=${cell}
          .name=${this.name}
          .describe=${(at: Cell) => this.describe(at)}
          @pointed=${this.pass}
          @chosen=${this.pass}
          @walked=${this.pass}
        ></grid-cursor>
      </div>`;
  }

  protected override updated(changed: PropertyValues): void {
    const canvas = this.querySelector("canvas");
    const { values, height, width, paint } = this;
    const room = Math.floor(this.room.width);
    if (!canvas) this.paintedSide = 0; // the next one is empty
    if (!canvas || !values || !paint || room === 0) return;
    const side = cellSize(height, width, Math.min(room, LARGEST_PX));
    if (side === this.paintedSide && !["values", "largest", "paint"].some((name) => changed.has(name)))
      return;
    this.paintedSide = side;
    canvas.width = width;
    canvas.height = height;
    canvas.style.setProperty("width", `${width * side}px`);
    canvas.style.setProperty("height", `${height * side}px`);
    const pixels = paintCells(values, this.largest, paint.palette);
    const image = new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
    canvas.getContext("2d")?.putImageData(image, 0, 0);
  }

  private describe({ row, column }: Cell): string {
    const value = this.values?.[row * this.width + column];
    return t("row {row}, column {column}: {value}", {
      row,
      column,
      value: value === undefined ? "–" : written(value),
    });
  }

  private numbers(values: Float32Array, side: number) {
    const { paint, width, height } = this;
    if (!paint) return nothing;
    const texts = Array.from(values, (value, i) => {
      const onDark = isDark(paint.table, rampIndex(value, this.largest));
      const x = ((i % width) + 0.5) * side;
      const y = (Math.floor(i / width) + 0.5) * side;
      return svg`<text x=${x} y=${y} class=${onDark ? "on-dark" : nothing}>${written(value)}</text>`;
    });
    return html`<svg class="numbers" width=${width * side} height=${height * side} aria-hidden="true">${texts}</svg>`;
  }

  private readonly pass = (event: Event) => {
    this.dispatchEvent(new CustomEvent(event.type, { detail: (event as CustomEvent).detail }));
  };
}
