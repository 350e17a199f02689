// The arithmetic page: one state, one render. The server's page is complete without this; with it, everything follows
// a slider without a request.

import { cellSentence, figureSentence, pointSentence } from "../draw/reading.ts";
import type { Scene } from "../draw/scene.ts";
import { currentOf, editedSheet, FASTEST_GLIDE, sceneOf } from "../draw/showing.ts";
import { CellSum, type SumEvents } from "../elements/cell-sum.ts";
import { ConvStage, type StageEvents } from "../elements/conv-stage.ts";
import { FitBench } from "../elements/fit-bench.ts";
import { FitRepairs, type RepairEvents } from "../elements/fit-repairs.ts";
import { LayerFacts } from "../elements/layer-facts.ts";
import { type FormEvents, LayerForm } from "../elements/layer-form.ts";
import { LayerRule } from "../elements/layer-rule.ts";
import { NumberTables } from "../elements/number-tables.ts";
import { StageHead } from "../elements/stage-head.ts";
import { StepTimeline, type TimelineEvents } from "../elements/step-timeline.ts";
import { layerPairs, readLayer } from "../lib/arguments.ts";
import { loadMessages } from "../lib/i18n.ts";
import { inquiry } from "../lib/inquiry.ts";
import { argumentOf, type Layer } from "../lib/layer.ts";
import { onReturn, showState } from "../lib/location.ts";
import { readState, type State, statePairs } from "../lib/state.ts";

await loadMessages();
customElements.define("conv-stage", ConvStage);
customElements.define("stage-head", StageHead);
customElements.define("step-timeline", StepTimeline);
customElements.define("layer-form", LayerForm);
customElements.define("layer-rule", LayerRule);
customElements.define("fit-repairs", FitRepairs);
customElements.define("fit-bench", FitBench);
customElements.define("number-tables", NumberTables);
customElements.define("layer-facts", LayerFacts);
customElements.define("cell-sum", CellSum);

const page = element(".bench");
const stage = element<ConvStage>("conv-stage");
const head = element<StageHead>("stage-head");
const timeline = element<StepTimeline>("step-timeline");
const form = element<LayerForm>("layer-form");
const rule = element<LayerRule>("layer-rule");
const fit = element<FitRepairs>("fit-repairs");
const rules = element<FitBench>("fit-bench");
const tables = element<NumberTables>("number-tables");
const facts = element<LayerFacts>("layer-facts");
const sum = element<CellSum>("cell-sum");
const reading = element("[data-reading]");
const sentence = element("[data-figure-sentence]");
const operations = element("[data-operations]");

let state: State = readState(new URLSearchParams(page.dataset["query"]));
let drawn: Scene | undefined;
let isPlaying = false;

function element<Kind extends HTMLElement>(selector: string): Kind {
  const found = document.querySelector<Kind>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

/** Takes a new state, writes it into the address and draws it. */
function become(change: Partial<State>, push = false): void {
  state = { ...state, ...change };
  draw();
  showState(statePairs(state), { push });
}

function draw(): void {
  const { layer } = readLayer(state.operation, state.texts);
  if (layer) drawn = sceneOf(state, layer, drawn);
  consult(state.operation, layerPairs(state.operation, state.texts));
  drawForm(layer);
  if (drawn) drawScene(drawn);
}

function drawForm(layer: Layer | undefined): void {
  form.operation = state.operation;
  form.texts = state.texts;
  form.layer = layer;
  for (const link of operations.querySelectorAll("a")) {
    const isCurrent = new URLSearchParams(link.search).get("operation") === state.operation;
    link.toggleAttribute("aria-current", isCurrent);
  }
}

function drawScene(scene: Scene): void {
  const current = currentOf(scene, state);
  const columns = scene.axes[1].output;
  for (const part of [stage, head, sum, rules, tables]) part.scene = scene;
  stage.current = current;
  stage.moves = !isPlaying || state.speed <= FASTEST_GLIDE;
  sum.current = current;
  timeline.steps = scene.possible ? scene.axes[0].output * columns : 0;
  timeline.step = current.row * columns + current.column;
  timeline.speed = state.speed;
  rule.layer = facts.layer = scene.layer;
  rule.axes = facts.axes = scene.axes;
  rule.possible = scene.possible;
  fit.axes = scene.possible ? scene.axes : undefined;
  const words = cellSentence(scene, current);
  timeline.words = words;
  reading.textContent = words;
  sentence.textContent = figureSentence(scene);
}

/** What only the server knows about the layer: refusals, repairs, PyTorch's word. */
const consult = inquiry((answer) => {
  const description = answer && "description" in answer ? answer.description : undefined;
  form.errors = answer && "problem" in answer ? answer.problem.errors : [];
  facts.description = description;
  if (answer) fit.repairs = description?.repairs ?? [];
});

type Events = FormEvents & StageEvents & TimelineEvents & RepairEvents & SumEvents;

function on<Name extends keyof Events>(
  target: EventTarget,
  name: Name,
  act: (detail: Events[Name]["detail"]) => void,
): void {
  target.addEventListener(name, (event) => act((event as Events[Name]).detail));
}

on(form, "arguments-changed", ({ texts, settled }) => become({ texts }, settled));
on(fit, "repair-chosen", ({ field, text }) =>
  become({ texts: { ...state.texts, [argumentOf(field)]: text } }, true),
);
on(timeline, "stepped", ({ step, playing }) => {
  isPlaying = playing;
  reading.ariaLive = playing ? "off" : "polite";
  const columns = drawn?.axes[1].output ?? 1;
  become({ row: Math.floor(step / columns), column: step % columns });
});
on(timeline, "speed-chosen", (speed) => become({ speed }));
on(stage, "cell-chosen", ({ row, column }) => {
  timeline.pause();
  become({ row, column });
});
on(stage, "number-edited", (edit) => {
  if (drawn) become({ sheet: editedSheet(drawn, edit) }, true);
});
on(stage, "pointed", (point) => {
  if (!drawn || isPlaying) return;
  const current = currentOf(drawn, state);
  reading.textContent = point ? pointSentence(drawn, current, point) : cellSentence(drawn, current);
});
on(sum, "channel-chosen", (channel) => become({ channel }));
on(head, "channel-chosen", (channel) => become({ channel }));
head.addEventListener("filter-chosen", (event) => become({ filter: (event as CustomEvent<number>).detail }));

operations.addEventListener("click", (event) => {
  const link = (event.target as Element).closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  timeline.pause();
  const { sheet, speed } = state;
  become({ ...readState(new URLSearchParams(link.search)), sheet, speed }, true);
});

onReturn((query) => {
  state = readState(query);
  draw();
});

document.addEventListener("keydown", (event) => {
  if (event.target === document.body) timeline.onKey(event);
});

draw();
showState(statePairs(state));
