// <training-figure>: the curves of one run, a place to read them at, and the same as a table.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import {
  beside,
  type Chart,
  curves,
  cutNote,
  type Dot,
  type Line,
  topOf,
  valueAt,
} from "../draw/training-curves.ts";
import { figure, percent, readingSentence } from "../draw/training-words.ts";
import { t } from "../lib/i18n.ts";
import { type RunHistory, type StepPoint, smoothed } from "../lib/training-history.ts";
import { type CurveLooks, FIRST_LOOKS } from "../lib/training-state.ts";
import { curveControls } from "./training-controls.ts";
import { unfolding } from "./unfolding.ts";

const HEIGHT = 240;
const SMALL_HEIGHT = 130;
/** No loss of ten classes that is worth looking at is larger; what is lies on the edge. */
const MOST_LOSS = 8;
/** Where a scale ends on which nothing is yet: the loss of ten classes begins near it. */
const EMPTY = 2.4;

interface Scale {
  readonly top?: number;
  readonly least?: number;
  readonly written?: (value: number) => string;
}

export class TrainingFigure extends LitElement {
  static override properties = {
    history: { attribute: false },
    looks: { attribute: false },
    room: { state: true },
    at: { state: true },
    more: { state: true },
  };

  declare history: RunHistory | undefined;
  declare looks: CurveLooks;
  declare private room: number;
  /** The step that is read; undefined is the latest. */
  declare private at: number | undefined;
  declare private more: boolean;
  private readonly observer = new ResizeObserver(([entry]) => {
    if (entry) this.room = Math.floor(entry.contentRect.width);
  });

  constructor() {
    super();
    this.looks = FIRST_LOOKS;
    this.room = 0;
    this.at = undefined;
    this.more = false;
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
    const { history, room } = this;
    if (!history || room === 0) return nothing;
    const width = beside(room, 2);
    const last = history.steps.at(-1);
    const step = this.at ?? last?.step ?? 0;
    const point = history.steps.findLast((each) => each.step <= step) ?? history.steps[0];
    const epoch = history.epochs.findLast((each) => each.step <= step);
    return html`
      <div class="charts" ?data-stacked=${width === room}>
        ${this.chart(t("Loss"), width, HEIGHT, this.losses(history), { top: MOST_LOSS, least: 0.1, written: figure })}
        ${this.chart(t("Accuracy"), width, HEIGHT, accuracies(history, this.x), { top: 1, least: 1, written: share })}
      </div>
      ${curveControls(this.looks, (looks, settled) => this.look(looks, settled))}
      <label class="slider">
        <span>${t("Read at step")}</span>
        <input type="range" min=${history.steps[0]?.step ?? 0} max=${last?.step ?? 0} .value=${String(step)} @input=${this.onRead}>
      </label>
      <p class="reading">${readingSentence(point, epoch, history.stepsPerEpoch)}</p>
      <details ?open=${this.more} @toggle=${this.onMore}>
        <summary>${t("Learning rate, gradient and pace")}</summary>
        ${this.more ? this.small(history, room) : nothing}
      </details>
      ${unfolding(t("Every epoch as a table"), () => epochTable(history))}`;
  }

  private readonly x = (step: number): number =>
    this.looks.x === "steps" ? step : step / (this.history?.stepsPerEpoch ?? 1);

  private get right(): number {
    const { history, looks } = this;
    return (looks.x === "epochs" ? history?.shownEpochs : history?.shownSteps) || 1;
  }

  private losses(history: RunHistory): Line[] {
    const { x } = this;
    const raw = history.steps.map(({ loss }) => loss);
    const soft = smoothed(raw, this.looks.smooth);
    const dots = (values: readonly (number | null)[]) =>
      values.map((value, index): Dot => [x(history.steps[index]?.step ?? 0), value]);
    const tested = history.epochs.map(({ step, test_loss }): Dot => [x(step), test_loss ?? null]);
    return [
      { kind: "raw", dots: this.looks.smooth > 0 ? dots(raw) : [] },
      { kind: "training", dots: dots(soft) },
      { kind: "test", dots: tested, marked: true },
    ];
  }

  private small(history: RunHistory, room: number) {
    const width = beside(room, 3);
    const of = (name: keyof StepPoint): Line[] => [
      { kind: "training", dots: history.steps.map((point) => [this.x(point.step), point[name]]) },
    ];
    return html`
      <div class="charts" ?data-stacked=${width === room}>
        ${this.chart(t("Learning rate"), width, SMALL_HEIGHT, of("lr"))}
        ${this.chart(t("Norm of the gradient"), width, SMALL_HEIGHT, of("gradient_norm"))}
        ${this.chart(t("Pictures a second"), width, SMALL_HEIGHT, of("examples_per_second"))}
      </div>`;
  }

  private chart(
    name: string,
    width: number,
    height: number,
    lines: readonly Line[],
    { top = Number.POSITIVE_INFINITY, least = 0, written = figure }: Scale = {},
  ) {
    const shown = lines.filter(({ kind }) => kind !== "raw").flatMap(({ dots }) => dots);
    const chart: Chart = {
      width,
      height,
      right: this.right,
      bottom: 0,
      top: Math.min(top, topOf(shown, shown.length ? least : EMPTY) * (top === 1 ? 1 : 1.05)) || 1,
      lines,
      written,
      at: this.at === undefined ? undefined : this.x(this.at),
    };
    const keys = lines.filter(({ kind }) => kind !== "raw");
    return html`
      <div class="chart">
        <p class="caption">${name} <span class="aside">${cutNote(keys, chart.top, written)}</span>${keys.length > 1 ? keys.map(key) : nothing}</p>
        <svg
          width=${width}
          height=${height}
          viewBox=${`0 0 ${width} ${height}`}
          aria-hidden="true"
          @pointermove=${(event: PointerEvent) => this.onPoint(event, chart)}
          @pointerleave=${() => {
            this.at = undefined;
          }}
        >${curves(chart)}</svg>
      </div>`;
  }

  private look(looks: CurveLooks, settled: boolean): void {
    this.looks = looks;
    this.dispatchEvent(new CustomEvent("looks-changed", { detail: { looks, settled } }));
  }

  private readonly onRead = (event: Event) => {
    const step = Number((event.target as HTMLInputElement).value);
    this.at = step === this.history?.steps.at(-1)?.step ? undefined : step;
  };

  private readonly onMore = (event: Event) => {
    this.more = (event.target as HTMLDetailsElement).open;
  };

  private onPoint(event: PointerEvent, chart: Chart): void {
    const value = valueAt(chart, event.offsetX);
    this.at = Math.round(this.looks.x === "steps" ? value : value * (this.history?.stepsPerEpoch ?? 1));
  }
}

function accuracies({ epochs }: RunHistory, x: (step: number) => number): Line[] {
  return [
    {
      kind: "training",
      dots: epochs.map(({ step, train_accuracy }) => [x(step), train_accuracy]),
    },
    {
      kind: "test",
      dots: epochs.map(({ step, test_accuracy }) => [x(step), test_accuracy ?? null]),
      marked: true,
    },
  ];
}

function share(value: number): string {
  return `${Math.round(100 * value)} %`;
}

function key({ kind }: Line) {
  const word = kind === "test" ? t("test pictures") : t("training pictures");
  return html` <span class="key"><svg class="sample" viewBox="0 0 24 8" aria-hidden="true"><path class="curve ${kind}" d="M0 4H24"></path></svg>${word}</span>`;
}

function epochTable({ epochs }: RunHistory) {
  const heads = [
    t("epoch"),
    t("step"),
    t("loss, training"),
    t("loss, test"),
    t("right, training"),
    t("right, test"),
    t("right, held out"),
  ];
  return html`
    <table>
      <caption>${t("Measured in the run's own number format, bfloat16 where that is fast; a finished network is measured once more in float32.")}</caption>
      <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
      <tbody>
        ${epochs.toReversed().map(
          (each) => html`
            <tr>
              <th scope="row">${each.epoch}</th>
              <td>${figure(each.step)}</td>
              <td>${figure(each.train_loss)}</td>
              <td>${figure(each.test_loss)}</td>
              <td>${percent(each.train_accuracy)}</td>
              <td>${percent(each.test_accuracy)}</td>
              <td>${percent(each.held_out_accuracy)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}
