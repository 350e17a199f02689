// Paints a layer's maps onto a canvas: in the overview a strip of small tiles, in an open layer larger ones.

import type { Bitmap } from "../lib/png.ts";
import { colourOf, type RampTable, type Rgb, rampIndex, rampOf } from "../lib/ramp.ts";
import { isFlat, type LayerTrace, mapSize, type ScaleOf } from "../lib/trace.ts";
import {
  coloursOf,
  paintMaps,
  paintValues,
  paletteOf,
  type Tiling,
  tileAt,
  tileMaps,
  tileValues,
  tilingSize,
} from "./atlas.ts";

/** The colours of the theme in force, read once and used for every canvas. */
export interface Paint {
  readonly palette: Uint32Array;
  readonly frame: number;
  /** For the line across a map that is silent. */
  readonly line: Rgb;
  readonly table: RampTable;
}

export function paintOf(element: Element): Paint {
  const table = rampOf(element);
  return {
    table,
    palette: paletteOf(table),
    frame: paletteOf(new Uint8ClampedArray(colourOf(element, "--hairline")))[0] ?? 0,
    line: colourOf(element, "--edge"),
  };
}

/** Many small maps, so that a layer of 256 stays within a few rows. */
const MANY = 64;
const TILE_PX = 32;
const SMALL_TILE_PX = 16;

/** Tiles for a layer in the overview. */
export function overviewTiling(trace: LayerTrace, room: number): Tiling {
  const { height, width } = mapSize(trace);
  const count = trace.channels.length;
  if (isFlat(trace)) return tileValues(count, room, TILE_PX);
  return tileMaps(count, height, width, room, count > MANY ? SMALL_TILE_PX : TILE_PX);
}

/** Paints a whole layer and gives the canvas the size of its tiles. */
export function paintLayer(
  canvas: HTMLCanvasElement,
  trace: LayerTrace,
  levels: Bitmap,
  tiling: Tiling,
  scale: ScaleOf,
  paint: Paint,
): void {
  const { palette, frame } = paint;
  const pixels = isFlat(trace)
    ? paintValues(
        tiling,
        (channel) => {
          const value = trace.channels[channel]?.minimum ?? 0;
          return palette[rampIndex(value, scale(trace, channel))] ?? 0;
        },
        frame,
      )
    : paintMaps(
        tiling,
        mapSize(trace),
        levels,
        trace.sheet,
        (channel) =>
          coloursOf(trace.channels[channel] ?? { minimum: 0, maximum: 0 }, scale(trace, channel), palette),
        frame,
      );
  const { width, height } = tilingSize(tiling);
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
  if (!isFlat(trace)) crossOut(context, trace.silent_channels, tiling, paint.line);
}

/** A line across each map that is zero everywhere, so that it is told from one that is merely small. */
function crossOut(
  context: CanvasRenderingContext2D,
  channels: readonly number[],
  tiling: Tiling,
  [red, green, blue]: Rgb,
): void {
  context.strokeStyle = `rgb(${red} ${green} ${blue})`;
  context.beginPath();
  for (const channel of channels) {
    const { x, y } = tileAt(tiling, channel);
    context.moveTo(x + 0.5, y + tiling.height - 0.5);
    context.lineTo(x + tiling.width - 0.5, y + 0.5);
  }
  context.stroke();
}
