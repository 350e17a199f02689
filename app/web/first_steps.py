"""A race as far as the server tells it: the first steps of every optimizer, for pages without a script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from app.arithmetic.optimizers import Options, Point, path
from app.arithmetic.surfaces import SURFACES

MOST_STEPS = 20
CLASSES: Mapping[str, str] = {
    "sgd": "SGD",
    "momentum": "SGD",
    "nesterov": "SGD",
    "adagrad": "Adagrad",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
}
"""PyTorch's class for each optimizer of the page."""
_RANGES = {
    "momentum": (0.0, 0.9999),
    "alpha": (0.0, 0.9999),
    "beta1": (0.0, 0.9999),
    "beta2": (0.0, 0.9999),
    "weight_decay": (0.0, 10.0),
    "theta1": (-6.0, 6.0),
    "theta2": (-6.0, 6.0),
    "steps": (1.0, 1000.0),
    "seed": (0.0, 9999.0),
}
_RATES = (0.00001, 10.0)
_WHOLE = ("steps", "seed")


@dataclass(frozen=True)
class Place:
    """Where an optimizer is after a step; texts to read."""

    theta1: str
    theta2: str
    height: str


@dataclass(frozen=True)
class Row:
    """One step: where each optimizer is, None where it is out of all bounds."""

    step: int
    places: tuple[Place | None, ...]


def range_of(field: str) -> tuple[float, float]:
    """The least and the most that a number of the form may be, as static/src/lib/race-state.ts has it."""
    return _RANGES.get(field, _RATES)


def read(field: str, text: str) -> float | None:
    """The number that a text says; None where it says none, or one that the field does not take."""
    try:
        number = float(text.replace("−", "-"))
    except ValueError:
        return None
    least, most = range_of(field)
    taken = least <= number <= most and (field not in _WHOLE or number.is_integer())
    return number if taken else None


def options_of(name: str, numbers: Mapping[str, float]) -> Options:
    """What an optimizer of the page runs with: PyTorch's defaults, and what the form says."""
    momentum = numbers["momentum"] if name in ("momentum", "nesterov") else 0.0
    return Options(
        lr=numbers[f"{name}_lr"],
        weight_decay=numbers["weight_decay"],
        momentum=momentum,
        nesterov=name == "nesterov" and momentum > 0,
        alpha=numbers["alpha"],
        betas=(numbers["beta1"], numbers["beta2"]),
        eps=1e-10 if name == "adagrad" else 1e-8,
    )


def points(surface: str, name: str, numbers: Mapping[str, float], steps: int) -> list[Point]:
    """Where an optimizer goes from θ₁, θ₂: at most `steps` steps, fewer where it goes out of all bounds."""
    start = (numbers["theta1"], numbers["theta2"])
    gradient = SURFACES[surface].gradient
    gone = path(CLASSES[name], options_of(name, numbers), start, lambda theta, _taken: gradient(theta))
    return [point for point in islice(gone, steps + 1) if max(map(abs, point)) < 1e3]


def rows(surface: str, names: Iterable[str], numbers: Mapping[str, float]) -> tuple[Row, ...]:
    """The first steps of the race, a row each."""
    steps = min(MOST_STEPS, int(numbers["steps"]))
    gone = [points(surface, name, numbers, steps) for name in names]
    return tuple(
        Row(step, tuple(_place(surface, each[step]) if step < len(each) else None for each in gone))
        for step in range(steps + 1)
    )


def _place(surface: str, theta: Point) -> Place:
    return Place(figures(theta[0]), figures(theta[1]), figures(SURFACES[surface].height(theta)))


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figures(value: float) -> str:
    """A value to four figures, as static/src/lib/numbers.ts writes it: 0.01234, 1,234, 1.234·10⁻⁶."""
    size = abs(value)
    if value != 0 and (size < 1e-4 or size >= 1e6):
        digits, power = f"{value:.3e}".split("e")
        text = f"{float(digits):g}·10{str(int(power)).translate(_RAISED)}"
    elif round(size, 1) >= 1000:
        text = f"{value:,.0f}"
    else:
        places = 3 - _power(size) if size else 0
        text = f"{value:.{max(0, places)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def _power(size: float) -> int:
    """The power of ten of the first digit."""
    return int(f"{size:e}".split("e")[1])
