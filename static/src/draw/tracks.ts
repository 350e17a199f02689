// What runs over the landscape: paths so far, the racers at their heads, and the steepest way down from one of them.

import { nothing, type SVGTemplateResult, svg } from "lit";
import type { Track } from "../lib/race.ts";
import type { Point, Surface } from "../lib/surfaces.ts";
import { type Frame, placed, pointAt, ticks } from "./frame.ts";
import { marker } from "./markers.ts";

/** Pixels beyond which a path need not be exact. */
const BEYOND = 4000;
const ARROW_PX = 44;
/** How far inside the edge a racer is drawn that is outside. */
const INSET_PX = 9;

export function paths(tracks: readonly Track[], frame: Frame, step: number): SVGTemplateResult {
  const lines = tracks.map(({ racer, moments }) => {
    const points = moments
      .slice(0, step + 1)
      .map(({ theta }) => near(placed(frame, theta)).map(short).join(" "));
    return { racer, line: `M${points.join("L")}`, dots: points.map((point) => `M${point}h0`).join("") };
  });
  return svg`
    ${lines.map(({ line }) => svg`<path class="halo" d=${line}></path>`)}
    ${lines.map(
      ({ racer, line, dots }) => svg`
        <path class="track" data-racer=${racer} d=${line}></path>
        <path class="steps" data-racer=${racer} d=${dots}></path>`,
    )}`;
}

/** Each racer's marker where it is; at the edge where that is outside the picture. */
export function heads(tracks: readonly Track[], frame: Frame, step: number): SVGTemplateResult {
  return svg`${tracks.map(({ racer, moments }) => {
    const moment = moments[step] ?? moments.at(-1);
    if (!moment) return nothing;
    const [x, y] = placed(frame, moment.theta);
    const [right, bottom] = [frame.width - INSET_PX, frame.height - INSET_PX];
    return marker(racer, clamp(x, INSET_PX, right), clamp(y, INSET_PX, bottom));
  })}`;
}

/** An arrow along −∇J, of the same length however steep it is. */
export function downhill(track: Track, frame: Frame, step: number): SVGTemplateResult | typeof nothing {
  const moment = track.moments[step];
  if (!moment) return nothing;
  const [across, up] = moment.gradient;
  const steepness = Math.hypot(across, up);
  const [x, y] = placed(frame, moment.theta);
  if (steepness < 1e-9 || x < 0 || y < 0 || x > frame.width || y > frame.height) return nothing;
  const angle = (Math.atan2(up, -across) * 180) / Math.PI;
  return svg`<path class="downhill" transform=${`translate(${short(x)} ${short(y)}) rotate(${short(angle)})`}
    d=${`M8 0H${ARROW_PX}m-6 -4l6 4l-6 4`}></path>`;
}

/** The lowest points, and numbers along the lower and the left edge. */
export function bearings(surface: Surface, frame: Frame): SVGTemplateResult {
  const { width, height } = frame;
  const [left, top] = pointAt(frame, 0, 0);
  const [right, bottom] = pointAt(frame, width, height);
  const across = ticks(left, right, width).map((value) => ({ value, x: placed(frame, [value, 0])[0] }));
  const up = ticks(bottom, top, height).map((value) => ({ value, y: placed(frame, [0, value])[1] }));
  return svg`
    ${surface.lowest.map((point) => {
      const [x, y] = placed(frame, point);
      return svg`<path class="lowest" d=${`M${short(x - 6)} ${short(y)}h12m-6 -6v12`}></path>`;
    })}
    ${across
      .filter(({ x }) => x > 26 && x < width - 30)
      .map(
        ({ value, x }) =>
          svg`<text class="tick" x=${short(x)} y=${height - 6} text-anchor="middle">${label(value)}</text>`,
      )}
    ${up
      .filter(({ y }) => y > 26 && y < height - 22)
      .map(({ value, y }) => svg`<text class="tick" x="5" y=${short(y + 4)}>${label(value)}</text>`)}
    <text class="tick name" x=${width - 6} y=${height - 6} text-anchor="end">θ₁</text>
    <text class="tick name" x="5" y="16">θ₂</text>`;
}

function label(value: number): string {
  return String(Math.round(value * 1000) / 1000).replace("-", "−");
}

function near([x, y]: Point): [number, number] {
  return [clamp(x, -BEYOND, BEYOND), clamp(y, -BEYOND, BEYOND)];
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

function short(value: number): string {
  return value.toFixed(1);
}
