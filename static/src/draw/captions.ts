// What is written over the grids of the stage: their names and sizes, their padding, and the scale of their shades.

import { nothing, type SVGTemplateResult, svg } from "lit";
import { paddings } from "../lib/geometry.ts";
import { t } from "../lib/i18n.ts";
import { isConvolution, type Layer, outChannels } from "../lib/layer.ts";
import { rounded } from "../lib/numbers.ts";
import { isShaded } from "./grids.ts";
import { type Layout, left, type Part, top } from "./layout.ts";
import type { Scene, Texts } from "./scene.ts";

/** What shapes refer to: the hatch of what is never read, the ramp of signed values. */
export const definitions = svg`
  <defs>
    <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <path class="hatch" d="M0 0V6"></path>
    </pattern>
    <linearGradient id="ramp">
      <stop class="low" offset="0"></stop>
      <stop class="zero" offset="0.5"></stop>
      <stop class="high" offset="1"></stop>
    </linearGradient>
  </defs>`;

const LETTER_PX = 7.2;
/** From a caption to its grid, or to the outlines of other channels behind that. */
const OVER_GRID_PX = 9;
const OVER_SHEETS_PX = 14;
const RAMP_PX = 40;
/** Height of the scale. */
const SCALE_PX = 11;

export function captions(scene: Scene, placed: Layout): SVGTemplateResult {
  const { layer, axes, possible } = scene;
  const [rows, columns] = axes;
  const isTransposed = rows.kind === "stamp";
  const padding = paddingWords(layer);
  const kernel = isConvolution(layer) ? t("kernel") : t("window");
  return svg`
    ${caption(placed, "input", t("input"), [layer.height, layer.width], layer.inChannels, isTransposed ? "" : padding && `+ ${padding}`)}
    ${caption(placed, "kernel", kernel, [rows.kernel, columns.kernel], layer.inChannels / layer.groups, "")}
    ${possible ? caption(placed, "output", t("output"), [rows.output, columns.output], outChannels(layer), isTransposed ? padding && `− ${padding}` : "") : nothing}
    ${legend(placed, "input", scene.inputTexts)}
    ${possible ? legend(placed, "output", scene.outputTexts) : nothing}`;
}

function caption(
  placed: Layout,
  part: Part,
  name: string,
  [rows, columns]: readonly [number, number],
  channels: number,
  more: string,
) {
  const grid = placed[part];
  const y = grid.y - (channels > 1 ? OVER_SHEETS_PX : OVER_GRID_PX);
  const size = `${rows} × ${columns}`;
  const fits = (name.length + size.length + more.length + 3) * LETTER_PX < grid.columns * grid.cell;
  const wide = (name.length + size.length + 2) * LETTER_PX;
  const x = Math.max(0, Math.min(grid.x, placed.width - wide));
  return svg`
    <text class="caption" data-idea=${part} x=${x} y=${y}
      >${name}<tspan class="size" dx="6">${size}</tspan>${
        more && fits ? svg`<tspan class="size idea" data-idea="padding" dx="6">${more}</tspan>` : nothing
      }</text>`;
}

/** "padding 1", or nothing where there is none. */
function paddingWords(layer: Layer): string {
  const sides = paddings(layer).flat();
  if (sides.every((side) => side === 0)) return "";
  return `${t("padding")} ${new Set(sides).size === 1 ? sides[0] : sides.join(", ")}`;
}

/** The scale of a grid's shades, at its lower right; under a narrow grid it goes on to the right, where nothing is. */
function legend(placed: Layout, part: Part, texts: Texts) {
  const grid = placed[part];
  if (!isShaded(grid, texts)) return nothing;
  const number = rounded(texts.largest);
  const word = (number.length + 1) * LETTER_PX;
  const least = grid.x + 2 * word + RAMP_PX + 8;
  const end = Math.min(placed.width, Math.max(left(grid, grid.firstColumn + grid.columns), least));
  const right = end - word;
  const y = Math.min(top(grid, grid.firstRow + grid.rows) + 6, placed.height - SCALE_PX);
  return svg`
    <g class="scale">
      <text class="low" x=${right - RAMP_PX - 4} y=${y + 5}>−${number}</text>
      <rect x=${right - RAMP_PX} y=${y} width=${RAMP_PX} height="9" fill="url(#ramp)"></rect>
      <text class="high" x=${right + 4} y=${y + 5}>${number}</text>
    </g>`;
}
