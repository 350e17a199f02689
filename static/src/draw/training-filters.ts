// First-layer filters as small colour pictures: grey is no weight, a colour what the filter answers to.

import type { Filters } from "../lib/training-learned.ts";

/** A filter is shown about so wide. */
const WIDE_PX = 40;

/** The pixels of one filter, RGBA, `scale` of weight from grey to full colour. */
export function filterPixels(
  { kernels, shape: [, channels, height, width] }: Filters,
  index: number,
  scale: number,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(height * width * 4);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const at = (row * width + column) * 4;
      for (let part = 0; part < 3; part += 1) {
        const weight = kernels[index]?.[channels === 3 ? part : 0]?.[row]?.[column] ?? 0;
        pixels[at + part] = 127.5 + (127.5 * weight) / (scale || 1);
      }
      pixels[at + 3] = 255;
    }
  }
  return pixels;
}

/** The largest size of a weight. */
export function largestWeight({ kernels }: Filters): number {
  let largest = 0;
  for (const weight of (kernels as readonly unknown[]).flat(3) as (number | null)[]) {
    largest = Math.max(largest, Math.abs(weight ?? 0));
  }
  return largest;
}

/** Paints all filters onto a canvas, one pixel a weight and one between them; the style sheet enlarges it. */
export function paintFilters(canvas: HTMLCanvasElement, filters: Filters, columns: number): void {
  const [count, , height, width] = filters.shape;
  canvas.width = columns * (width + 1) + 1;
  canvas.height = Math.ceil(count / columns) * (height + 1) + 1;
  canvas.style.setProperty("inline-size", `${canvas.width * Math.max(2, Math.floor(WIDE_PX / width))}px`);
  const context = canvas.getContext("2d");
  const scale = largestWeight(filters);
  for (let index = 0; index < count; index += 1) {
    const x = 1 + (index % columns) * (width + 1);
    const y = 1 + Math.floor(index / columns) * (height + 1);
    context?.putImageData(new ImageData(filterPixels(filters, index, scale), width, height), x, y);
  }
}
