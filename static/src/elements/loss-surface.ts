// <loss-surface>: the landscape, the paths on it, and the start, which is dragged, pressed to a place, or moved by keys.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { type Frame, frameOf, placed, pointAt } from "../draw/frame.ts";
import { groundOf, paintGround } from "../draw/ground.ts";
import { pointWords } from "../draw/race-words.ts";
import { styled } from "../draw/styled.ts";
import { bearings, downhill, heads, paths } from "../draw/tracks.ts";
import { onThemeChange } from "../lib/appearance.ts";
import { t } from "../lib/i18n.ts";
import type { Plan, Track } from "../lib/race.ts";
import { boundsOf } from "../lib/race-state.ts";
import type { Racer } from "../lib/racers.ts";
import { colourOf } from "../lib/ramp.ts";
import { type Point, surfaces } from "../lib/surfaces.ts";
import { Room } from "./room.ts";

export interface SurfaceEvents {
  /** The start was moved; not `settled` while it is still being dragged. */
  "start-moved": CustomEvent<{ start: Point; settled: boolean }>;
}

const KEYS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};
const KEY_STEP = 0.1;
/** A pointer that moved less than this has pressed, not dragged. */
const STILL_PX = 5;

export class LossSurface extends LitElement {
  static override properties = {
    plan: { attribute: false },
    tracks: { attribute: false },
    step: { type: Number },
    shown: { attribute: false },
  };

  declare plan: Plan | undefined;
  declare tracks: readonly Track[];
  declare step: number;
  /** From whose place the steepest way down is shown. */
  declare shown: Racer;

  /** What is painted: surface and size. */
  private painted = "";
  private pressed: { readonly x: number; readonly y: number; readonly onStart: boolean } | undefined;
  private readonly room = new Room(this);

  constructor() {
    super();
    this.tracks = [];
    this.step = 0;
    this.shown = "sgd";
    onThemeChange(() => {
      this.painted = "";
      this.requestUpdate();
    });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  private get frame(): Frame | undefined {
    const { plan, room } = this;
    return plan && room.width > 40 && room.height > 40
      ? frameOf(surfaces[plan.surface], room.width, room.height)
      : undefined;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { plan, tracks, step, frame } = this;
    if (!plan || !frame) return nothing;
    const surface = surfaces[plan.surface];
    const shown = tracks.find(({ racer }) => racer === this.shown);
    const [x, y] = placed(frame, plan.start);
    return html`
      <div class="map" @pointerdown=${this.onDown} @pointermove=${this.onMove} @pointerup=${this.onUp} @pointercancel=${this.onCancel}>
        <canvas aria-hidden="true"></canvas>
        <svg aria-hidden="true">
          ${bearings(surface, frame)} ${paths(tracks, frame, step)}
          ${shown ? downhill(shown, frame, step) : nothing} ${heads(tracks, frame, step)}
        </svg>
        <p class="legend"><span>${t("low J")}</span><span class="ramp"></span><span>${t("high J")}</span></p>
        <div
          class="start"
          role="application"
          tabindex="0"
          aria-roledescription=${t("movable start")}
          aria-label=${t("Start at θ = {theta}", { theta: pointWords(plan.start) })}
          aria-description=${t("Arrows move it, with Shift in larger steps.")}
          ${styled({ transform: `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)` })}
          @keydown=${this.onKey}
        ></div>
      </div>`;
  }

  protected override updated(_changed: PropertyValues): void {
    const canvas = this.querySelector("canvas");
    const { plan, frame } = this;
    if (!canvas || !plan || !frame) return;
    const wanted = `${plan.surface} ${frame.width} ${frame.height} ${devicePixelRatio}`;
    if (wanted === this.painted) return;
    this.painted = wanted;
    paintGround(canvas, groundOf(surfaces[plan.surface], frame), frame, {
      valley: colourOf(this, "--paper"),
      peak: colourOf(this, "--peak"),
      line: colourOf(this, "--contour"),
    });
  }

  private readonly onKey = (event: KeyboardEvent) => {
    const way = KEYS[event.key];
    if (!way || !this.plan || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const far = KEY_STEP * (event.shiftKey ? 5 : 1);
    const [x, y] = this.plan.start;
    this.move([x + way[0] * far, y + way[1] * far], true);
  };

  private readonly onDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const onStart = (event.target as Element).classList.contains("start");
    this.pressed = { x: event.clientX, y: event.clientY, onStart };
    if (onStart) (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
  };

  private readonly onMove = (event: PointerEvent) => {
    if (this.pressed?.onStart) this.moveTo(event, false);
  };

  private readonly onUp = (event: PointerEvent) => {
    const { pressed } = this;
    this.pressed = undefined;
    if (!pressed) return;
    const isStill = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < STILL_PX;
    if (pressed.onStart ? !isStill : isStill) this.moveTo(event, true);
  };

  private readonly onCancel = () => {
    this.pressed = undefined;
  };

  private moveTo(event: PointerEvent, settled: boolean): void {
    const { frame } = this;
    const map = this.querySelector(".map")?.getBoundingClientRect();
    if (!frame || !map) return;
    const x = Math.max(0, Math.min(frame.width, event.clientX - map.left));
    const y = Math.max(0, Math.min(frame.height, event.clientY - map.top));
    this.move(pointAt(frame, x, y), settled);
  }

  private move([x, y]: Point, settled: boolean): void {
    const start: Point = [startAt(x), startAt(y)];
    this.dispatchEvent(new CustomEvent("start-moved", { detail: { start, settled }, bubbles: true }));
  }
}

/** A coordinate that the form takes, to two decimals: nobody drags finer, and addresses stay short. */
function startAt(value: number): number {
  const { least, most } = boundsOf("theta1");
  return Math.round(Math.max(least, Math.min(most, value)) * 100) / 100;
}
