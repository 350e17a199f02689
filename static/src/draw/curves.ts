// J step by step, as a small chart: heights as logarithms, one line for each racer, up to the present step.

import { type SVGTemplateResult, svg } from "lit";
import { figures } from "../lib/numbers.ts";
import type { Plan, Track } from "../lib/race.ts";
import { surfaces } from "../lib/surfaces.ts";
import { marker } from "./markers.ts";

export const CHART = { width: 320, height: 132 };
const LEFT = 46;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 18;
/** Below this share of the start's height everything is drawn on the floor. */
const FLOOR = 1e-6;

export function curves(plan: Plan, tracks: readonly Track[], step: number): SVGTemplateResult {
  const { height: heightOf, lowest } = surfaces[plan.surface];
  const start = heightOf(plan.start);
  const reached = tracks.flatMap(({ moments }) =>
    moments.slice(0, plan.steps + 1).map(({ height }) => height),
  );
  const top = powerOf(Math.max(start, Math.min(10 * start, Math.max(...reached)), 1e-9), Math.ceil);
  const floor = powerOf(Math.max(top * FLOOR, Math.min(...lowest.map(heightOf))), Math.floor);
  const x = (index: number) => LEFT + (index / plan.steps) * (CHART.width - LEFT - RIGHT);
  const y = (height: number) => {
    const share = Math.log(Math.min(top, Math.max(floor, height)) / floor) / Math.log(top / floor);
    return TOP + (1 - share) * (CHART.height - TOP - BOTTOM);
  };
  return svg`
    <path class="axis" d=${`M${LEFT} ${TOP}V${CHART.height - BOTTOM}H${CHART.width - RIGHT}`}></path>
    <path class="now" d=${`M${x(step).toFixed(1)} ${TOP}V${CHART.height - BOTTOM}`}></path>
    <text x=${LEFT - 4} y=${TOP + 4} class="end">${figures(top)}</text>
    <text x=${LEFT - 4} y=${CHART.height - BOTTOM + 2} class="end">${figures(floor)}</text>
    <text x=${LEFT} y=${CHART.height - 3}>0</text>
    <text x=${CHART.width - RIGHT} y=${CHART.height - 3} class="end">${plan.steps}</text>
    ${tracks.map(({ racer, moments }) => {
      const seen = moments.slice(0, Math.min(step, plan.steps) + 1);
      const points = seen.map(({ height }, index) => `${x(index).toFixed(1)} ${y(height).toFixed(1)}`);
      const last = seen.at(-1);
      return svg`
        <path class="curve" data-racer=${racer} d=${`M${points.join("L")}`}></path>
        ${last ? marker(racer, x(seen.length - 1), y(last.height)) : ""}`;
    })}`;
}

/** The power of ten next to a value. */
function powerOf(value: number, round: (exponent: number) => number): number {
  return 10 ** round(Math.log10(value));
}
