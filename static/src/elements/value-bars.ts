// <value-bars>: a row of signed values as bars, each reached by pointer and by the arrow keys: a flat layer, or the
// channels' shares of a sum.

import { html, LitElement, nothing, svg, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { barPaths, barsHeight, layBars, rowPitch } from "../draw/bars.ts";
import { written } from "../draw/values.ts";
import { t } from "../lib/i18n.ts";
import type { Cell } from "../lib/walk.ts";
import type { CellGrid } from "./grid-cursor.ts";
import { Room } from "./room.ts";

export interface ValueBarsEvents {
  /** The place of the value under the pointer or with the focus; null when there is none any more. */
  pointed: CustomEvent<number | null>;
  /** A value was clicked, or Enter pressed on it. */
  chosen: CustomEvent<number>;
  /** The arrow keys went to another value. */
  walked: CustomEvent<number>;
}

/** From this width on, a bar has its label under it. */
const LEAST_LABEL_PX = 56;

export class ValueBars extends LitElement {
  static override properties = {
    values: { attribute: false },
    labels: { attribute: false },
    index: { attribute: false },
    name: { attribute: false },
    nameOf: { attribute: false },
  };

  declare values: ArrayLike<number> | undefined;
  /** A word for each value, where there are words for them. */
  declare labels: readonly string[];
  /** The value that is open. */
  declare index: number | undefined;
  declare name: string;
  /** What a value is called: "channel 3". */
  declare nameOf: (index: number) => string;

  private readonly room = new Room(this);

  constructor() {
    super();
    this.labels = [];
    this.name = "";
    this.nameOf = (index) => t("value {index}", { index });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { values, index, labels } = this;
    const room = Math.floor(this.room.width);
    if (!values || room === 0) return nothing;
    const layout = layBars(values.length, room);
    const { columns, rows, pitch, rowHeight, count } = layout;
    const isLabelled = labels.length === count && pitch >= LEAST_LABEL_PX;
    const grid: CellGrid = {
      rows,
      columns,
      count,
      pitch: { x: pitch, y: rowPitch(layout) },
      size: { width: pitch, height: rowHeight },
      inset: 0,
    };
    const cell = index === undefined ? undefined : cellOf(index, columns);
    return html`
      <div class="canvas-box">
        ${guard([values, room], () => {
          const { positive, negative, zero } = barPaths(layout, values);
          return html`<svg width=${columns * pitch} height=${barsHeight(layout)} aria-hidden="true">
            ${svg`<path class="positive" d=${positive}></path><path class="negative" d=${negative}></path><path class="zero" d=${zero}></path>`}
          </svg>`;
        })}
        <grid-cursor
          .grid=${grid}
          .chosen=${cell}
          .name=${this.name}
          .describe=${(at: Cell) => this.describe(at.row * columns + at.column)}
          @pointed=${(event: CustomEvent<Cell | null>) => this.tell("pointed", event.detail && event.detail.row * columns + event.detail.column)}
          @chosen=${(event: CustomEvent<Cell>) => this.tell("chosen", event.detail.row * columns + event.detail.column)}
          @walked=${(event: CustomEvent<Cell>) => this.tell("walked", event.detail.row * columns + event.detail.column)}
        ></grid-cursor>
      </div>
      ${isLabelled ? html`<svg class="labels" width=${columns * pitch} height="18" aria-hidden="true">${labels.map((label, i) => svg`<text x=${(i + 0.5) * pitch} y="13">${label}</text>`)}</svg>` : nothing}`;
  }

  private describe(index: number): string {
    const value = this.values?.[index];
    const name = this.labels[index] ?? this.nameOf(index);
    return t("{name}: {value}", { name, value: value === undefined ? "–" : written(value) });
  }

  private tell<Name extends keyof ValueBarsEvents>(
    name: Name,
    detail: ValueBarsEvents[Name]["detail"],
  ): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function cellOf(index: number, columns: number): Cell {
  return { row: Math.floor(index / columns), column: index % columns };
}
