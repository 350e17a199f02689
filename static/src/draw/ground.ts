// The landscape under a race: shaded by height, with lines of equal height. Painted once for a surface, a size and a theme.

import { contour, type Heights } from "../lib/contours.ts";
import type { Rgb } from "../lib/ramp.ts";
import type { Surface } from "../lib/surfaces.ts";
import { type Frame, pointAt } from "./frame.ts";

/** CSS pixels from one computed height to the next. */
const GRAIN_PX = 2;
const LEVELS = 16;

export interface Ground {
  readonly heights: Heights;
  /** 0 at the lowest point … 1 at the highest in the picture; equal steps are equal factors of height. */
  readonly share: (height: number) => number;
  readonly levels: readonly number[];
}

export function groundOf(surface: Surface, frame: Frame): Ground {
  const columns = Math.ceil(frame.width / GRAIN_PX) + 1;
  const rows = Math.ceil(frame.height / GRAIN_PX) + 1;
  const values = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const theta = pointAt(frame, column * GRAIN_PX, row * GRAIN_PX);
      values[row * columns + column] = surface.height(theta);
    }
  }
  const least = Math.min(...surface.lowest.map(surface.height));
  const grown = (height: number) => Math.log1p(Math.max(0, height - least) / surface.grain);
  const most = grown(values.reduce((top, value) => Math.max(top, value), 0));
  const levels = Array.from(
    { length: LEVELS },
    (_, i) => least + surface.grain * Math.expm1((most * (i + 1)) / (LEVELS + 1)),
  );
  return { heights: { columns, rows, values }, share: (height) => grown(height) / most, levels };
}

export interface Shades {
  readonly valley: Rgb;
  readonly peak: Rgb;
  readonly line: Rgb;
}

export function paintGround(canvas: HTMLCanvasElement, ground: Ground, frame: Frame, shades: Shades): void {
  const sharpness = devicePixelRatio;
  canvas.width = Math.round(frame.width * sharpness);
  canvas.height = Math.round(frame.height * sharpness);
  const context = canvas.getContext("2d");
  const picture = shaded(ground, shades);
  if (!context || !picture) return;
  context.scale(sharpness, sharpness);
  context.imageSmoothingQuality = "high";
  // A pixel of the small picture is a grid point: its middle, not its corner, lies there.
  const { columns, rows } = ground.heights;
  const half = GRAIN_PX / 2;
  context.drawImage(picture, -half, -half, columns * GRAIN_PX, rows * GRAIN_PX);
  context.strokeStyle = `rgb(${shades.line.join()})`;
  context.lineWidth = 1;
  for (const level of ground.levels) {
    const pieces = contour(ground.heights, level);
    context.beginPath();
    for (let i = 0; i < pieces.length; i += 4) {
      context.moveTo((pieces[i] ?? 0) * GRAIN_PX, (pieces[i + 1] ?? 0) * GRAIN_PX);
      context.lineTo((pieces[i + 2] ?? 0) * GRAIN_PX, (pieces[i + 3] ?? 0) * GRAIN_PX);
    }
    context.stroke();
  }
}

function shaded({ heights, share }: Ground, { valley, peak }: Shades): HTMLCanvasElement | undefined {
  const { columns, rows, values } = heights;
  const canvas = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
  const pixels = new Uint8ClampedArray(columns * rows * 4);
  values.forEach((value, i) => {
    const part = share(value);
    for (const channel of [0, 1, 2] as const) {
      pixels[4 * i + channel] = valley[channel] + (peak[channel] - valley[channel]) * part;
    }
    pixels[4 * i + 3] = 255;
  });
  const context = canvas.getContext("2d");
  if (!context) return undefined;
  context.putImageData(new ImageData(pixels, columns, rows), 0, 0);
  return canvas;
}
