// The sentences of a race: who leads, who went off and why, and what the figure shows.

import { t } from "../lib/i18n.ts";
import { figures } from "../lib/numbers.ts";
import { isBatched, type Plan, standings, type Track, winner } from "../lib/race.ts";
import { NAMES } from "../lib/racers.ts";
import { type Point, surfaces } from "../lib/surfaces.ts";

export function pointWords([x, y]: Point): string {
  return `(${figures(x)}, ${figures(y)})`;
}

/** "Step 12: Adam is lowest, J = 0.5 at θ = (1, 0.2)." with who has won and who has gone off until then. */
export function stepSentence(plan: Plan, tracks: readonly Track[], step: number): string {
  const sentences = [
    leaderSentence(plan, tracks, step),
    winnerSentence(plan, tracks, step),
    offSentences(tracks, step),
  ];
  return sentences.filter(Boolean).join(" ");
}

export function leaderSentence(plan: Plan, tracks: readonly Track[], step: number): string {
  if (step === 0) {
    return t("Step 0: all start at θ = {theta}, J = {height}.", {
      theta: pointWords(plan.start),
      height: figures(surfaces[plan.surface].height(plan.start)),
    });
  }
  const first = standings(tracks, step)[0];
  const moment = first?.moments[step];
  if (!first || !moment) return t("Step {step}: none is left in the picture.", { step });
  const values = {
    step,
    name: NAMES[first.racer],
    height: figures(moment.height),
    theta: pointWords(moment.theta),
  };
  return t("Step {step}: {name} is lowest, J = {height} at θ = {theta}.", values);
}

/** Who came 99 % of the way down first; "" before anybody has. */
export function winnerSentence(plan: Plan, tracks: readonly Track[], step: number): string {
  const first = winner(plan, tracks);
  if (!first || first.step > step) return "";
  const name = NAMES[first.track.racer];
  return isBatched(plan)
    ? t("{name} was the first to come 99 % of the way down, at step {step}; other batches, another race.", {
        name,
        step: first.step,
      })
    : t("{name} was the first to come 99 % of the way down, at step {step}.", { name, step: first.step });
}

/** Of one who went off also why; of several only when. */
function offSentences(tracks: readonly Track[], step: number): string {
  const gone = tracks.filter(({ off }) => off && off.step <= step);
  const [first] = gone;
  if (gone.length < 2) return first ? offSentence(first) : "";
  const list = gone.map(({ racer, off }) =>
    t("{name} at step {step}", { name: NAMES[racer], step: off?.step ?? 0 }),
  );
  return t("These left the picture: {list}.", { list: list.join(", ") });
}

/** That a racer left the picture, when, and what its rate had to do with it. */
export function offSentence({ racer, options, off }: Track): string {
  if (!off) return "";
  const { lr } = options;
  const limit = largestRate(racer, options.momentum, off.curvature);
  const values = {
    name: NAMES[racer],
    step: off.step,
    rate: figures(lr),
    curvature: figures(off.curvature),
    limit: figures(limit),
  };
  if (!(lr > limit))
    return t("{name} left the picture at step {step}; a smaller rate than {rate} may keep it.", values);
  return racer === "sgd"
    ? t(
        "{name} left the picture at step {step}: its rate {rate} is larger than 2 / the largest curvature there = 2 / {curvature} = {limit}.",
        values,
      )
    : t(
        "{name} left the picture at step {step}: its rate {rate} is larger than {limit}, the most for its momentum and a curvature of {curvature}.",
        values,
      );
}

/** From which rate on the rule swings up in a bowl of that curvature; infinite for rules that scale their steps. */
export function largestRate(racer: Track["racer"], momentum: number, curvature: number): number {
  if (curvature <= 0) return Number.POSITIVE_INFINITY;
  switch (racer) {
    case "sgd":
      return 2 / curvature;
    case "momentum":
      return (2 * (1 + momentum)) / curvature;
    case "nesterov":
      return (2 * (1 + momentum)) / ((1 + 2 * momentum) * curvature);
    default:
      return Number.POSITIVE_INFINITY;
  }
}

/** The whole figure in a sentence. */
export function raceSentence(plan: Plan, tracks: readonly Track[]): string {
  return t("A map of the loss over θ₁ and θ₂, lowest at {lowest}; from {start} run {names}.", {
    lowest: surfaces[plan.surface].lowest.map(pointWords).join(", "),
    start: pointWords(plan.start),
    names: tracks.map(({ racer }) => NAMES[racer]).join(", "),
  });
}
