"""Loss surfaces of two parameters: height and exact gradient, as static/src/lib/surfaces.ts has them.

tests/cases/optimizers.json holds both languages to PyTorch's autograd.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, sin

from app.arithmetic.optimizers import Point

EXAMPLES: tuple[Point, ...] = (
    (0.1, 0.9), (0.3, 1.2), (0.3, 1.5), (0.6, 0.9), (0.9, 1.3), (1.0, 0.5), (1.0, 1.3), (1.5, 0.7),
    (1.9, 1.4), (1.9, 2.8), (2.1, 1.2), (2.2, 2.9), (2.4, 2.8), (2.4, 2.4), (2.5, 2.9), (2.5, 2.9),
    (2.6, 3.3), (2.7, 2.7), (3.0, 2.7), (3.0, 2.7), (3.3, 2.7), (3.3, 3.2), (3.5, 2.9), (4.0, 4.3),
)  # fmt: skip
"""x and y of the data of the surface `line`: drawn once, about y = 0.7x + 0.9."""


@dataclass(frozen=True, slots=True)
class Surface:
    """J(θ) and ∇J(θ)."""

    height: Callable[[Point], float]
    gradient: Callable[[Point], Point]


def _rosenbrock(theta: Point) -> Point:
    x, y = theta
    return 2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)


_BEALE = (1.5, 2.25, 2.625)


def _beale(theta: Point) -> float:
    x, y = theta
    return sum((each - x + x * y**i) ** 2 for i, each in enumerate(_BEALE, 1))


def _beale_gradient(theta: Point) -> Point:
    x, y = theta
    rests = [2 * (each - x + x * y**i) for i, each in enumerate(_BEALE, 1)]
    return (
        sum(rest * (y**i - 1) for i, rest in enumerate(rests, 1)),
        sum(rest * x * i * y ** (i - 1) for i, rest in enumerate(rests, 1)),
    )


def _himmelblau(theta: Point) -> Point:
    x, y = theta
    one, other = x * x + y - 11, x + y * y - 7
    return 4 * x * one + 2 * other, 2 * one + 4 * y * other


def _bumps(theta: Point) -> Point:
    x, y = theta
    return x / 2 + 2 * sin(2 * x) * cos(2 * y), y / 2 + 2 * cos(2 * x) * sin(2 * y)


def line(theta: Point) -> float:
    """The mean squared error of the line θ₁x + θ₂ through the examples."""
    return sum((theta[0] * x + theta[1] - y) ** 2 for x, y in EXAMPLES) / len(EXAMPLES)


def line_gradient(theta: Point, batch: Sequence[int] = range(len(EXAMPLES))) -> Point:
    """The gradient of the mean squared error over a batch: indices of examples."""
    errors = [(EXAMPLES[i][0], 2 * (theta[0] * EXAMPLES[i][0] + theta[1] - EXAMPLES[i][1])) for i in batch]
    return sum(x * error for x, error in errors) / len(errors), sum(e for _, e in errors) / len(errors)


SURFACES: Mapping[str, Surface] = {
    "ravine": Surface(lambda t: (t[0] ** 2 + 25 * t[1] ** 2) / 2, lambda t: (t[0], 25 * t[1])),
    "rosenbrock": Surface(lambda t: (1 - t[0]) ** 2 + 100 * (t[1] - t[0] ** 2) ** 2, _rosenbrock),
    "saddle": Surface(
        lambda t: t[0] ** 2 + (t[1] ** 2 - 2) ** 2 / 4, lambda t: (2 * t[0], t[1] ** 3 - 2 * t[1])
    ),
    "beale": Surface(_beale, _beale_gradient),
    "himmelblau": Surface(lambda t: (t[0] ** 2 + t[1] - 11) ** 2 + (t[0] + t[1] ** 2 - 7) ** 2, _himmelblau),
    "bumps": Surface(lambda t: (t[0] ** 2 + t[1] ** 2) / 4 + 1 - cos(2 * t[0]) * cos(2 * t[1]), _bumps),
    "line": Surface(line, line_gradient),
}
