// The arithmetic page: one state, one render. The server's page is complete without this; with it, everything follows
// a slider without a request.

import { html, render } from "lit";
import { presentation } from "../draw/mathml.ts";
import { cellSentence, figureSentence, pointSentence } from "../draw/reading.ts";
import { channelBeside, type Scene, scene } from "../draw/scene.ts";
import { CellSum } from "../elements/cell-sum.ts";
import { ConvStage, type Edit } from "../elements/conv-stage.ts";
import { type ArgumentChange, LayerForm } from "../elements/layer-form.ts";
import { StepTimeline } from "../elements/step-timeline.ts";
import { type Answer, ask } from "../lib/api.ts";
import { layerPairs, readLayer } from "../lib/arguments.ts";
import { exampleBias, exampleInput, exampleWeight } from "../lib/example.ts";
import { formula } from "../lib/formula.ts";
import { loadMessages } from "../lib/i18n.ts";
import { outChannels } from "../lib/layer.ts";
import { onReturn, showState } from "../lib/location.ts";
import { edited } from "../lib/sheet.ts";
import { readState, type State, statePairs } from "../lib/state.ts";
import { weightIndex } from "../lib/walkthrough.ts";

/** The window glides up to this many cells a second; faster, it jumps. */
const FASTEST_GLIDE = 4;
const SETTLE_MS = 120;

await loadMessages();
customElements.define("conv-stage", ConvStage);
customElements.define("step-timeline", StepTimeline);
customElements.define("layer-form", LayerForm);
customElements.define("cell-sum", CellSum);

const bench = element(".bench");
const stage = element<ConvStage>("conv-stage");
const timeline = element<StepTimeline>("step-timeline");
const form = element<LayerForm>("layer-form");
const sum = element<CellSum>("cell-sum");

let state: State = readState(new URLSearchParams(bench.dataset["query"]));
let drawn: Scene | undefined;
let answer: Answer | undefined;

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
  if (layer) drawn = sceneOf(state, drawn);
  form.operation = state.operation;
  form.texts = state.texts;
  form.layer = layer;
  form.errors = answer && "problem" in answer ? answer.problem.errors : [];
  if (drawn) drawScene(drawn);
}

/** The state's scene; the one before when nothing it shows has changed. */
function sceneOf(state: State, before: Scene | undefined): Scene | undefined {
  const { layer } = readLayer(state.operation, state.texts);
  if (!layer) return before;
  const filter = Math.min(state.filter, outChannels(layer) - 1);
  const channel = channelBeside(layer, filter, Math.min(state.channel, layer.inChannels - 1));
  const isSame =
    before &&
    before.filter === filter &&
    before.channel === channel &&
    before.sheet === state.sheet &&
    JSON.stringify(before.layer) === JSON.stringify(layer);
  return isSame ? before : scene(layer, state.sheet, filter, channel);
}

function drawScene(scene: Scene): void {
  const [rows, columns] = scene.axes;
  const row = Math.max(0, Math.min(state.row, rows.output - 1));
  const column = Math.max(0, Math.min(state.column, columns.output - 1));
  const current = { row, column };
  stage.scene = scene;
  stage.current = current;
  sum.scene = scene;
  sum.current = current;
  timeline.steps = scene.possible ? rows.output * columns.output : 0;
  timeline.step = row * columns.output + column;
  timeline.speed = state.speed;
  stage.moves = state.speed <= FASTEST_GLIDE;
  element("[data-reading]").textContent = cellSentence(scene, current);
  element("[data-figure-sentence]").textContent = figureSentence(scene);
  const { symbolic, substituted } = formula(scene.layer, scene.axes);
  render(
    html`<p class="symbolic"><math display="block">${presentation(symbolic)}</math></p>
      ${substituted.map((line) => html`<p><math display="block">${presentation(line)}</math></p>`)}`,
    element("[data-formula]"),
  );
}

form.addEventListener("arguments-changed", (event) => {
  const { texts, settled } = (event as CustomEvent<ArgumentChange>).detail;
  become({ texts }, settled);
});
timeline.addEventListener("stepped", (event) => {
  const { step } = (event as CustomEvent<{ step: number; playing: boolean }>).detail;
  const columns = drawn?.axes[1].output ?? 1;
  become({ row: Math.floor(step / columns), column: step % columns });
});
timeline.addEventListener("speed-chosen", (event) => become({ speed: (event as CustomEvent<number>).detail }));
stage.addEventListener("cell-chosen", (event) => become((event as CustomEvent<{ row: number; column: number }>).detail));
element("[data-formula]").replaceChildren();
draw();
