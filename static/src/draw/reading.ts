// The sentences of the reading line: the arithmetic of one output cell, and what the cell is that is pointed at.

import { t } from "../lib/i18n.ts";
import { isConvolution } from "../lib/layer.ts";
import { factor, rounded } from "../lib/numbers.ts";
import { biasAt } from "../lib/sheet.ts";
import type { Cell as Place } from "../lib/walk.ts";
import {
  type Cell,
  explain,
  type Meeting,
  MOST_PRODUCTS,
  productsPerCell,
  valueAt,
} from "../lib/walkthrough.ts";
import type { Point } from "./layout.ts";
import { readersOf } from "./links.ts";
import type { Scene } from "./scene.ts";

/** More terms than this are cut with an ellipsis in a line; the table beside the stage has them all. */
const MOST_TERMS = 9;

/** The output cell written out, or undefined where there is none or too much of it. */
export function explainAt(scene: Scene, { row, column }: Place): Cell | undefined {
  const { layer, axes, sheet, filter, possible } = scene;
  if (!possible || productsPerCell(layer, axes) > MOST_PRODUCTS) return undefined;
  return explain(layer, axes, sheet, filter, row, column);
}

/** "row 2, column 1: 3·1 + 0·(−1) + … + bias 1 = 7" */
export function cellSentence(scene: Scene, place: Place): string {
  const cell = explainAt(scene, place);
  if (!cell) return "";
  return `${t("row {row}, column {column}", { row: place.row, column: place.column })}: ${arithmetic(scene, cell)}`;
}

function arithmetic({ layer }: Scene, cell: Cell): string {
  const meetings = cell.shares.flatMap((share) => share.meetings);
  const value = rounded(cell.value);
  if (layer.operation === "max_pool2d") {
    const read = meetings.filter((meeting) => meeting.value !== null);
    return `max(${list(
      read.map((meeting) => rounded(meeting.value ?? 0)),
      ", ",
    )}) = ${value}`;
  }
  if (cell.divisor !== null) {
    const read = list(
      meetings.filter((meeting) => meeting.value !== null).map((meeting) => factor(meeting.value ?? 0)),
      " + ",
    );
    return `(${read}) / ${cell.divisor} = ${value}`;
  }
  const terms = list(meetings.map(product), " + ") || "0";
  const bias = cell.bias === null ? "" : ` + ${t("bias")} ${factor(cell.bias)}`;
  return `${terms}${bias} = ${value}`;
}

export function product({ value, weight }: Meeting): string {
  return `${factor(value ?? 0)}·${factor(weight ?? 1)}`;
}

function list(terms: readonly string[], between: string): string {
  if (terms.length <= MOST_TERMS) return terms.join(between);
  return [...terms.slice(0, MOST_TERMS - 2), "…", terms.at(-1)].join(between);
}

/** What is at a point, and what it does: for the reading line and for those who hear the page. */
export function pointSentence(scene: Scene, current: Place, point: Point): string {
  if (point.part === "output") return outputSentence(scene, point);
  if (point.part === "bias") return biasSentence(scene);
  return point.part === "input"
    ? inputSentence(scene, current, point)
    : weightSentence(scene, current, point);
}

function outputSentence(scene: Scene, point: Point): string {
  const [rows, columns] = scene.axes;
  const { row, column } = point;
  if (row < 0 || column < 0 || row >= rows.output || column >= columns.output) {
    return t("The padding cuts this cell off the output.");
  }
  return cellSentence(scene, point) || t("output row {row}, column {column}", { row, column });
}

function inputSentence(scene: Scene, current: Place, { row, column }: Point): string {
  const { layer, sheet, channel, possible } = scene;
  const value = valueAt(layer, sheet, channel, row, column);
  const isInside = row >= 0 && column >= 0 && row < layer.height && column < layer.width;
  const number = value === null ? "–" : rounded(value);
  const what = isInside
    ? t("input row {row}, column {column} is {number}", { row, column, number })
    : t("padding, {number}", { number });
  if (!possible) return what;
  const readers = readersOf(scene, { row, column }).length;
  const meeting = meetingAt(scene, current, (each) => each.row === row && each.column === column);
  const here =
    meeting?.weight == null ? "" : `; ${t("here")} ${product(meeting)} = ${rounded(meeting.product)}`;
  const read =
    readers === 0 ? t("no output cell reads it") : t("output cells that read it: {readers}", { readers });
  return `${what}; ${read}${here}`;
}

function weightSentence(scene: Scene, current: Place, { row, column }: Point): string {
  const number = scene.kernelTexts.at(row, column);
  const what = t("kernel row {row}, column {column} is {number}", { row, column, number });
  const meeting = meetingAt(scene, current, (each) => each.kernelRow === row && each.kernelColumn === column);
  return meeting ? `${what}; ${t("here")} ${product(meeting)} = ${rounded(meeting.product)}` : what;
}

function biasSentence({ sheet, filter }: Scene): string {
  const number = rounded(biasAt(sheet, filter));
  return t("bias of filter {filter} is {number}; it is added to every cell of the map", { filter, number });
}

function meetingAt(scene: Scene, current: Place, wanted: (meeting: Meeting) => boolean): Meeting | undefined {
  const share = explainAt(scene, current)?.shares.find(({ channel }) => channel === scene.channel);
  return share?.meetings.find(wanted);
}

export function impossibleSentence(): string {
  return t("This layer is impossible: no output can be drawn.");
}

/** One sentence for the whole figure. */
export function figureSentence({ layer, axes, possible }: Scene): string {
  const [rows, columns] = axes;
  if (!possible) return impossibleSentence();
  const sizes = {
    kernel: `${rows.kernel} × ${columns.kernel}`,
    input: `${layer.height} × ${layer.width}`,
    output: `${rows.output} × ${columns.output}`,
    rows: rows.stride,
    columns: columns.stride,
  };
  if (rows.kind === "stamp") {
    return t(
      "Every input cell of {input} stamps a {kernel} kernel, {rows} down and {columns} across from the last; the sum is {output}.",
      sizes,
    );
  }
  if (rows.kind === "share")
    return t("The {input} input is divided into {output} windows, and each becomes its mean.", sizes);
  return isConvolution(layer)
    ? t(
        "A {kernel} kernel slides over the {input} input, {rows} down and {columns} across at a time; the output is {output}.",
        sizes,
      )
    : t(
        "A {kernel} window slides over the {input} input, {rows} down and {columns} across at a time; the output is {output}.",
        sizes,
      );
}
