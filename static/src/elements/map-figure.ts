// A picture and the maps that one layer made of it after an epoch, on a run's page.

import { html, type TemplateResult } from "lit";
import { tileMaps, tileValues } from "../draw/atlas.ts";
import { paintLayer, paintOf } from "../draw/strip.ts";
import { t } from "../lib/i18n.ts";
import { isFlat, type LayerTrace, largestOf, mapSize } from "../lib/trace.ts";
import type { LayerMaps } from "../lib/training-learned.ts";
import { legend } from "./legend.ts";

/** The picture by its id and what it is called, and a canvas to paint the maps on. */
export function mapFigure(maps: LayerMaps, image: string, word: string): TemplateResult {
  const code = maps.pytorch[maps.layers.indexOf(maps.layer)] ?? "";
  const layer = `${maps.layer} · ${code}`;
  return html`
    <div class="seen">
      <img src=${`/api/v1/images/${image}`} width="96" height="96" alt=${word}>
      ${legend(largestOf(maps.channels))}
    </div>
    <canvas class="maps" role="img" aria-label=${t("{count} maps of layer {layer}", { count: maps.channels.length, layer })}></canvas>`;
}

/** Paints the maps side by side, as wide as `place` and in its colours. */
export function paintMaps(canvas: HTMLCanvasElement, maps: LayerMaps, place: HTMLElement): void {
  const count = maps.channels.length;
  const trace: LayerTrace = {
    address: maps.layer,
    name: maps.layer,
    type: "",
    shape: maps.shape,
    channels: maps.channels,
    silent_channels: [],
    sheet: { top: 0, left: 0, columns: Math.ceil(Math.sqrt(count)) },
  };
  const { height, width } = mapSize(trace);
  const room = place.clientWidth;
  const tiling = isFlat(trace)
    ? tileValues(count, room, 32)
    : tileMaps(count, height, width, room, count > 32 ? 48 : 72);
  const largest = largestOf(maps.channels);
  paintLayer(canvas, trace, maps.levels, tiling, () => largest, paintOf(place));
}
