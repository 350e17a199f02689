// A figure with a stage, its timeline and its reading line, and what they say to each other; the same on every page that
// has one. The page keeps the state: it hears what a person chose, and shows it again.

import { cellSentence, figureSentence, impossibleSentence, pointSentence } from "../draw/reading.ts";
import type { Scene } from "../draw/scene.ts";
import { currentOf, type Edit, FASTEST_GLIDE } from "../draw/showing.ts";
import type { Problem } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { LARGEST } from "../lib/sheet.ts";
import type { Cell } from "../lib/walk.ts";
import { ConvStage, type StageEvents } from "./conv-stage.ts";
import { listen, part } from "./page-parts.ts";
import { type HeadEvents, StageHead } from "./stage-head.ts";
import { StepTimeline, type TimelineEvents } from "./step-timeline.ts";

export interface Choices {
  /** An output cell was reached, by hand or by playing. */
  readonly cell: (cell: Cell) => void;
  readonly channel: (channel: number) => void;
  readonly filter: (filter: number) => void;
  readonly speed: (speed: number) => void;
  readonly edit: (edit: Edit) => void;
}

export interface Player {
  /** Draws a scene at one output cell. */
  readonly show: (scene: Scene, cell: Cell, speed: number) => void;
  /** Draws nothing, for there is no layer; */
  readonly empty: () => void;
  /** but why, as soon as that is known. */
  readonly explain: (problem: Problem | undefined) => void;
  readonly pause: () => void;
}

/** The figure's elements, for `wake`: what the page is for comes first. */
export const FIGURE = [
  { "step-timeline": StepTimeline },
  { "stage-head": StageHead, "conv-stage": ConvStage },
] as const;

/** Brings the figure to life. */
export function player(figure: Element, choices: Choices): Player {
  const stage = part<ConvStage>(figure, "conv-stage");
  const head = part<StageHead>(figure, "stage-head");
  const timeline = part<StepTimeline>(figure, "step-timeline");
  const reading = part(figure, ".reading");
  const sentence = part(figure, "figcaption");
  let shown: { scene: Scene; current: Cell } | undefined;
  let isPlaying = false;

  listen<TimelineEvents>(timeline, {
    stepped: ({ step, playing }) => {
      isPlaying = playing;
      reading.ariaLive = playing ? "off" : "polite"; // a voice cannot keep up with the window
      const columns = shown?.scene.axes[1].output ?? 1;
      choices.cell({ row: Math.floor(step / columns), column: step % columns });
    },
    "speed-chosen": choices.speed,
  });
  listen<StageEvents>(stage, {
    "cell-chosen": (cell) => {
      timeline.pause();
      choices.cell(cell);
    },
    "number-edited": choices.edit,
    "number-refused": (text) => {
      if (shown)
        reading.textContent = text === null ? cellSentence(shown.scene, shown.current) : refusal(text);
    },
    pointed: (point) => {
      if (!shown || isPlaying) return;
      const { scene, current } = shown;
      reading.textContent = point ? pointSentence(scene, current, point) : cellSentence(scene, current);
    },
  });
  listen<HeadEvents>(head, { "channel-chosen": choices.channel, "filter-chosen": choices.filter });
  document.addEventListener("keydown", (event) => {
    if (event.target === document.body) timeline.onKey(event);
  });

  /** Nothing is played any more. */
  function rest(): void {
    isPlaying = false;
    reading.ariaLive = "polite";
  }

  return {
    show: (scene, cell, speed) => {
      if (!scene.possible) rest();
      const current = currentOf(scene, cell);
      const columns = scene.axes[1].output;
      shown = { scene, current };
      stage.scene = scene;
      stage.current = current;
      stage.moves = !isPlaying || speed <= FASTEST_GLIDE;
      head.scene = scene;
      timeline.steps = scene.possible ? scene.axes[0].output * columns : 0;
      timeline.step = current.row * columns + current.column;
      timeline.speed = speed;
      timeline.words = cellSentence(scene, current);
      reading.textContent = timeline.words;
      sentence.textContent = figureSentence(scene);
    },
    empty: () => {
      shown = undefined;
      rest();
      stage.scene = undefined;
      head.scene = undefined;
      timeline.steps = 0;
      timeline.step = 0;
      timeline.words = "";
      reading.textContent = "";
      sentence.textContent = impossibleSentence();
    },
    explain: (problem) => {
      stage.problem = problem;
    },
    pause: () => timeline.pause?.(), // which nobody has started before it is awake
  };
}

/** Why a cell does not take what was typed into it. */
function refusal(text: string): string {
  return text.trim()
    ? t("A cell takes a number from −{most} to {most}. This is none: “{text}”.", { most: LARGEST, text })
    : t("A cell takes a number from −{most} to {most}.", { most: LARGEST });
}
