// The drawing as sheets of glass, one over the other: a step of the window repaints only the sheets that move, and not
// the thousands of numbers between them.

import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import type { Cell } from "../lib/walk.ts";
import { captions, definitions } from "./captions.ts";
import { biasCell, inputGround, inputNumbers, kernelGrid, outputFrame, outputGrid } from "./grids.ts";
import type { Layout, Point } from "./layout.ts";
import { linked } from "./links.ts";
import { cover, handle, misfit, windowAt, windowGround } from "./moving.ts";
import type { Scene } from "./scene.ts";

/** Everything that is drawn of a scene at one output cell, from the lowest sheet up. */
export function planes(scene: Scene, placed: Layout, current: Cell, point: Point | null): TemplateResult {
  const { possible } = scene;
  const still = [scene, placed.width, placed.height];
  return html`
    <svg>${guard(still, () => [definitions, inputGround(scene, placed)])}</svg>
    <svg>${possible ? windowGround(scene, placed, current) : nothing}</svg>
    <svg>
      ${guard(still, () => [
        inputNumbers(scene, placed),
        kernelGrid(scene, placed),
        biasCell(scene, placed),
        outputGrid(scene, placed),
      ])}
    </svg>
    <svg>${possible ? cover(scene, placed, current) : nothing}</svg>
    <svg>${guard(still, () => [outputFrame(scene, placed), captions(scene, placed)])}</svg>
    <svg>
      ${possible ? windowAt(scene, placed, current) : misfit(scene, placed)}
      ${point ? linked(scene, placed, current, point) : nothing}
    </svg>
    ${handle(scene, placed, current)}`;
}
