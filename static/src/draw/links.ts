// What belongs to what: the cells of every grid that have to do with the one that is pointed at.

import { type SVGTemplateResult, svg } from "lit";
import { taps } from "../lib/geometry.ts";
import { isConvolution } from "../lib/layer.ts";
import type { Cell } from "../lib/walk.ts";
import type { Layout, Part, Point } from "./layout.ts";
import { square } from "./marks.ts";
import type { Scene } from "./scene.ts";

/** More cells than this are not marked one by one. */
const MOST_LINKED = 2500;

/** What belongs to the cell that is pointed at, on every grid. */
export function linked(scene: Scene, layout: Layout, current: Cell, point: Point): SVGTemplateResult {
  const paths = linksOf(scene, layout, current, point);
  return svg`
    <path class="linked" data-idea="input" d=${paths.input}></path>
    <path class="linked" data-idea="kernel" d=${paths.kernel + paths.bias}></path>
    <path class="linked" data-idea="output" d=${paths.output}></path>`;
}

function linksOf(scene: Scene, layout: Layout, current: Cell, point: Point): Record<Part, string> {
  const marked: Point[] = [point];
  if (scene.possible) {
    if (point.part === "input")
      marked.push(...readersOf(scene, point), ...weightsUnder(scene, current, point));
    if (point.part === "kernel") marked.push(...cellsUnder(scene, current, point));
    if (point.part === "bias") marked.push({ part: "output", ...current });
    if (point.part === "output") marked.push(...cellsUnder(scene, point));
  }
  const paths = { input: "", kernel: "", bias: "", output: "" };
  if (marked.length > MOST_LINKED) return paths;
  for (const { part, row, column } of marked) paths[part] += square(layout[part], row, column, 1);
  return paths;
}

/** The output cells whose windows hold an input cell. */
export function readersOf({ axes }: Scene, cell: Cell): Point[] {
  const [rows, columns] = axes.map((axis, i) => {
    const wanted = i === 0 ? cell.row : cell.column;
    const indices = Array.from({ length: axis.output }, (_, index) => index);
    return indices.filter((index) => taps(axis, index).some((tap) => tap.cell === wanted));
  });
  return (rows ?? []).flatMap((row) =>
    (columns ?? []).map((column) => ({ part: "output", row, column }) as const),
  );
}

/** The weight that an input cell meets at an output cell, if any. */
function weightsUnder({ axes, layer }: Scene, output: Cell, cell: Cell): Point[] {
  if (!isConvolution(layer)) return [];
  const down = taps(axes[0], output.row).find((tap) => tap.cell === cell.row);
  const across = taps(axes[1], output.column).find((tap) => tap.cell === cell.column);
  return down && across ? [{ part: "kernel", row: down.weight, column: across.weight }] : [];
}

/** The input cells that make an output cell; with a place of the kernel, only the one it meets. */
export function cellsUnder({ axes }: Scene, output: Cell, weight?: Cell): Point[] {
  const [rows, columns] = axes;
  if (output.row < 0 || output.column < 0 || output.row >= rows.output || output.column >= columns.output)
    return [];
  const down = taps(rows, output.row).filter((tap) => weight === undefined || tap.weight === weight.row);
  const across = taps(columns, output.column).filter(
    (tap) => weight === undefined || tap.weight === weight.column,
  );
  return down.flatMap(({ cell: row }) =>
    across.map(({ cell: column }) => ({ part: "input", row, column }) as const),
  );
}
