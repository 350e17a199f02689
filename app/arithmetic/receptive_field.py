"""Which part of a network's input one unit of a layer can see.

A `Field` describes all units of a layer at once: along each axis unit i sees `size` input cells from
``start + i · jump`` on, as if the input went on evenly into its padding. A `box` is of one unit and exact: it
holds the input cells that the unit can see, and its sides touch some.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Union

from app.arithmetic.geometry import Axis, Share, Slide, Stamp, copied

MAX_PHASES = 64
"""Behind transposed convolutions units differ in what they see; at most so many are compared."""


@dataclass(frozen=True, slots=True)
class Field:
    """The receptive field along one axis, in input cells.

    Attributes:
        size: how many cells; the most that a unit sees, where units differ (behind a transposed convolution).
        jump: from one unit's first cell to the next one's; a fraction behind a transposed convolution. None
            where it is not one number: every unit sees the whole input, or branches move at different speeds.
        start: the first cell of unit 0, negative where it lies in the padding.
    """

    size: int
    jump: Fraction | None
    start: int


@dataclass(frozen=True, slots=True)
class Window:
    """A step through a layer whose units look at windows; `mode` says what its padding holds."""

    axis: Axis
    mode: str = "zeros"


@dataclass(frozen=True, slots=True)
class Everything:
    """A step through a layer whose units look at every one of its `size` input cells."""

    size: int


@dataclass(frozen=True, slots=True)
class Branches:
    """A step through a residual: what any of its branches sees. An empty branch sees the unit's own place."""

    paths: tuple[Path, ...]


Step = Union[Window, Everything, "Branches"]
Path = tuple[Step, ...]
"""The steps along one axis from the network's input to a layer; layers that work cell by cell are no step."""


def field(path: Path, size: int, output: int) -> Field:
    """The field of a layer of `output` units along the axis, in a network whose input has `size` cells.

    Behind flattening, dense layers and adaptive pooling it is the whole input.
    """
    if _is_whole(path):
        return Field(size, None, 0)
    jump = _jump(path)
    units = set(range(min(output, _period(path), MAX_PHASES)))
    if jump is None:
        units.add(output - 1)
    sizes = (_last(path, unit) - _first(path, unit) + 1 for unit in units)
    return Field(max(sizes), jump, _first(path, 0))


def cells(path: Path, unit: int) -> set[int]:
    """The input cells that a unit can see along the axis, exactly; empty where it sees none."""
    seen = {unit}
    for step in reversed(path):
        seen = _seen(step, seen)
    return seen


def _seen(step: Step, units: Iterable[int]) -> set[int]:
    if isinstance(step, Branches):
        return set[int]().union(*(cells(path, unit) for path in step.paths for unit in units))
    if isinstance(step, Everything):
        return set(range(step.size))
    taps = (cell for unit in units for cell, _ in step.axis.taps(unit))
    sources = (copied(cell, step.axis.size, step.mode) for cell in taps)
    return {source for source in sources if source is not None}


def _is_whole(path: Path) -> bool:
    return any(
        isinstance(step, Everything)
        or (isinstance(step, Window) and isinstance(step.axis, Share))
        or (isinstance(step, Branches) and any(map(_is_whole, step.paths)))
        for step in path
    )


def _first(path: Path, unit: int) -> int:
    """The first cell that the unit sees; as if every layer's input went on evenly into its padding."""
    for step in reversed(path):
        if isinstance(step, Branches):
            unit = min(_first(inner, unit) for inner in step.paths)
        elif isinstance(step, Window):
            unit = _reach(step.axis, unit)[0]
    return unit


def _last(path: Path, unit: int) -> int:
    """The last cell that the unit sees, in the same way."""
    for step in reversed(path):
        if isinstance(step, Branches):
            unit = max(_last(inner, unit) for inner in step.paths)
        elif isinstance(step, Window):
            unit = _reach(step.axis, unit)[1]
    return unit


def _reach(axis: Axis, unit: int) -> tuple[int, int]:
    """The first and the last cell under a window, or the first and last stamp that reaches the unit."""
    if isinstance(axis, Stamp):
        place = unit + axis.padding
        return -((axis.extent - 1 - place) // axis.stride), place // axis.stride
    if isinstance(axis, Slide):
        first = unit * axis.stride - axis.before
        return first, first + axis.extent - 1
    window = axis.window(unit)
    return window[0], window[-1]


def _jump(path: Sequence[Step]) -> Fraction | None:
    jump = Fraction(1)
    for step in path:
        if isinstance(step, Branches):
            jumps = {_jump(inner) for inner in step.paths}
            own = jumps.pop() if len(jumps) == 1 else None
            if own is None:
                return None
            jump *= own
        elif isinstance(step, Window) and isinstance(step.axis, Slide):
            jump *= step.axis.stride
        elif isinstance(step, Window) and isinstance(step.axis, Stamp):
            jump /= step.axis.stride
    return jump


def _period(path: Sequence[Step]) -> int:
    """After so many units what they see repeats, moved on."""
    period = 1
    for step in path:
        if isinstance(step, Branches):
            for inner in step.paths:
                period *= _period(inner)
        elif isinstance(step, Window) and isinstance(step.axis, Stamp):
            period *= step.axis.stride
    return period
