// One axis as a line of cells with the windows under it: what is padding, what is read, what never is.

import { nothing, type SVGTemplateResult, svg } from "lit";
import { type Axis, start } from "../lib/geometry.ts";
import { inputSpan, neverRead, type Span } from "./layout.ts";

const CELL_PX = 15;
const WINDOW_PX = 5;
/** Windows that overlap are drawn on this many lines at most, then over each other. */
const MOST_LINES = 4;
export const MOST_RULER_CELLS = 48;

/** How wide a ruler is that has to hold these axes, and where cell 0 lies in it. */
export function rulerSpan(axes: readonly Axis[]): Span {
  const spans = axes.map(inputSpan);
  const first = Math.min(...spans.map((span) => span.first));
  return { first, count: Math.max(...spans.map((span) => span.first + span.count)) - first };
}

export function ruler(axis: Axis, span: Span): SVGTemplateResult {
  const own = inputSpan(axis);
  const unread = neverRead(axis, own);
  const levels = Math.min(MOST_LINES, Math.ceil(axis.extent / axis.stride));
  const height = CELL_PX + 4 + levels * WINDOW_PX + 2;
  const width = span.count * CELL_PX + 2;
  return svg`
    <svg class="ruler" width=${width} height=${height} viewBox="0 0 ${width} ${height}" aria-hidden="true">
      ${Array.from({ length: own.count }, (_, i) => cell(axis, i + own.first, span.first, unread[i] ?? false))}
      ${Array.from({ length: axis.output }, (_, i) => bracket(axis, i, span.first, i % levels))}
    </svg>`;
}

function cell(axis: Axis, index: number, first: number, isUnread: boolean) {
  const name = index >= 0 && index < axis.size ? "own" : index < axis.size + axis.after ? "pad" : "past";
  const x = (index - first) * CELL_PX + 1;
  const inset = name === "own" ? 0 : 1;
  const side = CELL_PX - 2 * inset;
  return svg`
    <rect class=${name} x=${x + inset} y=${1 + inset} width=${side} height=${side}></rect>
    ${isUnread ? svg`<rect class="unread" x=${x} y="1" width=${CELL_PX} height=${CELL_PX}></rect>` : nothing}`;
}

function bracket(axis: Axis, index: number, first: number, level: number) {
  const x = (start(axis, index) - first) * CELL_PX + 2.5;
  const y = CELL_PX + 5 + level * WINDOW_PX;
  return svg`<path class="reach" d="M${x} ${y - 2}v3h${axis.extent * CELL_PX - 3}v-3"></path>`;
}
