// <layer-maps>: all maps of one layer, larger than in its strip; one is opened by pointer or by the arrow keys.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { type Tiling, tileMaps, tilingSize } from "../draw/atlas.ts";
import { type Paint, paintLayer } from "../draw/strip.ts";
import { describeMap } from "../draw/words.ts";
import { t } from "../lib/i18n.ts";
import type { Bitmap } from "../lib/png.ts";
import { type LayerTrace, mapSize, type ScaleOf } from "../lib/trace.ts";
import type { Cell } from "../lib/walk.ts";
import type { CellGrid } from "./grid-cursor.ts";
import { channelTable } from "./layer-tables.ts";
import { Room } from "./room.ts";

export interface MapsEvents {
  /** A map was chosen: its channel. */
  "map-opened": CustomEvent<number>;
}

/** Sides that the maps have at most, by how many there are. */
const TARGETS: readonly (readonly [number, number])[] = [
  [16, 96],
  [64, 64],
  [Number.POSITIVE_INFINITY, 48],
];

export class LayerMaps extends LitElement {
  static override properties = {
    trace: { attribute: false },
    levels: { attribute: false },
    scale: { attribute: false },
    paint: { attribute: false },
    pointed: { state: true },
  };

  declare trace: LayerTrace | undefined;
  /** Every layer's maps, as the sheet has them. */
  declare levels: Bitmap | undefined;
  declare scale: ScaleOf | undefined;
  declare paint: Paint | undefined;
  declare private pointed: Cell | null;

  private readonly room = new Room(this);

  constructor() {
    super();
    this.pointed = null;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  private get tiling(): Tiling | undefined {
    const room = Math.floor(this.room.width);
    if (!this.trace || room === 0) return undefined;
    const { height, width } = mapSize(this.trace);
    const count = this.trace.channels.length;
    const target = TARGETS.find(([most]) => count <= most)?.[1] ?? 48;
    return tileMaps(count, height, width, room, target);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { trace, tiling } = this;
    if (!trace || !tiling) return nothing;
    const size = tilingSize(tiling);
    const grid: CellGrid = {
      rows: tiling.rows,
      columns: tiling.columns,
      count: trace.channels.length,
      pitch: { x: tiling.width + 1, y: tiling.height + 1 },
      size: { width: tiling.width, height: tiling.height },
      inset: 1,
    };
    const channelOf = ({ row, column }: Cell) => row * tiling.columns + column;
    const describe = (cell: Cell) => describeMap(trace, channelOf(cell));
    return html`
      <figure class="maps">
        <div class="canvas-box">
          <canvas aria-hidden="true" width=${size.width} height=${size.height}></canvas>
          <grid-cursor
            .grid=${grid}
            .name=${t("Maps; Enter opens one")}
            .describe=${describe}
            @pointed=${(event: CustomEvent<Cell | null>) => {
              this.pointed = event.detail;
            }}
            @chosen=${(event: CustomEvent<Cell>) => this.open(channelOf(event.detail))}
          ></grid-cursor>
        </div>
        <p class="reading">${this.pointed ? describe(this.pointed) : t("Choose a map to see its values.")}</p>
        ${channelTable(trace)}
      </figure>`;
  }

  protected override updated(_changed: PropertyValues): void {
    const { trace, levels, scale, paint, tiling } = this;
    const canvas = this.querySelector("canvas");
    if (canvas && trace && levels && scale && paint && tiling)
      paintLayer(canvas, trace, levels, tiling, scale, paint);
  }

  private open(channel: number): void {
    this.dispatchEvent(new CustomEvent("map-opened", { detail: channel }));
  }
}
