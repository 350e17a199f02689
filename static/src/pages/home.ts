// The home page: one figure alive, and a place to drop a picture.

import type { Scene } from "../draw/scene.ts";
import { editedSheet, sceneOf } from "../draw/showing.ts";
import { FitRepairs, type RepairEvents } from "../elements/fit-repairs.ts";
import type { FormEvents } from "../elements/layer-form.ts";
import { LayerRule } from "../elements/layer-rule.ts";
import { LetterForm } from "../elements/letter-form.ts";
import { define, listen, part, player } from "../elements/player.ts";
import { layerPairs, readLayer } from "../lib/arguments.ts";
import { loadMessages } from "../lib/i18n.ts";
import { inquiry } from "../lib/inquiry.ts";
import { argumentOf, type Layer } from "../lib/layer.ts";
import { light } from "../lib/lighting.ts";
import { onReturn, type Showing, showState } from "../lib/location.ts";
import { readState, type State, statePairs } from "../lib/state.ts";

await loadMessages();
define("layer-rule", LayerRule);
define("fit-repairs", FitRepairs);
define("letter-form", LetterForm);

const form = part<LetterForm>(document, "letter-form");
const rule = part<LayerRule>(document, "layer-rule");
const repairs = part<FitRepairs>(document, "fit-repairs");
const whatIf = part<HTMLAnchorElement>(document, "[data-what-if]");

const start: State = readState(new URLSearchParams(part(document, "[data-query]").dataset["query"]));
let state = start;
let layer: Layer | undefined;
let drawn: Scene | undefined;

const consult = inquiry((answer) => {
  if (answer) repairs.repairs = "description" in answer ? answer.description.repairs : [];
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

function become(change: Partial<State>, showing: Showing = {}): void {
  const before = state;
  state = { ...state, ...change };
  if (state.texts !== before.texts) drawLayer();
  drawScene();
  showState(statePairs(state), showing);
}

function drawLayer(): void {
  layer = readLayer(state.operation, state.texts).layer;
  consult(state.operation, layerPairs(state.operation, state.texts));
  form.texts = state.texts;
  form.layer = layer;
}

function drawScene(): void {
  if (!layer) return;
  drawn = sceneOf(state, layer, drawn);
  figure.show(drawn, state, state.speed);
  rule.layer = layer;
  rule.axes = drawn.axes;
  repairs.axes = drawn.possible ? drawn.axes : undefined;
}

listen<FormEvents>(form, {
  "arguments-changed": ({ texts, settled }) => become({ texts }, settled ? { push: true } : { moving: true }),
});
listen<RepairEvents>(repairs, {
  "repair-chosen": ({ field, text }) =>
    become({ texts: { ...state.texts, [argumentOf(field)]: text } }, { push: true }),
});

whatIf.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  figure.pause();
  const { sheet, speed } = state;
  become({ ...readState(new URLSearchParams(whatIf.search)), sheet, speed }, { push: true });
});

onReturn((query) => {
  state = query.has("height") ? readState(query) : start;
  drawLayer();
  drawScene();
});

light(part(document, ".first"));
drawLayer();
drawScene();

const upload = document.querySelector<HTMLFormElement>("form[data-upload]");
const file = upload?.querySelector<HTMLInputElement>('input[type="file"]');

/** The picture goes the way it goes without scripts: as a form, straight to its activations. */
function send(files: FileList | null | undefined): void {
  if (!upload || !file || !files?.length) return;
  if (files !== file.files) file.files = files;
  upload.requestSubmit();
}

file?.addEventListener("change", () => send(file.files));
document.addEventListener("dragover", (event) => {
  if (!upload || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  upload.dataset["over"] = "";
});
document.addEventListener("dragleave", () => delete upload?.dataset["over"]);
document.addEventListener("drop", (event) => {
  delete upload?.dataset["over"];
  if (!upload || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  send(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => send(event.clipboardData?.files));
