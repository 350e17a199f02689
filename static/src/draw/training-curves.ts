// Curves over steps or epochs, as SVG in CSS pixels: axes with round numbers, a line for each series, and where is read.

import { nothing, type SVGTemplateResult, svg } from "lit";
import { t } from "../lib/i18n.ts";
import { figures } from "../lib/numbers.ts";
import { ticks } from "./frame.ts";

export type Dot = readonly [x: number, y: number | null];

export interface Line {
  /** What tells it apart in the style sheet: raw, training, test. */
  readonly kind: string;
  readonly racer?: string;
  /** Tells runs of one optimizer apart. */
  readonly dash?: number;
  readonly dots: readonly Dot[];
  /** Whether each dot is marked. */
  readonly marked?: boolean;
}

export interface Chart {
  readonly width: number;
  readonly height: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
  readonly lines: readonly Line[];
  readonly written: (value: number) => string;
  /** Where the reading line reads. */
  readonly at?: number | undefined;
}

const LEFT = 44;
const RIGHT = 12;
const ABOVE = 8;
const BELOW = 20;
/** Between charts, as the style sheet has it. */
const GAP = 24;
/** More dots are not told apart. */
const MOST_MARKS = 40;

export function curves(chart: Chart): SVGTemplateResult {
  const { width, height, right, bottom, top, lines, written, at } = chart;
  const [across, down] = [width - LEFT - RIGHT, height - ABOVE - BELOW];
  const x = (value: number) => LEFT + (value / (right || 1)) * across;
  const y = (value: number) => {
    const share = (Math.min(top, Math.max(bottom, value)) - bottom) / (top - bottom || 1);
    return ABOVE + (1 - share) * down;
  };
  return svg`
    ${ticks(bottom, top, down * 1.6).map(
      (value) => svg`
        <path class="grid" d=${`M${LEFT} ${y(value).toFixed(1)}H${width - RIGHT}`}></path>
        <text class="end" x=${LEFT - 6} y=${(y(value) + 4).toFixed(1)}>${written(value)}</text>`,
    )}
    ${ticks(0, right, across).map((value) =>
      Number.isInteger(value) || right < 1
        ? svg`<text class="middle" x=${x(value).toFixed(1)} y=${height - 5}>${figures(value)}</text>`
        : nothing,
    )}
    <path class="axis" d=${`M${LEFT} ${ABOVE}V${height - BELOW}H${width - RIGHT}`}></path>
    ${at === undefined ? nothing : svg`<path class="now" d=${`M${x(at).toFixed(1)} ${ABOVE}V${height - BELOW}`}></path>`}
    ${lines.map((line) => drawn(line, across, x, y))}`;
}

/** How wide each of some charts is in a room: side by side, or as wide as it on a phone. */
export function beside(room: number, count: number): number {
  return room < 600 ? room : Math.floor((room - (count - 1) * GAP) / count);
}

/** The value of x under a place across the picture. */
export function valueAt({ width, right }: Pick<Chart, "width" | "right">, place: number): number {
  return Math.max(0, Math.min(right, ((place - LEFT) / (width - LEFT - RIGHT)) * right));
}

function drawn(
  { kind, racer, dash, dots, marked }: Line,
  across: number,
  x: (value: number) => number,
  y: (value: number) => number,
): SVGTemplateResult {
  const shown = thinned(dots, Math.max(40, Math.floor(across / 1.5)));
  let path = "";
  let isDown = false;
  for (const [left, value] of shown) {
    if (value !== null) path += `${isDown ? "L" : "M"}${x(left).toFixed(1)} ${y(value).toFixed(1)}`;
    isDown = value !== null;
  }
  const marks = marked && shown.length <= MOST_MARKS ? shown : shown.length === 1 ? shown : [];
  return svg`
    <path class="curve ${kind}" data-racer=${racer ?? nothing} data-line=${dash ?? nothing} d=${path}></path>
    ${marks.map(([left, value]) =>
      value === null
        ? nothing
        : svg`<circle class="dot ${kind}" data-racer=${racer ?? nothing} cx=${x(left).toFixed(1)} cy=${y(value).toFixed(1)} r="2.5"></circle>`,
    )}`;
}

/** At most `most` dots: means over neighbours. A gap among them stays one. */
export function thinned(dots: readonly Dot[], most: number): readonly Dot[] {
  if (dots.length <= most) return dots;
  const size = dots.length / most;
  return Array.from({ length: most }, (_, index) => {
    const some = dots.slice(Math.floor(index * size), Math.floor((index + 1) * size));
    const known = some.flatMap(([, value]) => (value === null ? [] : [value]));
    const middle = some.reduce((sum, [left]) => sum + left, 0) / some.length;
    return [middle, known.length === some.length ? known.reduce((a, b) => a + b, 0) / known.length : null];
  });
}

/** What a chart's caption says where values are cut off at its top; nothing where none are. */
export function cutNote(lines: readonly Line[], top: number, written: (value: number) => string): string {
  const highest = topOf(
    lines.flatMap(({ dots }) => dots),
    top,
  );
  return highest > top ? t("(higher values are drawn at {top})", { top: written(top) }) : "";
}

/** The largest of some values that are there, at least `least`. */
export function topOf(dots: Iterable<Dot>, least: number): number {
  let top = least;
  for (const [, value] of dots) if (value !== null && value > top) top = value;
  return top;
}
