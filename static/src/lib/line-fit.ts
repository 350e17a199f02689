// A real loss of two parameters: the mean squared error of the line θ₁x + θ₂ through a few examples, all of them or a
// batch. As x is not centred, slope and intercept pull against each other: the loss is a ravine.

import type { Point } from "./surfaces.ts";

/** x and y of each example: drawn once, about y = 0.7x + 0.9. */
export const EXAMPLES: readonly Point[] = [
  [0.1, 0.9],
  [0.3, 1.2],
  [0.3, 1.5],
  [0.6, 0.9],
  [0.9, 1.3],
  [1, 0.5],
  [1, 1.3],
  [1.5, 0.7],
  [1.9, 1.4],
  [1.9, 2.8],
  [2.1, 1.2],
  [2.2, 2.9],
  [2.4, 2.8],
  [2.4, 2.4],
  [2.5, 2.9],
  [2.5, 2.9],
  [2.6, 3.3],
  [2.7, 2.7],
  [3, 2.7],
  [3, 2.7],
  [3.3, 2.7],
  [3.3, 3.2],
  [3.5, 2.9],
  [4, 4.3],
];

/** Examples by their index. */
export type Batch = readonly number[];

export function fit([slope, intercept]: Point, batch?: Batch): number {
  return mean(batch, (x, y) => (slope * x + intercept - y) ** 2);
}

export function fitGradient([slope, intercept]: Point, batch?: Batch): Point {
  return [
    mean(batch, (x, y) => 2 * (slope * x + intercept - y) * x),
    mean(batch, (x, y) => 2 * (slope * x + intercept - y)),
  ];
}

/** The best line, by the normal equations. */
export const LOWEST: Point = (() => {
  const [x, y] = [mean(undefined, (a) => a), mean(undefined, (_, b) => b)];
  const slope = (mean(undefined, (a, b) => a * b) - x * y) / (mean(undefined, (a) => a * a) - x * x);
  return [slope, y - slope * x];
})();

function mean(batch: Batch | undefined, of: (x: number, y: number) => number): number {
  const examples = batch ? batch.flatMap((index) => [EXAMPLES[index] ?? [0, 0]]) : EXAMPLES;
  return examples.reduce((sum, [x, y]) => sum + of(x, y), 0) / examples.length;
}
