"""Patterns with which vision is probed: gratings, a bar, a checkerboard, rings, a digit. Computed, not drawn.

Their details are an eighth of the picture, so that they survive at 32 × 32.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.pictures.canvas import SIDE_PX
from app.pictures.picture import Pixels

_Field = npt.NDArray[np.float64]


def gratings() -> Pixels:
    """Four sine gratings: vertical, horizontal and both diagonals, eight periods to the picture."""
    x, y = _coordinates()
    diagonal = np.sqrt(0.5)
    phase = np.where(
        y < 0.5,
        np.where(x < 0.5, x, y),
        np.where(x < 0.5, (x + y) * diagonal, (x - y) * diagonal),
    )
    return _grey(0.5 + 0.5 * np.sin(2 * np.pi * 8 * phase))


def bar() -> Pixels:
    """A bright bar on a dark ground, leaning right: what a simple cell of one orientation answers to."""
    x, y = _coordinates()
    angle = np.radians(60)
    along = (x - 0.5) * np.cos(angle) - (y - 0.5) * np.sin(angle)
    across = (x - 0.5) * np.sin(angle) + (y - 0.5) * np.cos(angle)
    outside = np.hypot(np.maximum(np.abs(along) - 0.32, 0), across) - 0.055
    return _grey(0.08 + 0.87 * _inside(outside))


def checkerboard() -> Pixels:
    """Eight by eight squares."""
    x, y = _coordinates()
    return _grey((np.floor(8 * x) + np.floor(8 * y)) % 2)


def rings() -> Pixels:
    """Circles around the centre, narrower the farther out: every orientation and many widths at once."""
    x, y = _coordinates()
    radius = np.hypot(x - 0.5, y - 0.5)
    return _grey(0.5 + 0.5 * np.cos(2 * np.pi * 10 * radius**1.5))


def three() -> Pixels:
    """A 3 as with a broad pen, bright on a dark ground as the digits are that networks are trained on."""
    x, y = _coordinates()
    upper = _from_arc(x - 0.48, y - 0.31, radius=0.17, begin=-150, end=90)
    lower = _from_arc(x - 0.48, y - 0.67, radius=0.19, begin=-90, end=150)
    return _grey(_inside(np.minimum(upper, lower) - 0.065))


def _from_arc(x: _Field, y: _Field, radius: float, begin: float, end: float) -> _Field:
    """How far points are from an arc round (0, 0), clockwise between two angles, degrees from the x axis."""
    angle = np.radians(np.clip(np.degrees(np.arctan2(y, x)), begin, end))
    away: _Field = np.hypot(x - radius * np.cos(angle), y - radius * np.sin(angle))
    return away


def _coordinates() -> tuple[_Field, _Field]:
    """x and y of every pixel's centre, 0 to 1."""
    centres = (np.arange(SIDE_PX) + 0.5) / SIDE_PX
    x, y = np.meshgrid(centres, centres)
    return x, y


def _inside(distance: _Field) -> _Field:
    """1 inside, 0 outside, smooth over a pixel's width."""
    return np.clip(0.5 - distance * SIDE_PX, 0, 1)


def _grey(brightness: _Field) -> Pixels:
    """uint8 (side, side, 3) of brightness 0…1."""
    levels = (brightness * 255).round().astype(np.uint8)
    return np.repeat(levels[:, :, None], 3, axis=2)
