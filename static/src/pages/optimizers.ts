// The optimizers page: one state, which is the address; the race it describes; and everything that shows it at one step.

import { leaderSentence, offSentence, raceSentence, stepSentence } from "../draw/race-words.ts";
import { FittedLines } from "../elements/fitted-lines.ts";
import { HeightCurves } from "../elements/height-curves.ts";
import { LossSurface, type SurfaceEvents } from "../elements/loss-surface.ts";
import { listen, part, wake } from "../elements/page-parts.ts";
import { RaceForm, type RaceFormEvents } from "../elements/race-form.ts";
import { RaceTable } from "../elements/race-table.ts";
import { ruleNumbers } from "../elements/rule-numbers.ts";
import { StepTimeline, type TimelineEvents } from "../elements/step-timeline.ts";
import { loadMessages } from "../lib/i18n.ts";
import { onReturn, type Showing, showState } from "../lib/location.ts";
import { type Plan, race, type Track } from "../lib/race.ts";
import {
  type Numbers,
  numbersOf,
  planOf,
  type RaceState,
  racePairs,
  readRaceState,
} from "../lib/race-state.ts";

await loadMessages();

const surface = part<LossSurface>(document, "loss-surface");
const timeline = part<StepTimeline>(document, "step-timeline");
const form = part<RaceForm>(document, "race-form");
const curves = part<HeightCurves>(document, "height-curves");
const lines = part<FittedLines>(document, "fitted-lines");
const table = part<RaceTable>(document, "race-table");
const reading = part(document, ".stage-figure .reading");
const why = part(document, ".rule .why");
const sentence = part(document, ".stage-figure figcaption");
const rules = ruleNumbers(part(document, "update-rule"), (shown) => become({ shown }));

const start = readRaceState(new URLSearchParams(part(document, "[data-query]").dataset["query"]));
let state = start;
let numbers: Numbers = numbersOf(start.texts);
let plan: Plan = planOf(start, numbers);
let tracks: readonly Track[] = race(plan);
let isPlaying = false;

function become(change: Partial<RaceState>, showing: Showing = {}): void {
  show({ ...state, ...change });
  showState(racePairs(state), showing);
}

function show(next: RaceState): void {
  const names = ["surface", "racers", "texts", "batchSize"] as const;
  const isOther = names.some((name) => state[name] !== next[name]);
  state = next;
  if (isOther) runAgain();
  draw();
}

function runAgain(): void {
  numbers = numbersOf(state.texts, numbers);
  plan = planOf(state, numbers);
  tracks = race(plan);
  drawRace();
}

/** What changes with the race, not with every step. */
function drawRace(): void {
  surface.plan = curves.plan = lines.plan = plan;
  surface.tracks = curves.tracks = lines.tracks = table.tracks = tracks;
  form.race = state;
  form.numbers = numbers;
  timeline.steps = plan.steps + 1;
  sentence.textContent = raceSentence(plan, tracks);
  rules.offer(state.racers);
  for (const link of document.querySelectorAll<HTMLAnchorElement>("[data-surfaces] a")) {
    if (link.dataset["surface"] === state.surface) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function draw(): void {
  const step = Math.min(state.step, plan.steps);
  const shown = tracks.find(({ racer }) => racer === state.shown) ?? tracks[0];
  surface.step = curves.step = lines.step = table.step = timeline.step = step;
  timeline.speed = state.speed;
  timeline.words = leaderSentence(plan, tracks, step);
  reading.textContent = stepSentence(plan, tracks, step);
  if (!shown) return;
  surface.shown = lines.shown = table.shown = shown.racer;
  rules.show(shown, step);
  why.textContent = shown.off && shown.off.step <= step ? offSentence(shown) : "";
}

listen<TimelineEvents>(timeline, {
  stepped: ({ step, playing }) => {
    isPlaying = playing;
    reading.ariaLive = isPlaying ? "off" : "polite"; // a voice cannot keep up
    become({ step });
  },
  "speed-chosen": (speed) => become({ speed }),
});
listen<SurfaceEvents>(surface, {
  "start-moved": ({ start: [theta1, theta2], settled }) => {
    const texts = { ...state.texts, theta1: String(theta1), theta2: String(theta2) };
    become({ texts }, settled ? { push: true } : { moving: true });
  },
});
listen<RaceFormEvents>(form, {
  "race-changed": ({ change, settled }) => become(change, settled ? { push: true } : { moving: true }),
});
document.addEventListener("keydown", (event) => {
  if (event.target === document.body) timeline.onKey(event);
});
/** Another surface: with its own start, rates and steps; who runs and the other arguments stay. */
document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>("[data-surfaces] a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  timeline.pause?.();
  const { surface: name, texts } = readRaceState(new URLSearchParams(link.search));
  become({ surface: name, texts: { ...state.texts, ...texts }, step: 0 }, { push: true });
});
onReturn((query) => show(query.has("surface") ? readRaceState(query) : start));

timeline.first = 0;
timeline.unit = "steps";
drawRace();
draw();
showState(racePairs(state));

await wake(
  { "step-timeline": StepTimeline, "loss-surface": LossSurface },
  { "race-form": RaceForm, "fitted-lines": FittedLines },
  { "height-curves": HeightCurves, "race-table": RaceTable },
);
