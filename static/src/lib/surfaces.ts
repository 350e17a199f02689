// Loss surfaces of two parameters: their height, their exact gradient, where their lowest points are, and what of them is
// shown. tests/cases/optimizers.json holds heights and gradients to PyTorch's autograd.

import { fit, fitGradient, LOWEST } from "./line-fit.ts";

/** θ₁ and θ₂. */
export type Point = readonly [number, number];

export const SURFACES = ["ravine", "rosenbrock", "saddle", "beale", "himmelblau", "bumps", "line"] as const;
export type SurfaceName = (typeof SURFACES)[number];

export interface Surface {
  /** J(θ); finite and at least 0 wherever θ is finite and not vast. */
  readonly height: (theta: Point) => number;
  readonly gradient: (theta: Point) => Point;
  /** Where J is least. */
  readonly lowest: readonly Point[];
  /** What a picture must show: least and most of θ₁, then of θ₂. */
  readonly view: readonly [Point, Point];
  /** Heights from which shading and contours grow as logarithms: the smaller, the more contours round the lowest point. */
  readonly grain: number;
}

const { cos, sin } = Math;

export const surfaces: Readonly<Record<SurfaceName, Surface>> = {
  /** Steep across, shallow along: the second derivatives are 1 and 25. */
  ravine: {
    height: ([x, y]) => (x * x + 25 * y * y) / 2,
    gradient: ([x, y]) => [x, 25 * y],
    lowest: [[0, 0]],
    view: [
      [-4.2, 4.2],
      [-3, 3],
    ],
    grain: 0.5,
  },
  rosenbrock: {
    height: ([x, y]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    gradient: ([x, y]) => [2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)],
    lowest: [[1, 1]],
    view: [
      [-2, 2],
      [-0.8, 2.2],
    ],
    grain: 0.3,
  },
  /** Flat in the middle, falling to both sides. */
  saddle: {
    height: ([x, y]) => x * x + (y * y - 2) ** 2 / 4,
    gradient: ([x, y]) => [2 * x, y ** 3 - 2 * y],
    lowest: [
      [0, Math.SQRT2],
      [0, -Math.SQRT2],
    ],
    view: [
      [-2.6, 2.6],
      [-2, 2],
    ],
    grain: 0.6,
  },
  /** Beale's: a plateau among steep walls. */
  beale: {
    height: ([x, y]) => BEALE.reduce((sum, each, i) => sum + (each - x + x * y ** (i + 1)) ** 2, 0),
    gradient: ([x, y]) =>
      BEALE.reduce<Point>(
        (sum, each, i) => {
          const rest = 2 * (each - x + x * y ** (i + 1));
          return [sum[0] + rest * (y ** (i + 1) - 1), sum[1] + rest * x * (i + 1) * y ** i];
        },
        [0, 0],
      ),
    lowest: [[3, 0.5]],
    view: [
      [-0.8, 4.4],
      [-1.7, 1.9],
    ],
    grain: 0.3,
  },
  /** Himmelblau's: four valleys, equally deep. */
  himmelblau: {
    height: ([x, y]) => (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
    gradient: ([x, y]) => {
      const [one, other] = [x * x + y - 11, x + y * y - 7];
      return [4 * x * one + 2 * other, 2 * one + 4 * y * other];
    },
    lowest: [
      [3, 2],
      [-2.805118086952745, 3.1313125182505734],
      [-3.77931025337775, -3.283185991286169],
      [3.584428340330492, -1.8481265269644032],
    ],
    view: [
      [-5, 5],
      [-4.6, 4.6],
    ],
    grain: 8,
  },
  /** A wide bowl with dents in which one can get stuck. */
  bumps: {
    height: ([x, y]) => (x * x + y * y) / 4 + 1 - cos(2 * x) * cos(2 * y),
    gradient: ([x, y]) => [x / 2 + 2 * sin(2 * x) * cos(2 * y), y / 2 + 2 * cos(2 * x) * sin(2 * y)],
    lowest: [[0, 0]],
    view: [
      [-4.4, 4.4],
      [-3.3, 3.3],
    ],
    grain: 2,
  },
  /** A real loss: the mean squared error of a line through data (line-fit.ts). */
  line: {
    height: (theta) => fit(theta),
    gradient: (theta) => fitGradient(theta),
    lowest: [LOWEST],
    view: [
      [-1.6, 3],
      [-1.6, 3.2],
    ],
    grain: 0.3,
  },
};

const BEALE = [1.5, 2.25, 2.625];

/** The largest eigenvalue of the Hessian: how strongly J curves where it curves most. From differences of gradients. */
export function curvature({ gradient }: Surface, [x, y]: Point): number {
  const h = 1e-4 * Math.max(1, Math.abs(x), Math.abs(y));
  const [right, left] = [gradient([x + h, y]), gradient([x - h, y])];
  const [up, down] = [gradient([x, y + h]), gradient([x, y - h])];
  const a = (right[0] - left[0]) / (2 * h);
  const d = (up[1] - down[1]) / (2 * h);
  const b = (right[1] - left[1] + up[0] - down[0]) / (4 * h);
  return (a + d) / 2 + Math.hypot((a - d) / 2, b);
}
