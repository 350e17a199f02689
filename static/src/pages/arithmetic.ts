// The arithmetic page: the call as a form, the figure, the formula, and everything that follows from them.

import { currentOf } from "../draw/showing.ts";
import { CellSum, type SumEvents } from "../elements/cell-sum.ts";
import { FitBench } from "../elements/fit-bench.ts";
import { FitRepairs } from "../elements/fit-repairs.ts";
import { LayerFacts } from "../elements/layer-facts.ts";
import { LayerForm } from "../elements/layer-form.ts";
import { layerPage } from "../elements/layer-page.ts";
import { LayerRule } from "../elements/layer-rule.ts";
import { NumberTables } from "../elements/number-tables.ts";
import { listen, part, wake } from "../elements/page-parts.ts";
import { FIGURE } from "../elements/player.ts";
import { loadMessages } from "../lib/i18n.ts";
import type { Operation } from "../lib/layer.ts";
import { light } from "../lib/lighting.ts";

await loadMessages();

const form = part<LayerForm>(document, "layer-form");
const rules = part<FitBench>(document, "fit-bench");
const facts = part<LayerFacts>(document, "layer-facts");
const sum = part<CellSum>(document, "cell-sum");
const tables = part<NumberTables>(document, "number-tables");
const operations = part(document, "nav[data-layers]");

/** On a phone the operations are a line to be scrolled: so much of what is before the current one stays in view. */
const SHOWN_BEFORE_PX = 48;

let marked: Operation | undefined;

const page = layerPage({
  form,
  layer: ({ operation }) => {
    if (operation === marked) return;
    marked = operation;
    for (const link of operations.querySelectorAll("a")) {
      const isCurrent = new URLSearchParams(link.search).get("operation") === operation;
      if (isCurrent) {
        link.setAttribute("aria-current", "true");
        operations.scrollLeft = Math.max(0, link.offsetLeft - operations.offsetLeft - SHOWN_BEFORE_PX);
      } else link.removeAttribute("aria-current");
    }
  },
  scene: (scene, state) => {
    sum.scene = rules.scene = tables.scene = scene;
    facts.layer = scene?.layer;
    if (!scene) return;
    sum.current = currentOf(scene, state);
    facts.axes = scene.axes;
    facts.possible = scene.possible;
  },
  heard: (answer) => {
    form.errors = answer && "problem" in answer ? answer.problem.errors : [];
    facts.description = answer && "description" in answer ? answer.description : undefined;
  },
});
listen<SumEvents>(sum, { "channel-chosen": (channel) => page.become({ channel }) });
light(part(document, ".bench"));
page.write();

await wake(
  ...FIGURE,
  { "layer-form": LayerForm },
  { "layer-rule": LayerRule, "fit-repairs": FitRepairs, "cell-sum": CellSum },
  { "layer-facts": LayerFacts },
  { "fit-bench": FitBench, "number-tables": NumberTables },
);
