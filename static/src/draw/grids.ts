// The parts of the stage that stay while the window moves: input with its padding, kernel, output.

import { nothing, type SVGTemplateResult, svg } from "lit";
import { t } from "../lib/i18n.ts";
import { isConvolution, type Layer, outChannels } from "../lib/layer.ts";
import { rounded } from "../lib/numbers.ts";
import { biasAt } from "../lib/sheet.ts";
import { weightIndex } from "../lib/walkthrough.ts";
import { type Grid, inputSpan, type Layout, left, neverRead, top } from "./layout.ts";
import { LEAST_CELL_PX, lines, shades, square, tightType, typeSize } from "./marks.ts";
import type { Scene, Texts } from "./scene.ts";

type Template = SVGTemplateResult | typeof nothing;
type Span = readonly [number, number];

/** What lies under the window: the input channel's cells, its padding drawn apart. */
export function inputGround(scene: Scene, { input: grid }: Layout): Template {
  const { layer, inputTexts } = scene;
  const inside = insideOf(layer);
  const own = { ...grid, firstRow: 0, firstColumn: 0, rows: layer.height, columns: layer.width };
  return svg`
    <g class="grid" data-idea="input">
      ${sheetsBehind({ ...own, x: left(grid, 0), y: top(grid, 0) }, layer.inChannels)}
      ${ring(scene, grid)}
      ${fill(grid, inside, inputTexts)}
    </g>`;
}

/** What lies over the window: lines and numbers, and a hatch on what no window reads. */
export function inputNumbers(scene: Scene, { input: grid }: Layout): Template {
  const { layer, channel, inputTexts } = scene;
  return svg`
    <g class="grid" data-idea="input">
      ${frame(grid, insideOf(layer))}
      ${unread(scene, grid)}
      ${numbers(grid, wholeOf(grid), inputTexts, (row, column) => isEdited(scene, row, column, channel))}
    </g>`;
}

function insideOf({ height, width }: Layer): readonly [Span, Span] {
  return [
    [0, height],
    [0, width],
  ];
}

/** The weights between the drawn channel and the filter; what pooling does instead. */
export function kernelGrid(scene: Scene, { kernel: grid }: Layout): Template {
  const { layer, kernelTexts } = scene;
  if (!isConvolution(layer)) {
    return svg`
      <g class="grid" data-idea="kernel">
        <rect class="block empty" x=${grid.x} y=${grid.y} width=${grid.columns * grid.cell} height=${grid.rows * grid.cell}></rect>
        <text class="sign" x=${grid.x + (grid.columns * grid.cell) / 2} y=${grid.y + (grid.rows * grid.cell) / 2}>${layer.operation === "max_pool2d" ? "max" : "mean"}</text>
      </g>`;
  }
  return svg`
    <g class="grid" data-idea="kernel">
      ${sheetsBehind(grid, layer.inChannels / layer.groups)}
      ${block(grid, wholeOf(grid), kernelTexts)}
      ${numbers(grid, wholeOf(grid), kernelTexts, (row, column) => isWeightEdited(scene, row, column))}
    </g>`;
}

/** The number that is added after the products, a cell that may be edited like the others. */
export function biasCell({ layer, sheet, filter }: Scene, { bias: grid }: Layout): Template {
  if (!isConvolution(layer) || !layer.bias) return nothing;
  const text = rounded(biasAt(sheet, filter));
  const middle = grid.y + grid.cell / 2;
  return svg`
    <g class="grid" data-idea="kernel">
      <text class="bias" x=${grid.x - 5} y=${middle}>+ ${t("bias")}</text>
      <rect class="block" x=${grid.x} y=${grid.y} width=${grid.cell} height=${grid.cell}></rect>
      <rect class="border" x=${grid.x} y=${grid.y} width=${grid.cell} height=${grid.cell}></rect>
      <text class=${sheet.bias.has(String(filter)) ? "edited" : nothing} x=${grid.x + grid.cell / 2} y=${middle}
        font-size=${tightType(grid.cell, text.length)}>${text}</text>
    </g>`;
}

/** The filter's map with all its values; what is not computed yet is covered by the moving part. */
export function outputGrid(scene: Scene, { output: grid }: Layout): Template {
  const { layer, axes, outputTexts } = scene;
  const kept = keptOutput(scene, grid);
  if (!kept) return nothing;
  return svg`
    <g class="grid" data-idea="output">
      ${sheetsBehind(kept, outChannels(layer))}
      ${axes[0].kind === "stamp" ? svg`<path class="cut" d=${cutOff(grid, kept.rows, kept.columns)}></path>` : nothing}
      ${fill(kept, wholeOf(kept), outputTexts)}
      ${numbers(kept, wholeOf(kept), outputTexts, () => false)}
    </g>`;
}

/** The lines of the output, over the cover. */
export function outputFrame(scene: Scene, { output: grid }: Layout): Template {
  const kept = keptOutput(scene, grid);
  return kept ? svg`<g class="grid" data-idea="output">${frame(kept, wholeOf(kept))}</g>` : nothing;
}

/** The part of the output's grid that padding has not cut off. */
function keptOutput({ axes: [rows, columns], possible }: Scene, grid: Grid): Grid | undefined {
  if (!possible) return undefined;
  const [x, y] = [left(grid, 0), top(grid, 0)];
  return { ...grid, x, y, firstRow: 0, firstColumn: 0, rows: rows.output, columns: columns.output };
}

/** Up to two outlines behind a grid that has more channels than the one drawn. */
function sheetsBehind(grid: Grid, channels: number): Template {
  const count = Math.min(2, channels - 1);
  if (count < 1) return nothing;
  const [width, height] = [grid.columns * grid.cell, grid.rows * grid.cell];
  return svg`${Array.from({ length: count }, (_, i) => {
    const away = 4 * (count - i);
    return svg`<rect class="behind" x=${grid.x + away} y=${grid.y - away} width=${width} height=${height}></rect>`;
  })}`;
}

/** The dashes around smaller cells would run into each other. */
const LEAST_DASHED_PX = 12;

/** Padding and, with ceil_mode, what lies past it: each cell a square of its own. */
function ring({ layer, axes }: Scene, grid: Grid): Template {
  const [rows, columns] = axes;
  if (grid.rows === layer.height && grid.columns === layer.width) return nothing;
  if (grid.cell < LEAST_CELL_PX) {
    return svg`<rect class="pad" x=${grid.x} y=${grid.y} width=${grid.columns * grid.cell} height=${grid.rows * grid.cell}></rect>`;
  }
  const inset = grid.cell >= LEAST_DASHED_PX ? 1.5 : 0.5;
  const outside = cellsOf(grid).filter(
    ([row, column]) => !isWithin(row, layer.height) || !isWithin(column, layer.width),
  );
  const isPast = ([row, column]: Span) =>
    row >= layer.height + rows.after || column >= layer.width + columns.after;
  const path = (cells: readonly Span[]) =>
    cells.map(([row, column]) => square(grid, row, column, inset)).join("");
  const fine = grid.cell < LEAST_DASHED_PX ? " fine" : "";
  return svg`
    <path class=${`pad${fine}`} d=${path(outside.filter((cell) => !isPast(cell)))}></path>
    <path class=${`past${fine}`} d=${path(outside.filter(isPast))}></path>`;
}

function block(grid: Grid, spans: readonly [Span, Span], texts: Texts): Template {
  return svg`${fill(grid, spans, texts)}${frame(grid, spans)}`;
}

/** A grid's tint or, where numbers do not fit, its values as shades. */
function fill(grid: Grid, [rows, columns]: readonly [Span, Span], texts: Texts): Template {
  const shaded = isShaded(grid, texts);
  return svg`
    ${box(grid, [rows, columns], shaded ? "block shaded" : "block")}
    ${
      shaded
        ? [...shades(grid, texts.value, rows, columns, texts.largest)].map(
            ([shade, path]) =>
              svg`<path class=${shade < 0 ? "negative" : "positive"} data-share=${Math.abs(shade)} d=${path}></path>`,
          )
        : nothing
    }`;
}

function frame(grid: Grid, [rows, columns]: readonly [Span, Span]): Template {
  return svg`
    ${grid.cell < LEAST_CELL_PX ? nothing : svg`<path class="lines" d=${lines(grid, rows[1] - rows[0], columns[1] - columns[0], rows[0], columns[0])}></path>`}
    ${box(grid, [rows, columns], "border")}`;
}

function box(grid: Grid, [rows, columns]: readonly [Span, Span], name: string): Template {
  const [width, height] = [(columns[1] - columns[0]) * grid.cell, (rows[1] - rows[0]) * grid.cell];
  return svg`<rect class=${name} x=${left(grid, columns[0])} y=${top(grid, rows[0])} width=${width} height=${height}></rect>`;
}

/** Whether a grid shows its values as shades: its cells are drawn, but too small for numbers. */
export function isShaded(grid: Grid, texts: Texts): boolean {
  return grid.cell >= LEAST_CELL_PX && texts.longest > 0 && typeSize(grid.cell, texts.longest) === undefined;
}

function numbers(
  grid: Grid,
  [rows, columns]: readonly [Span, Span],
  texts: Texts,
  edited: (row: number, column: number) => boolean,
): Template {
  const size = typeSize(grid.cell, texts.longest);
  if (size === undefined || texts.longest === 0) return nothing;
  const found: SVGTemplateResult[] = [];
  const half = grid.cell / 2;
  for (let row = rows[0]; row < rows[1]; row += 1) {
    for (let column = columns[0]; column < columns[1]; column += 1) {
      const name = edited(row, column) ? "edited" : nothing;
      found.push(
        svg`<text class=${name} x=${left(grid, column) + half} y=${top(grid, row) + half}>${texts.at(row, column)}</text>`,
      );
    }
  }
  return svg`<g class="numbers" font-size=${size}>${found}</g>`;
}

/** Rows, columns and gaps that no window reads. */
function unread({ axes, possible }: Scene, grid: Grid): Template {
  if (!possible || grid.cell < LEAST_CELL_PX) return nothing;
  const [rows, columns] = axes.map((axis) => neverRead(axis, inputSpan(axis)));
  const path = cellsOf(grid)
    .filter(([row, column]) => rows?.[row - grid.firstRow] || columns?.[column - grid.firstColumn])
    .map(([row, column]) => square(grid, row, column))
    .join("");
  return path ? svg`<path class="unread" d=${path}></path>` : nothing;
}

/** Cells of a transposed convolution's stamps that its padding cuts off. */
function cutOff(grid: Grid, rows: number, columns: number): string {
  return cellsOf(grid)
    .filter(([row, column]) => !isWithin(row, rows) || !isWithin(column, columns))
    .map(([row, column]) => square(grid, row, column, 1))
    .join("");
}

function isWithin(index: number, length: number): boolean {
  return index >= 0 && index < length;
}

/** Every [row, column] of a grid. */
function cellsOf(grid: Grid): Span[] {
  return Array.from({ length: grid.rows * grid.columns }, (_, i) => [
    grid.firstRow + Math.floor(i / grid.columns),
    grid.firstColumn + (i % grid.columns),
  ]);
}

function wholeOf(grid: Grid): readonly [Span, Span] {
  return [
    [grid.firstRow, grid.firstRow + grid.rows],
    [grid.firstColumn, grid.firstColumn + grid.columns],
  ];
}

function isWeightEdited({ layer, sheet, filter, channel }: Scene, row: number, column: number): boolean {
  return sheet.weight.has([...weightIndex(layer, filter, channel), row, column].join("."));
}

function isEdited({ sheet }: Scene, row: number, column: number, channel: number): boolean {
  return sheet.input.has(`${channel}.${row}.${column}`);
}
