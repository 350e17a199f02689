// The parts of the stage as things with names: their size, what may be edited, what their cells are called and hold.

import { t } from "../lib/i18n.ts";
import { isConvolution } from "../lib/layer.ts";
import { rounded } from "../lib/numbers.ts";
import { biasAt, inputAt } from "../lib/sheet.ts";
import { weightBetween } from "../lib/walkthrough.ts";
import type { Part, Point } from "./layout.ts";
import type { Scene } from "./scene.ts";

/** Rows and columns of a part that hold numbers. */
export function sizeOf(scene: Scene, part: Part): { rows: number; columns: number } {
  const { layer, axes, possible } = scene;
  const [rows, columns] = axes;
  if (part === "input") return { rows: layer.height, columns: layer.width };
  if (part === "output")
    return possible ? { rows: rows.output, columns: columns.output } : { rows: 0, columns: 0 };
  if (!isConvolution(layer) || (part === "bias" && !layer.bias)) return { rows: 0, columns: 0 };
  return part === "bias" ? { rows: 1, columns: 1 } : { rows: rows.kernel, columns: columns.kernel };
}

export function isDrawn(scene: Scene, part: Part): boolean {
  return part === "input" || sizeOf(scene, part).rows > 0;
}

export function isEditable(scene: Scene | undefined, { part, row, column }: Point): boolean {
  if (!scene || part === "output") return false;
  const { rows, columns } = sizeOf(scene, part);
  return row >= 0 && column >= 0 && row < rows && column < columns;
}

/** The number of a cell that may be edited, in full. */
export function numberAt({ layer, sheet, channel, filter }: Scene, { part, row, column }: Point): number {
  if (part === "bias") return biasAt(sheet, filter);
  return part === "input"
    ? inputAt(sheet, channel, row, column)
    : weightBetween(layer, sheet, filter, channel)(row, column);
}

/** Where a cell is and what it holds; the reading line says what it does. */
export function cellName(scene: Scene, { part, row, column }: Point): string {
  if (part === "bias") return rounded(biasAt(scene.sheet, scene.filter));
  const texts = { input: scene.inputTexts, kernel: scene.kernelTexts, output: scene.outputTexts }[part];
  return `${t("row {row}, column {column}", { row, column })}: ${texts.at(row, column)}`;
}

export function gridName(scene: Scene, part: Part): string {
  if (part === "input") return t("Input, channel {channel}", { channel: scene.channel });
  if (part === "kernel")
    return t("Kernel between input channel {channel} and filter {filter}", {
      channel: scene.channel,
      filter: scene.filter,
    });
  if (part === "bias") return t("Bias of filter {filter}", { filter: scene.filter });
  return t("Output, channel {channel}", { channel: scene.filter });
}
