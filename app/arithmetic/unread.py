"""Which cells of the padded input no window ever reads, as static/src/lib/unread.ts has them.

Those after the last window, and the gaps that a stride longer than the kernel, or a dilation, leaves between
the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from app.arithmetic.geometry import Axis, Slide, Stamp

MOST_TAPS = 100_000
"""With more taps than this only the cells after the last window are looked for: nobody reads more."""


class Run(NamedTuple):
    """Cells from `first` to `last`, in the input's coordinates."""

    first: int
    last: int


class Unread(NamedTuple):
    """What is never read along one axis, apart by where it lies."""

    input: list[Run]
    padding: list[Run]


def unread(axis: Axis) -> Unread:
    """The cells of one axis of a possible layer that are never read."""
    before, after = (axis.before, axis.after) if isinstance(axis, Slide) else (0, 0)
    cells = range(-before, axis.size + after)
    if isinstance(axis, Slide | Stamp) and axis.kernel * axis.output > MOST_TAPS:
        return _divided(cells[len(cells) - axis.unread :], axis.size)
    read = {cell for index in range(axis.output) for cell, _ in axis.taps(index)}
    return _divided((cell for cell in cells if cell not in read), axis.size)


def _divided(cells: Iterable[int], size: int) -> Unread:
    listed = list(cells)
    inside = [cell for cell in listed if 0 <= cell < size]
    return Unread(_runs(inside), _runs([cell for cell in listed if not 0 <= cell < size]))


def _runs(cells: list[int]) -> list[Run]:
    """Ascending cells as runs without gaps."""
    found: list[Run] = []
    for cell in cells:
        if found and cell == found[-1].last + 1:
            found[-1] = Run(found[-1].first, cell)
        else:
            found.append(Run(cell, cell))
    return found
