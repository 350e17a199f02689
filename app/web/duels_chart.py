"""A line chart that the server draws: one figure, its lines and the marks on its axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

WIDTH, HEIGHT = 480, 240
"""Of the space between the axes, in the units of the drawing."""


@dataclass(frozen=True)
class Series:
    """Points to join: `label` is a message; `dashed` tells two of a colour apart, or of nearly one.

    `idea` is the colour's name in its palette: an idea of convolution, or an optimizer (``racer``).
    """

    label: str
    idea: str
    dashed: bool
    x: Sequence[float]
    y: Sequence[float]
    palette: Literal["idea", "racer"] = "idea"


@dataclass(frozen=True)
class Mark:
    """A number beside an axis, and where it stands along it."""

    text: str
    at: float


@dataclass(frozen=True)
class Line:
    """One series as a path, and where its label stands."""

    label: str
    idea: str
    dashed: bool
    path: str
    palette: str


@dataclass(frozen=True)
class Chart:
    """Lines over a common x axis; y is a share of 1, drawn in percent from 0."""

    lines: tuple[Line, ...]
    x_marks: tuple[Mark, ...]
    y_marks: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT


def chart(series: Sequence[Series], x_marks: Sequence[tuple[str, float]]) -> Chart:
    """The drawing of one or more series that are not empty."""
    every = [x for each in series for x in each.x]
    least, most = min(every), max(every)
    top = max(0.2, -(-max(y for each in series for y in each.y) // 0.2) * 0.2)

    def across(x: float) -> float:
        return WIDTH * (x - least) / ((most - least) or 1)

    def down(y: float) -> float:
        return HEIGHT * (1 - y / top)

    def path(each: Series) -> str:
        points = (f"{across(x):.1f} {down(y):.1f}" for x, y in zip(each.x, each.y, strict=True))
        return "M" + "L".join(points)

    return Chart(
        lines=tuple(Line(each.label, each.idea, each.dashed, path(each), each.palette) for each in series),
        x_marks=tuple(Mark(text, across(x)) for text, x in x_marks),
        y_marks=tuple(Mark(f"{20 * step} %", down(step / 5)) for step in range(round(5 * top) + 1)),
    )
