// Who takes part in a race: PyTorch's rules, with plain, heavy and looking-ahead SGD apart, as the lecture has them.

import { defaults, type Options, type Rule } from "./optimizers.ts";

export const RACERS = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"] as const;
export type Racer = (typeof RACERS)[number];

/** What all racers share; each takes what its rule has. */
export interface Shared {
  readonly momentum: number;
  readonly alpha: number;
  readonly betas: readonly [number, number];
  readonly weightDecay: number;
}

/** As people write it: names that are not translated. */
export const NAMES: Readonly<Record<Racer, string>> = {
  sgd: "SGD",
  momentum: "Momentum",
  nesterov: "Nesterov",
  adagrad: "Adagrad",
  rmsprop: "RMSprop",
  adam: "Adam",
  adamw: "AdamW",
};

const RULE: Readonly<Record<Racer, Rule>> = {
  sgd: "SGD",
  momentum: "SGD",
  nesterov: "SGD",
  adagrad: "Adagrad",
  rmsprop: "RMSprop",
  adam: "Adam",
  adamw: "AdamW",
};

export function ruleOf(racer: Racer): Rule {
  return RULE[racer];
}

/** The arguments with which a racer's rule runs: PyTorch's defaults, and what is said. */
export function optionsOf(racer: Racer, lr: number, shared: Shared): Options {
  const { momentum, alpha, betas, weightDecay } = shared;
  const hasMomentum = racer === "momentum" || racer === "nesterov";
  return {
    ...defaults(RULE[racer]),
    lr,
    weightDecay,
    alpha,
    betas,
    momentum: hasMomentum ? momentum : 0,
    nesterov: racer === "nesterov" && momentum > 0,
  };
}
