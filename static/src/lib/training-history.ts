// What was measured of a run: as the API answers it at once, or event by event as the stream tells it.

export interface StepPoint {
  readonly step: number;
  readonly loss: number | null;
  readonly lr: number | null;
  readonly gradient_norm: number | null;
  readonly examples_per_second: number | null;
}

export interface EpochPoint {
  readonly epoch: number;
  readonly step: number;
  readonly train_loss: number | null;
  readonly train_accuracy: number | null;
  readonly test_loss?: number | null;
  readonly test_accuracy?: number | null;
  readonly held_out_loss?: number | null;
  readonly held_out_accuracy?: number | null;
}

export type Series = Readonly<Record<string, readonly (number | null)[]>>;

/** What this page reads of a run's answer. */
export interface RunAnswer {
  readonly state: string;
  readonly progress: { readonly step: number; readonly steps: number | null; readonly epochs: number };
  readonly history: { readonly steps: Series; readonly epochs: Series };
  readonly last_event: number;
  /** Of the finished network. */
  readonly test_accuracy: number | null;
}

export const ENDED: readonly string[] = ["finished", "stopped", "failed"];

export class RunHistory {
  steps: StepPoint[] = [];
  epochs: EpochPoint[] = [];
  state = "";
  /** Of the whole run; 0 before it has started. */
  totalSteps = 0;
  totalEpochs: number;
  /** The number of the last event that was taken in. */
  lastEvent = 0;

  constructor(totalEpochs: number) {
    this.totalEpochs = totalEpochs;
  }

  get isEnded(): boolean {
    return ENDED.includes(this.state);
  }

  get stepsPerEpoch(): number {
    return this.totalSteps / this.totalEpochs || 1;
  }

  /** How far an axis of steps goes: over the whole run, of one that is over as far as it came. */
  get shownSteps(): number {
    const made = Math.max(this.steps.at(-1)?.step ?? 0, this.epochs.at(-1)?.step ?? 0);
    return (this.isEnded && made) || this.totalSteps;
  }

  /** The same in epochs, the last of which may have been broken off. */
  get shownEpochs(): number {
    return this.totalSteps ? this.shownSteps / this.stepsPerEpoch : this.totalEpochs;
  }

  /** Takes in one event of the stream; one that was taken in before changes nothing. */
  apply(id: number, kind: string, data: Readonly<Record<string, unknown>>): void {
    if (id <= this.lastEvent) return;
    this.lastEvent = id;
    if (kind === "state") this.state = String(data["state"]);
    if (kind === "start") this.goOnFrom(Number(data["step"]), Number(data["steps"]));
    if (kind === "step") push(this.steps, data as unknown as StepPoint);
    if (kind === "epoch") push(this.epochs, data as unknown as EpochPoint);
  }

  /** Takes in everything that the API answers, unless the stream has told more already. */
  load({ state, progress, history, last_event }: RunAnswer): void {
    if (last_event < this.lastEvent) return;
    this.lastEvent = last_event;
    this.state = state;
    this.totalSteps = progress.steps ?? 0;
    this.totalEpochs = progress.epochs;
    this.steps = rows<StepPoint>(history.steps);
    this.epochs = rows<EpochPoint>(history.epochs);
  }

  /** Seconds until the end at the mean pace of the latest points; undefined where that is not known. */
  secondsLeft(batchSize: number, pacePoints: number): number | undefined {
    const step = this.steps.at(-1)?.step;
    const pace = this.pace(pacePoints);
    if (this.state !== "running" || step === undefined || pace === undefined) return undefined;
    return ((this.totalSteps - step) * batchSize) / pace;
  }

  /** Pictures a second, the mean over the latest points: one step alone is fast or slow by chance. */
  pace(points: number): number | undefined {
    const paces = this.steps.slice(-points).flatMap(({ examples_per_second: pace }) => pace || []);
    return paces.length ? paces.reduce((sum, each) => sum + each, 0) / paces.length : undefined;
  }

  private goOnFrom(step: number, steps: number): void {
    this.totalSteps = steps;
    this.steps = this.steps.filter((point) => point.step <= step);
    this.epochs = this.epochs.filter((point) => point.step <= step);
  }
}

/** Adds a point; what was measured at it or after it before is measured again. */
function push<Point extends { readonly step: number }>(points: Point[], point: Point): void {
  while ((points.at(-1)?.step ?? -1) >= point.step) points.pop();
  points.push(point);
}

function rows<Row>(series: Series): Row[] {
  const names = Object.keys(series);
  const length = series["step"]?.length ?? 0;
  return Array.from(
    { length },
    (_, at) => Object.fromEntries(names.map((name) => [name, series[name]?.[at] ?? null])) as Row,
  );
}

/** A moving mean that forgets: 0 shows every value as it is, 0.99 hardly moves. Freed of its start at nothing. */
export function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  let mean = 0;
  let share = 0;
  return values.map((value) => {
    if (value === null) return null;
    mean = weight * mean + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return mean / share;
  });
}
