// A page about one layer: one state, which is the address, and one render. The server's page is complete without this;
// with it, everything follows a slider without a request.

import type { Scene } from "../draw/scene.ts";
import { editedSheet, sceneOf } from "../draw/showing.ts";
import type { Answer, Problem } from "../lib/api.ts";
import { layerPairs, readLayer, standIn, type Texts } from "../lib/arguments.ts";
import { type Heard, inquiry } from "../lib/inquiry.ts";
import { argumentOf, type Layer } from "../lib/layer.ts";
import { onReturn, type Showing, showState } from "../lib/location.ts";
import { readState, type State, statePairs } from "../lib/state.ts";
import type { FitRepairs, RepairEvents } from "./fit-repairs.ts";
import type { FormEvents } from "./layer-form.ts";
import type { LayerRule } from "./layer-rule.ts";
import { listen, part } from "./page-parts.ts";
import { player } from "./player.ts";

/** What the form of any such page shows. */
interface Form extends HTMLElement {
  texts: Texts;
  /** The layer the texts describe; where one cannot be read, with another value in its place. */
  layer: Layer | undefined;
}

export interface Views {
  readonly form: Form;
  /** Draws what only this page has: of the layer, whether or not its texts can be read; */
  readonly layer?: (state: State) => void;
  /** of what is on the stage: nothing where an argument cannot be read; */
  readonly scene?: (scene: Scene | undefined, state: State) => void;
  /** and of what only the server knows: refusals, repairs, PyTorch's word. Undefined while that is out of date. */
  readonly heard?: (answer: Heard) => void;
}

export interface LayerPage {
  readonly become: (change: Partial<State>, showing?: Showing) => void;
  /** Writes the present state into the address. */
  readonly write: () => void;
}

/** Draws the state that the server has put on the page, and from then on every other. */
export function layerPage(views: Views): LayerPage {
  const { form } = views;
  const rule = part<LayerRule>(document, "layer-rule");
  const repairs = part<FitRepairs>(document, "fit-repairs");
  const { query: asked, problem: refused } = part(document, "[data-query]").dataset;
  const start = readState(new URLSearchParams(asked));
  let state = start;
  /** What the state describes; undefined while an argument cannot be read. */
  let layer: Layer | undefined;
  let drawn: Scene | undefined;

  const consult = inquiry((answer) => {
    if (answer) repairs.repairs = "description" in answer ? answer.description.repairs : [];
    figure.explain(answer && "problem" in answer ? answer.problem : undefined);
    views.heard?.(answer);
  }, known(refused));
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
    show({ ...state, ...change });
    showState(statePairs(state), showing);
  }

  function show(next: State): void {
    const isOther = state.operation !== next.operation || state.texts !== next.texts;
    state = next;
    if (isOther) drawLayer();
    drawScene();
  }

  /** What changes with the layer only, not with every step. */
  function drawLayer(): void {
    layer = readLayer(state.operation, state.texts).layer;
    consult(state.operation, layerPairs(state.operation, state.texts));
    form.texts = state.texts;
    form.layer = layer ?? standIn(state.operation, state.texts, form.layer);
    views.layer?.(state);
  }

  function drawScene(): void {
    drawn = layer && sceneOf(state, layer, drawn);
    if (drawn) figure.show(drawn, state, state.speed);
    else figure.empty();
    rule.layer = layer ?? standIn(state.operation, state.texts, undefined);
    rule.axes = drawn?.axes;
    repairs.axes = drawn?.possible ? drawn.axes : undefined;
    views.scene?.(drawn, state);
  }

  listen<FormEvents>(form, {
    "arguments-changed": ({ texts, settled }) =>
      become({ texts }, settled ? { push: true } : { moving: true }),
  });
  listen<RepairEvents>(repairs, {
    "repair-chosen": ({ field, text }) =>
      become({ texts: { ...state.texts, [argumentOf(field)]: text } }, { push: true }),
  });
  /** Links to another layer on this page: it is drawn in place, with the numbers and the speed kept. */
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("[data-layers] a, a[data-layers]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    figure.pause();
    const { sheet, speed } = state;
    become({ ...readState(new URLSearchParams(link.search)), sheet, speed }, { push: true });
  });
  onReturn((query) => show(query.has("operation") ? readState(query) : start));

  drawLayer();
  drawScene();
  return { become, write: () => showState(statePairs(state)) };
}

/** What the server has said of the layer while it made the page: why it is refused. */
function known(refused: string | undefined): Answer | undefined {
  return refused ? { problem: JSON.parse(refused) as Problem } : undefined;
}
