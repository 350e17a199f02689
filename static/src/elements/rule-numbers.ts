// The rules that the server has written as MathML: which of them is shown, and the numbers of the step in their places.

import { figures } from "../lib/numbers.ts";
import type { Track } from "../lib/race.ts";
import type { Racer } from "../lib/racers.ts";
import type { Point } from "../lib/surfaces.ts";

export interface RuleNumbers {
  /** Shows the rule of a track with the numbers of the step that leads on from `step`. */
  readonly show: (track: Track, step: number) => void;
  /** Which racers can be chosen. */
  readonly offer: (racers: readonly Racer[]) => void;
}

export function ruleNumbers(root: HTMLElement, choose: (racer: Racer) => void): RuleNumbers {
  const choices = [...root.querySelectorAll<HTMLInputElement>('input[name="shown"]')];
  for (const choice of choices) choice.addEventListener("change", () => choose(choice.value as Racer));

  return {
    show: (track, step) => {
      for (const section of root.querySelectorAll<HTMLElement>("section[data-racer]")) {
        const isShown = section.dataset["racer"] === track.racer;
        section.classList.toggle("shown", isShown);
        if (isShown) fill(section, track, step);
      }
      for (const choice of choices) choice.checked = choice.value === track.racer;
    },
    offer: (racers) => {
      for (const choice of choices) {
        const label = choice.closest("label");
        if (label) label.hidden = !racers.includes(choice.value as Racer);
      }
    },
  };
}

function fill(section: HTMLElement, track: Track, step: number): void {
  const numbers = numbersOf(track, step);
  section.toggleAttribute("data-ended", numbers === undefined);
  section.toggleAttribute("data-decays", track.options.weightDecay > 0);
  if (!numbers) return;
  for (const place of section.querySelectorAll<HTMLElement>("[data-number]")) {
    const text = figures(numbers[place.dataset["number"] ?? ""] ?? Number.NaN);
    const target = place.firstElementChild ?? place;
    if (target.textContent !== text) target.textContent = text;
  }
}

/** Everything that a rule may name, by its name; undefined where there is no next step. */
export function numbersOf(track: Track, step: number): Record<string, number> | undefined {
  const [now, next] = [track.moments[step], track.moments[step + 1]];
  if (!now || !next) return undefined;
  const { options } = track;
  const vectors: Record<string, Point> = {
    theta: now.theta,
    "theta-new": next.theta,
    gradient: now.gradient,
    g: each(next.memory, ({ gradient }) => gradient),
    v: each(now.memory, ({ velocity }) => velocity),
    "v-new": each(next.memory, ({ velocity }) => velocity),
    m: each(now.memory, ({ mean }) => mean),
    "m-new": each(next.memory, ({ mean }) => mean),
    s: each(now.memory, ({ squares }) => squares),
    "s-new": each(next.memory, ({ squares }) => squares),
    u: each(next.memory, ({ direction }) => direction),
  };
  const [beta1, beta2] = options.betas;
  return {
    ...Object.fromEntries(
      Object.entries(vectors).flatMap(([name, [one, other]]) => [
        [`${name}-1`, one],
        [`${name}-2`, other],
      ]),
    ),
    eta: options.lr,
    mu: options.momentum,
    lambda: options.weightDecay,
    alpha: options.alpha,
    rest: 1 - options.alpha,
    beta1,
    rest1: 1 - beta1,
    beta2,
    rest2: 1 - beta2,
    time: step + 1,
  };
}

function each<Kind>([one, other]: readonly [Kind, Kind], of: (memory: Kind) => number): Point {
  return [of(one), of(other)];
}
