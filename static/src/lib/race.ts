// A race: several optimizers from one start, each step's numbers kept, until one is so far away that nothing can be shown.

import { batchAt } from "./batches.ts";
import { EXAMPLES, fitGradient } from "./line-fit.ts";
import { type Memory, memoryOf, type Options, step } from "./optimizers.ts";
import { optionsOf, type Racer, ruleOf, type Shared } from "./racers.ts";
import { curvature, type Point, type Surface, type SurfaceName, surfaces } from "./surfaces.ts";

export interface Plan {
  readonly surface: SurfaceName;
  readonly start: Point;
  readonly rates: readonly (readonly [Racer, number])[];
  readonly shared: Shared;
  readonly steps: number;
  /** Examples a gradient is the mean over; only of the surface that has examples. */
  readonly batchSize: number;
  readonly seed: number;
}

/** Where a racer is after some steps; everything finite. */
export interface Moment {
  readonly theta: Point;
  /** J(θ), over all examples. */
  readonly height: number;
  /** ∇J(θ) of the batch that the next step reads. */
  readonly gradient: Point;
  readonly memory: readonly [Memory, Memory];
}

export interface Track {
  readonly racer: Racer;
  readonly options: Options;
  /** By step, from the start; one more than the plan's steps, or fewer where the racer went off. */
  readonly moments: readonly Moment[];
  /** Of who went off: the first step outside the picture, and the curvature where it was before. */
  readonly off: { readonly step: number; readonly curvature: number } | undefined;
}

/** Further than this many times the picture's size from its middle is off, not to be followed. */
const FAR = 20;

export function race(plan: Plan): readonly Track[] {
  return plan.rates.map(([racer, lr]) => run(plan, racer, optionsOf(racer, lr, plan.shared)));
}

function run(plan: Plan, racer: Racer, options: Options): Track {
  const rule = ruleOf(racer);
  const surface = surfaces[plan.surface];
  const moments: Moment[] = [];
  let memory: readonly [Memory, Memory] = [
    memoryOf(rule, plan.start[0], options),
    memoryOf(rule, plan.start[1], options),
  ];
  for (let index = 0; index <= plan.steps + 1; index += 1) {
    const theta: Point = [memory[0].theta, memory[1].theta];
    if (isFar(surface, theta)) return { racer, options, moments, off: leaving(surface, moments, options) };
    const gradient = gradientAt(plan, theta, index);
    moments.push({ theta, height: surface.height(theta), gradient, memory });
    memory = [step(rule, memory[0], gradient[0], options), step(rule, memory[1], gradient[1], options)];
  }
  return { racer, options, moments, off: undefined };
}

/** Whether gradients are of batches rather than of the whole loss. */
export function isBatched({ surface, batchSize }: Pick<Plan, "surface" | "batchSize">): boolean {
  return surface === "line" && batchSize < EXAMPLES.length;
}

function gradientAt(plan: Plan, theta: Point, index: number): Point {
  return isBatched(plan)
    ? fitGradient(theta, batchAt(plan.batchSize, plan.seed, index))
    : surfaces[plan.surface].gradient(theta);
}

function isFar({ view }: Surface, theta: Point): boolean {
  return !view.every(([least, most], axis) => {
    const distance = Math.abs((theta[axis] ?? Number.NaN) - (least + most) / 2);
    return distance <= FAR * (most - least);
  });
}

function isShown({ view }: Surface, theta: Point): boolean {
  return view.every(([least, most], axis) => {
    const at = theta[axis] ?? Number.NaN;
    return at >= least && at <= most;
  });
}

function leaving(surface: Surface, moments: readonly Moment[], { weightDecay }: Options): Track["off"] {
  const last = moments.findLastIndex(({ theta }) => isShown(surface, theta));
  const from = moments[Math.max(0, last)];
  return { step: last + 1, curvature: from ? curvature(surface, from.theta) + weightDecay : 0 };
}

/** Those that are still there at a step, the lowest first. */
export function standings(tracks: readonly Track[], index: number): readonly Track[] {
  return tracks
    .filter(({ moments }) => moments[index])
    .sort((a, b) => (a.moments[index]?.height ?? 0) - (b.moments[index]?.height ?? 0));
}

/** How much of its way down a racer must have come to have arrived. */
const ARRIVED = 0.99;

/** Who came 99 % of the way from the start's height to the least first, and at which step; undefined if nobody did. */
export function winner(plan: Plan, tracks: readonly Track[]): { track: Track; step: number } | undefined {
  const surface = surfaces[plan.surface];
  const least = Math.min(...surface.lowest.map(surface.height));
  const enough = least + (1 - ARRIVED) * (surface.height(plan.start) - least);
  const arrivals = tracks.flatMap((track) => {
    const at = track.moments.slice(0, plan.steps + 1).findIndex(({ height }) => height <= enough);
    return at > 0 ? [{ track, step: at }] : [];
  });
  return arrivals.sort((a, b) => a.step - b.step)[0];
}
