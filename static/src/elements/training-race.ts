// <training-race>: the curves of several runs on one chart, over one axis.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { beside, curves, cutNote, type Line, topOf } from "../draw/training-curves.ts";
import { figure } from "../draw/training-words.ts";
import { t } from "../lib/i18n.ts";
import { type RunHistory, smoothed } from "../lib/training-history.ts";
import { type CurveLooks, FIRST_LOOKS } from "../lib/training-state.ts";
import { curveControls } from "./training-controls.ts";

export interface Racing {
  readonly racer: string;
  /** Tells runs of one optimizer apart. */
  readonly dash: number;
  readonly history: RunHistory;
}

const HEIGHT = 300;
const MOST_LOSS = 4;

export class TrainingRace extends LitElement {
  static override properties = {
    runs: { attribute: false },
    looks: { attribute: false },
    room: { state: true },
  };

  declare runs: readonly Racing[];
  declare looks: CurveLooks;
  declare private room: number;
  private readonly observer = new ResizeObserver(([entry]) => {
    if (entry) this.room = Math.floor(entry.contentRect.width);
  });

  constructor() {
    super();
    this.runs = [];
    this.looks = FIRST_LOOKS;
    this.room = 0;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { room, runs, looks } = this;
    if (room === 0) return nothing;
    const width = beside(room, 2);
    const lines = (kind: string, dots: (run: Racing) => Line["dots"]) =>
      runs.map((run): Line => ({ kind, racer: run.racer, dash: run.dash, dots: dots(run) }));
    const losses = lines("run", ({ history }) => {
      const soft = smoothed(
        history.steps.map(({ loss }) => loss),
        looks.smooth,
      );
      return soft.map((value, index) => [this.x(history, history.steps[index]?.step ?? 0), value]);
    });
    const right = lines("run", ({ history }) =>
      history.epochs.map(({ step, test_accuracy }) => [this.x(history, step), test_accuracy ?? null]),
    );
    const top = Math.min(
      MOST_LOSS,
      topOf(
        losses.flatMap(({ dots }) => dots),
        0.1,
      ),
    );
    return html`
      <div class="charts" ?data-stacked=${width === room}>
        ${this.chart(t("Loss on the training pictures"), width, losses, top, figure)}
        ${this.chart(t("Accuracy on the test pictures"), width, right, 1, (value) => `${Math.round(100 * value)} %`)}
      </div>
      ${curveControls(looks, (next, settled) => {
        this.looks = next;
        this.dispatchEvent(new CustomEvent("looks-changed", { detail: { looks: next, settled } }));
      })}`;
  }

  private x(history: RunHistory, step: number): number {
    return this.looks.x === "steps" ? step : step / history.stepsPerEpoch;
  }

  private chart(
    name: string,
    width: number,
    lines: readonly Line[],
    top: number,
    written: (value: number) => string,
  ) {
    const right = Math.max(
      ...this.runs.map(({ history }) =>
        this.looks.x === "steps" ? history.shownSteps : history.shownEpochs,
      ),
    );
    const drawn = curves({ width, height: HEIGHT, right, bottom: 0, top, lines, written });
    return html`
      <div class="chart">
        <p class="caption">${name} ${cutNote(lines, top, written)}</p>
        <svg width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`} aria-hidden="true">${drawn}</svg>
      </div>`;
  }
}
