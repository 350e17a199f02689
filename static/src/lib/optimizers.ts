// The update rules of torch.optim, as tests/cases/optimizers.json has them from PyTorch itself. Every one of them treats
// each parameter by itself, so a rule here is about one number: the parameter, its gradient, and what is remembered of it.

export const RULES = ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW"] as const;
/** PyTorch's name of a rule. */
export type Rule = (typeof RULES)[number];

/** PyTorch's arguments; each rule takes those that its class has. */
export interface Options {
  readonly lr: number;
  readonly weightDecay: number;
  /** Of SGD and RMSprop. */
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
  readonly lrDecay: number;
  readonly initialAccumulatorValue: number;
  readonly alpha: number;
  readonly centered: boolean;
  readonly betas: readonly [number, number];
  readonly amsgrad: boolean;
  readonly eps: number;
}

/** What each rule has in PyTorch where nothing is said. */
export function defaults(rule: Rule): Options {
  return {
    lr: { SGD: 1e-3, Adagrad: 1e-2, RMSprop: 1e-2, Adam: 1e-3, AdamW: 1e-3 }[rule],
    weightDecay: rule === "AdamW" ? 1e-2 : 0,
    momentum: 0,
    dampening: 0,
    nesterov: false,
    lrDecay: 0,
    initialAccumulatorValue: 0,
    alpha: 0.99,
    centered: false,
    betas: [0.9, 0.999],
    amsgrad: false,
    eps: rule === "Adagrad" ? 1e-10 : 1e-8,
  };
}

/** What is remembered of one parameter from step to step. */
export interface Memory {
  /** Steps taken so far. */
  readonly time: number;
  readonly theta: number;
  /** The gradient of the last step, with the weight decay that the rule adds to it. */
  readonly gradient: number;
  /** SGD's and RMSprop's buffer of momentum. */
  readonly velocity: number;
  /** The mean of gradients: Adam's first moment, or what RMSprop centres by. */
  readonly mean: number;
  /** The sum (Adagrad) or the mean of the gradients' squares. */
  readonly squares: number;
  /** amsgrad's largest `squares` so far. */
  readonly largest: number;
  /** What the last step went along: θ ← θ − lr · direction. */
  readonly direction: number;
}

export function memoryOf(rule: Rule, theta: number, options: Options): Memory {
  const squares = rule === "Adagrad" ? options.initialAccumulatorValue : 0;
  return { time: 0, theta, gradient: 0, velocity: 0, mean: 0, squares, largest: 0, direction: 0 };
}

type Change = Partial<Omit<Memory, "time" | "theta" | "gradient">> & { readonly direction: number };

/** One step of a rule, from the gradient of the loss at `before.theta`. */
export function step(rule: Rule, before: Memory, gradient: number, options: Options): Memory {
  const { lr, weightDecay } = options;
  const time = before.time + 1;
  const isDecoupled = rule === "AdamW";
  const g = isDecoupled ? gradient : gradient + weightDecay * before.theta;
  const start = isDecoupled ? before.theta * (1 - lr * weightDecay) : before.theta;
  const change = CHANGES[rule](before, g, options, time);
  return { ...before, ...change, time, gradient: g, theta: start - lr * change.direction };
}

const CHANGES: Readonly<Record<Rule, (before: Memory, g: number, options: Options, time: number) => Change>> =
  { SGD: sgd, Adagrad: adagrad, RMSprop: rmsprop, Adam: adam, AdamW: adam };

/** The first gradient enters the buffer whole, whatever the dampening. */
function sgd(before: Memory, g: number, options: Options, time: number): Change {
  const { momentum, dampening, nesterov } = options;
  if (momentum === 0) return { direction: g };
  const velocity = time === 1 ? g : momentum * before.velocity + (1 - dampening) * g;
  return { velocity, direction: nesterov ? g + momentum * velocity : velocity };
}

function adagrad(before: Memory, g: number, { lrDecay, eps }: Options, time: number): Change {
  const squares = before.squares + g * g;
  return { squares, direction: g / (Math.sqrt(squares) + eps) / (1 + (time - 1) * lrDecay) };
}

function rmsprop(before: Memory, g: number, options: Options): Change {
  const { alpha, centered, momentum, eps } = options;
  const squares = alpha * before.squares + (1 - alpha) * g * g;
  const mean = centered ? alpha * before.mean + (1 - alpha) * g : 0;
  const scaled = g / (Math.sqrt(squares - mean * mean) + eps);
  if (momentum === 0) return { squares, mean, direction: scaled };
  const velocity = momentum * before.velocity + scaled;
  return { squares, mean, velocity, direction: velocity };
}

function adam(before: Memory, g: number, { betas, eps, amsgrad }: Options, time: number): Change {
  const mean = betas[0] * before.mean + (1 - betas[0]) * g;
  const squares = betas[1] * before.squares + (1 - betas[1]) * g * g;
  const largest = amsgrad ? Math.max(before.largest, squares) : 0;
  const unbiased = unbias(mean, betas[0], time);
  const spread = Math.sqrt(unbias(amsgrad ? largest : squares, betas[1], time));
  return { mean, squares, largest, direction: unbiased / (spread + eps) };
}

/** A running mean that began at 0, as if it had begun with the first value. */
export function unbias(mean: number, beta: number, time: number): number {
  return mean / (1 - beta ** time);
}
