// The parts of the stage that move: window, and cover of what is not computed yet.

import { html, nothing, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import { type Axis, start, taps } from "../lib/geometry.ts";
import { isConvolution } from "../lib/layer.ts";
import type { Cell } from "../lib/walk.ts";
import { isShaded } from "./grids.ts";
import { type Grid, type Layout, left, top } from "./layout.ts";
import { cellsUnder } from "./links.ts";
import { LEAST_CELL_PX, square, typeSize } from "./marks.ts";
import type { Scene } from "./scene.ts";
import { styled } from "./styled.ts";

type Template = SVGTemplateResult | typeof nothing;

/** From this size of cell on, the weights travel with the window in the corners of its cells. */
const LEAST_CORNER_PX = 36;
/** From this size of cell on, an arrow shows the stride. */
const LEAST_STRIDE_PX = 12;

/** What colours the cells under the window; where cells show shades, they keep them. */
export function windowGround(scene: Scene, { input: grid }: Layout, { row, column }: Cell): Template {
  if (isShaded(grid, scene.inputTexts)) return nothing;
  if (scene.axes[0].kind === "stamp") {
    return svg`<path class="ground" data-idea="kernel" d=${cellsUnder(scene, { row, column })
      .map((cell) => square(grid, cell.row, cell.column))
      .join("")}></path>`;
  }
  return svg`<g class="window" data-idea="kernel" ${movedTo(scene, grid, row, column)}>
    <path class="ground" d=${windowPath(scene, grid, row, column)}></path></g>`;
}

/** The window over the input at one output cell, and the place that the cell has in the output. */
export function windowAt(scene: Scene, layout: Layout, { row, column }: Cell): Template {
  const { input, output } = layout;
  const [rows] = scene.axes;
  return svg`
    ${rows.kind === "stamp" ? landed(scene, layout, row, column) : frame(scene, input, row, column)}
    <rect class="current" data-idea="output" x=${left(output, column)} y=${top(output, row)} width=${output.cell} height=${output.cell}></rect>`;
}

/** One frame that moves as a whole; with dilation also the cells it reads, and with room its weights. */
function frame(scene: Scene, grid: Grid, row: number, column: number): SVGTemplateResult {
  const [width, height] = windowSize(scene, grid, row, column);
  const spread = isSpread(scene, grid);
  return svg`
    <g class="window" data-idea="kernel" ${movedTo(scene, grid, row, column)}>
      <rect class=${spread ? "reach spread" : "reach"} width=${Math.max(3, width)} height=${Math.max(3, height)}></rect>
      ${spread ? svg`<path class="taps" d=${windowPath(scene, grid, row, column)}></path>` : nothing}
      ${corners(scene, grid)}
      ${stride(scene, grid, column, height)}
    </g>`;
}

/** What a hand takes the window by. No part of a drawing: a finger on one would scroll the page. */
export function handle(
  scene: Scene,
  { input: grid }: Layout,
  { row, column }: Cell,
): TemplateResult | typeof nothing {
  if (!scene.possible || scene.axes[0].kind === "stamp") return nothing;
  const [width, height] = windowSize(scene, grid, row, column);
  const size = { width: `${width}px`, height: `${height}px` };
  return html`<div class="handle" ${styled(size)} ${movedTo(scene, grid, row, column)}></div>`;
}

/** An arrow under the window, as long as the step to the next. */
function stride({ axes: [, columns] }: Scene, grid: Grid, column: number, height: number): Template {
  if (columns.kind !== "slide" || column + 1 >= columns.output || grid.cell < LEAST_STRIDE_PX) return nothing;
  const length = columns.stride * grid.cell;
  const y = height + 5;
  return svg`<path class="stride" data-idea="stride" d=${`M1 ${y - 3}v6M1 ${y}H${length - 1}m-5 -3.5l5 3.5l-5 3.5`}></path>`;
}

/** The first window of a kernel that does not fit, sticking out of the padded input. */
export function misfit(scene: Scene, { input: grid }: Layout): Template {
  const [rows, columns] = scene.axes;
  if (rows.kind !== "slide" || (rows.output >= 1 && columns.output >= 1)) return nothing;
  return svg`<rect class="misfit" x=${left(grid, -columns.before)} y=${top(grid, -rows.before)}
    width=${columns.extent * grid.cell} height=${rows.extent * grid.cell}></rect>`;
}

/** A style, so that the movement from one cell to the next can be eased. */
function movedTo(scene: Scene, grid: Grid, row: number, column: number) {
  const [rows, columns] = scene.axes;
  const x = left(grid, start(columns, column));
  const y = top(grid, start(rows, row));
  return styled({ transform: `translate(${x}px, ${y}px)` });
}

/** What a window covers, seen from its corner: one block, or with dilation the cells that it reads. */
function windowPath(scene: Scene, grid: Grid, row: number, column: number): string {
  if (!isSpread(scene, grid)) {
    const [width, height] = windowSize(scene, grid, row, column);
    return `M0 0h${width}v${height}h${-width}z`;
  }
  const [rows, columns] = scene.axes;
  const origin = { ...grid, x: 0, y: 0, firstRow: 0, firstColumn: 0 };
  return taps(rows, row)
    .flatMap((_, i) =>
      taps(columns, column).map((_, j) => square(origin, i * rows.dilation, j * columns.dilation)),
    )
    .join("");
}

/** Whether a window has gaps that can be seen. */
function isSpread({ axes: [rows, columns] }: Scene, grid: Grid): boolean {
  return (rows.dilation > 1 || columns.dilation > 1) && grid.cell >= LEAST_CELL_PX;
}

function windowSize({ axes: [rows, columns] }: Scene, grid: Grid, row: number, column: number) {
  return [reach(columns, column) * grid.cell, reach(rows, row) * grid.cell] as const;
}

/** Cells from a window's first to its last. */
function reach(axis: Axis, index: number): number {
  return axis.kind === "share" ? taps(axis, index).length : axis.extent;
}

function cornerSize(grid: Grid): number {
  return Math.min(11, grid.cell * 0.24);
}

function corners(scene: Scene, grid: Grid): Template {
  const { layer, axes, kernelTexts } = scene;
  const size = typeSize(grid.cell, scene.inputTexts.longest);
  if (!isConvolution(layer) || grid.cell < LEAST_CORNER_PX || size === undefined) return nothing;
  const [rows, columns] = axes;
  const weights: SVGTemplateResult[] = [];
  for (let i = 0; i < rows.kernel; i += 1) {
    for (let j = 0; j < columns.kernel; j += 1) {
      const x = (j * columns.dilation + 1) * grid.cell - 3;
      const y = (i * rows.dilation + 1) * grid.cell - 4;
      weights.push(
        svg`<text class="corner" font-size=${cornerSize(grid)} x=${x} y=${y}>×${kernelTexts.at(i, j)}</text>`,
      );
    }
  }
  return svg`${weights}`;
}

/** A transposed convolution's cell: the input cells whose stamps land on it, each with its weight. */
function landed(
  scene: Scene,
  { input: grid, kernel }: Layout,
  row: number,
  column: number,
): SVGTemplateResult {
  const [rows, columns] = scene.axes;
  const found: SVGTemplateResult[] = [];
  for (const down of taps(rows, row)) {
    for (const across of taps(columns, column)) {
      const [x, y] = [left(grid, across.cell), top(grid, down.cell)];
      found.push(svg`<rect class="reach" x=${x} y=${y} width=${grid.cell} height=${grid.cell}></rect>`);
      if (grid.cell < LEAST_CORNER_PX) continue;
      const weight = scene.kernelTexts.at(down.weight, across.weight);
      found.push(
        svg`<text class="corner" font-size=${cornerSize(grid)} x=${x + grid.cell - 3} y=${y + grid.cell - 4}>×${weight}</text>`,
      );
    }
  }
  const used = taps(rows, row).flatMap((down) =>
    taps(columns, column).map((across) => [down.weight, across.weight] as const),
  );
  const weights = used.map(([i, j]) => square(kernel, i, j)).join("");
  return svg`<g class="window" data-idea="kernel">${found}<path class="taps" d=${weights}></path></g>`;
}

/** What hides the output cells after the current one: the rest of its row, and the rows below. */
export function cover(scene: Scene, { output: grid }: Layout, { row, column }: Cell): Template {
  const [rows, columns] = scene.axes;
  if (!scene.possible) return nothing;
  const restOfRow = columns.output - column - 1;
  const below = rows.output - row - 1;
  return svg`
    <rect class="cover" x=${left(grid, column + 1)} y=${top(grid, row)} width=${Math.max(0, restOfRow * grid.cell)} height=${grid.cell}></rect>
    <rect class="cover" x=${left(grid, 0)} y=${top(grid, row + 1)} width=${columns.output * grid.cell} height=${Math.max(0, below * grid.cell)}></rect>`;
}
