// The arithmetic page: one state, one render. The server's page is complete without this; with it, everything follows
// a slider without a request.

import type { Scene } from "../draw/scene.ts";
import { currentOf, editedSheet, sceneOf } from "../draw/showing.ts";
import { CellSum, type SumEvents } from "../elements/cell-sum.ts";
import { FitBench } from "../elements/fit-bench.ts";
import { FitRepairs, type RepairEvents } from "../elements/fit-repairs.ts";
import { LayerFacts } from "../elements/layer-facts.ts";
import { type FormEvents, LayerForm } from "../elements/layer-form.ts";
import { LayerRule } from "../elements/layer-rule.ts";
import { NumberTables } from "../elements/number-tables.ts";
import { define, listen, part, player } from "../elements/player.ts";
import { layerPairs, readLayer } from "../lib/arguments.ts";
import { loadMessages } from "../lib/i18n.ts";
import { inquiry } from "../lib/inquiry.ts";
import { argumentOf, type Layer } from "../lib/layer.ts";
import { light } from "../lib/lighting.ts";
import { onReturn, type Showing, showState } from "../lib/location.ts";
import { readState, type State, statePairs } from "../lib/state.ts";

await loadMessages();
define("layer-form", LayerForm);
define("layer-rule", LayerRule);
define("fit-repairs", FitRepairs);
define("fit-bench", FitBench);
define("layer-facts", LayerFacts);
define("cell-sum", CellSum);
define("number-tables", NumberTables);

const form = part<LayerForm>(document, "layer-form");
const rule = part<LayerRule>(document, "layer-rule");
const repairs = part<FitRepairs>(document, "fit-repairs");
const rules = part<FitBench>(document, "fit-bench");
const facts = part<LayerFacts>(document, "layer-facts");
const sum = part<CellSum>(document, "cell-sum");
const tables = part<NumberTables>(document, "number-tables");
const operations = part(document, "[data-operations]");

let state: State = readState(new URLSearchParams(part(document, "[data-query]").dataset["query"]));
/** What the state describes; undefined while an argument cannot be read. */
let layer: Layer | undefined;
/** What is on the stage: the last layer that could be read. */
let drawn: Scene | undefined;

/** What only the server knows about the layer: refusals, repairs, PyTorch's word. */
const consult = inquiry((answer) => {
  const description = answer && "description" in answer ? answer.description : undefined;
  form.errors = answer && "problem" in answer ? answer.problem.errors : [];
  facts.description = description;
  if (answer) repairs.repairs = description?.repairs ?? [];
});

const figure = player(part(document, ".stage-figure"), {
  cell: (cell) => become(cell),
  channel: (channel) => become({ channel }),
  filter: (filter) => become({ filter }),
  speed: (speed) => become({ speed }),
  edit: (edit) => {
    if (drawn) become({ sheet: editedSheet(drawn, edit) }, { push: true });
  },
});

/** Takes a new state, draws it and writes it into the address. */
function become(change: Partial<State>, showing: Showing = {}): void {
  const before = state;
  state = { ...state, ...change };
  if (state.operation !== before.operation || state.texts !== before.texts) drawLayer();
  drawScene();
  showState(statePairs(state), showing);
}

/** What changes with the layer only, not with every step. */
function drawLayer(): void {
  layer = readLayer(state.operation, state.texts).layer;
  consult(state.operation, layerPairs(state.operation, state.texts));
  form.operation = state.operation;
  form.texts = state.texts;
  form.layer = layer;
  for (const link of operations.querySelectorAll("a")) {
    const isCurrent = new URLSearchParams(link.search).get("operation") === state.operation;
    if (isCurrent) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function drawScene(): void {
  if (layer) drawn = sceneOf(state, layer, drawn);
  if (!drawn) return;
  const scene = drawn;
  figure.show(scene, state, state.speed);
  sum.scene = rules.scene = tables.scene = scene;
  sum.current = currentOf(scene, state);
  rule.layer = facts.layer = scene.layer;
  rule.axes = facts.axes = scene.axes;
  facts.possible = scene.possible;
  repairs.axes = scene.possible ? scene.axes : undefined;
}

listen<FormEvents>(form, {
  "arguments-changed": ({ texts, settled }) => become({ texts }, settled ? { push: true } : { moving: true }),
});
listen<RepairEvents>(repairs, {
  "repair-chosen": ({ field, text }) =>
    become({ texts: { ...state.texts, [argumentOf(field)]: text } }, { push: true }),
});
listen<SumEvents>(sum, { "channel-chosen": (channel) => become({ channel }) });

operations.addEventListener("click", (event) => {
  const link = (event.target as Element).closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  figure.pause();
  const { sheet, speed } = state;
  become({ ...readState(new URLSearchParams(link.search)), sheet, speed }, { push: true });
});

onReturn((query) => {
  state = readState(query);
  drawLayer();
  drawScene();
});

light(part(document, ".bench"));
drawLayer();
drawScene();
showState(statePairs(state));
