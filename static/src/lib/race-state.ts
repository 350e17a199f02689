// The state of the optimizers page, the query that says it, and the race that it describes. What is typed is kept as it
// was typed, so that a wrong number can be explained after a reload too.

import { EXAMPLES } from "./line-fit.ts";
import type { Plan } from "./race.ts";
import { RACERS, type Racer } from "./racers.ts";
import { SURFACES, type SurfaceName } from "./surfaces.ts";

export const SHARED_FIELDS = ["momentum", "alpha", "beta1", "beta2", "weight_decay"] as const;
const OTHER_FIELDS = ["theta1", "theta2", "steps", "seed"] as const;
type Plain = (typeof SHARED_FIELDS)[number] | (typeof OTHER_FIELDS)[number];
export type Field = `${Racer}_lr` | Plain;

export const FIELDS: readonly Field[] = [...RACERS.map(rateField), ...SHARED_FIELDS, ...OTHER_FIELDS];

export type Texts = Readonly<Partial<Record<Field, string>>>;

export const BATCH_SIZES = [EXAMPLES.length, 4, 1] as const;

export interface RaceState {
  readonly surface: SurfaceName;
  /** Who runs, in the order of RACERS. */
  readonly racers: readonly Racer[];
  /** Whose step is written out. */
  readonly shown: Racer;
  readonly texts: Texts;
  readonly batchSize: number;
  readonly step: number;
  /** Steps a second. */
  readonly speed: number;
}

export const FIRST_SPEED = 8;

export function rateField(racer: Racer): `${Racer}_lr` {
  return `${racer}_lr`;
}

export function readRaceState(query: URLSearchParams): RaceState {
  const asked = query.getAll("optimizer");
  const racers = RACERS.filter((racer) => asked.includes(racer));
  const speed = Number(query.get("speed"));
  const step = query.get("step") ?? "";
  const texts = FIELDS.flatMap((field) => {
    const text = query.get(field);
    return text === null ? [] : [[field, text.trim()]];
  });
  return {
    surface: SURFACES.find((name) => name === query.get("surface")) ?? "ravine",
    racers: racers.length ? racers : ["sgd"],
    shown: RACERS.find((racer) => racer === query.get("shown")) ?? racers[0] ?? "sgd",
    texts: Object.fromEntries(texts),
    batchSize: BATCH_SIZES.find((size) => size === Number(query.get("batch_size"))) ?? BATCH_SIZES[0],
    step: /^\d{1,4}$/.test(step) ? Number(step) : 0,
    speed: speed > 0 && speed <= 60 ? speed : FIRST_SPEED,
  };
}

/** The state as name and value; what is at its beginning is left out. */
export function racePairs(state: RaceState): (readonly [string, string | number | undefined])[] {
  const { surface, racers, shown, texts, batchSize, step, speed } = state;
  return [
    ["surface", surface],
    ...racers.map((racer) => ["optimizer", racer] as const),
    ...FIELDS.map((field) => [field, texts[field]] as const),
    ["batch_size", batchSize === BATCH_SIZES[0] ? undefined : batchSize],
    ["shown", shown === racers[0] ? undefined : shown],
    ["step", step || undefined],
    ["speed", speed === FIRST_SPEED ? undefined : speed],
  ];
}

interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
}

export function boundsOf(field: Field): Bounds {
  switch (field) {
    case "momentum":
    case "alpha":
    case "beta1":
    case "beta2":
      return { least: 0, most: 0.9999 };
    case "weight_decay":
      return { least: 0, most: 10 };
    case "theta1":
    case "theta2":
      return { least: -6, most: 6 };
    case "steps":
      return { least: 1, most: 1000, whole: true };
    case "seed":
      return { least: 0, most: 9999, whole: true };
    default:
      return { least: 0.00001, most: 10 };
  }
}

/** The number a text says; undefined where it says none, or one out of bounds. */
export function readField(field: Field, text: string | undefined): number | undefined {
  const number = Number((text ?? "").replace("−", "-"));
  const { least, most, whole } = boundsOf(field);
  const isRight = text !== "" && text !== undefined && number >= least && number <= most;
  return isRight && (!whole || Number.isInteger(number)) ? number : undefined;
}

/** The nearest number that a field takes: what is typed brought within bounds, or where it is no number `otherwise`. */
export function nearest(field: Field, text: string, otherwise: number): number {
  const number = Number(text.replace("−", "-"));
  if (text === "" || !Number.isFinite(number)) return otherwise;
  const { least, most, whole } = boundsOf(field);
  const within = Math.min(most, Math.max(least, number));
  return whole ? Math.round(within) : within;
}

export type Numbers = Readonly<Record<Field, number>>;

/** Every field's number; for what cannot be read the one before, and at the very first its least. */
export function numbersOf(texts: Texts, before?: Numbers): Numbers {
  const pairs = FIELDS.map((field) => {
    const number = readField(field, texts[field]);
    return [field, number ?? before?.[field] ?? Math.max(0, boundsOf(field).least)] as const;
  });
  return Object.fromEntries(pairs) as Record<Field, number>;
}

export function planOf({ surface, racers, batchSize }: RaceState, numbers: Numbers): Plan {
  return {
    surface,
    start: [numbers.theta1, numbers.theta2],
    rates: racers.map((racer) => [racer, numbers[rateField(racer)]] as const),
    shared: {
      momentum: numbers.momentum,
      alpha: numbers.alpha,
      betas: [numbers.beta1, numbers.beta2],
      weightDecay: numbers.weight_decay,
    },
    steps: numbers.steps,
    batchSize,
    seed: numbers.seed,
  };
}
