"""Numbers of a run as TensorBoard reads them; needs the package of that name, which is an option."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Point:
    """One value of one series, at a step and a time (seconds since 1970)."""

    series: str
    value: float
    step: int
    at: float


def is_installed() -> bool:
    """Whether event files can be written here."""
    return importlib.util.find_spec("tensorboard") is not None


def write(folder: Path, points: Iterable[Point]) -> None:
    """Writes one event file into a folder."""
    from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  an option

    with SummaryWriter(str(folder)) as writer:
        for point in points:
            writer.add_scalar(point.series, point.value, point.step, point.at)
