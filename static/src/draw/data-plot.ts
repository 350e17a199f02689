// The examples behind the real loss, which of them the next step reads, and the line that each racer has come to.

import { nothing, type SVGTemplateResult, svg } from "lit";
import { batchAt } from "../lib/batches.ts";
import { EXAMPLES } from "../lib/line-fit.ts";
import { isBatched, type Plan, type Track } from "../lib/race.ts";
import type { Point } from "../lib/surfaces.ts";

export const PLOT = { width: 280, height: 96 };
const REACH: Point = [4.2, 4.8];
const MARGIN = 5;

export function dataPlot(plan: Plan, tracks: readonly Track[], step: number): SVGTemplateResult {
  const read = new Set(isBatched(plan) ? batchAt(plan.batchSize, plan.seed, step) : EXAMPLES.keys());
  return svg`
    <path class="axis" d=${`M${MARGIN} ${MARGIN}V${PLOT.height - MARGIN}H${PLOT.width - MARGIN}`}></path>
    ${tracks.map(({ racer, moments }) => {
      const [slope, intercept] = moments[step]?.theta ?? [0, 0];
      if (!moments[step]) return nothing;
      const [x1, y1] = place([0, intercept]);
      const [x2, y2] = place([REACH[0], slope * REACH[0] + intercept]);
      return svg`<path class="curve" data-racer=${racer} d=${`M${x1} ${y1}L${x2} ${y2}`}></path>`;
    })}
    ${EXAMPLES.map((example, index) => {
      const [x, y] = place(example);
      return svg`<circle class=${read.has(index) ? "read" : "unread"} cx=${x} cy=${y} r="3"></circle>`;
    })}`;
}

function place([x, y]: Point): readonly [string, string] {
  const across = MARGIN + (x / REACH[0]) * (PLOT.width - 2 * MARGIN);
  const down = PLOT.height - MARGIN - (y / REACH[1]) * (PLOT.height - 2 * MARGIN);
  return [across.toFixed(1), down.toFixed(1)];
}
