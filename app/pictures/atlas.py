"""Draws a layer's feature maps as one grey picture, and all layers of a network as one sheet.

An atlas holds a layer's maps as tiles, row by row in ⌈√C⌉ columns without gaps; what is left of the last
row is 0. Every tile is quantised over its own map's minimum…maximum to 0…255, so that, with those two
numbers, any other scale can be made from it: value ≈ minimum + level / 255 · (maximum − minimum). A
constant map is 0 everywhere. A flat layer (F,) is F tiles of 1 × 1, quantised over the whole layer, for one
value alone has no range. NaN and −∞ are drawn as 0, +∞ as 255.

A sheet puts the atlases of many layers side by side on shelves, in the order given, and says where each lies.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.pictures import png
from app.pictures.picture import Pixels

Activation = npt.NDArray[np.float32]
"""float32 (C, H, W), or (F,) of a flat layer."""

_BLOCK_VALUES = 32_768
"""Values quantised at once: their float32 (128 KB) stay in a core's cache from one step to the next."""
_SAFE_SIDE_PX = 4_096
"""Longest side of a picture that every browser and graphics card draws."""


@dataclass(frozen=True)
class Ranges:
    """The smallest and largest finite value of every channel.

    Attributes:
        minimum, maximum: float32 (C,); NaN where a channel has no finite value. Of a flat layer, the values.
        finite: bool (C,), whether all values of the channel are finite.
    """

    minimum: Activation
    maximum: Activation
    finite: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Place:
    """Where a layer's atlas lies on a sheet, in pixels; tile c is in row c // columns, column c % columns."""

    top: int
    left: int
    height: int
    width: int
    columns: int


@dataclass(frozen=True)
class Layout:
    """Height and width of a sheet in pixels, and the place of each atlas on it by its layer's address."""

    height: int
    width: int
    places: Mapping[str, Place]


@dataclass(frozen=True)
class Sheet(Layout):
    """All atlases as one PNG file."""

    png: bytes


def ranges(activation: Activation) -> Ranges:
    """Smallest and largest finite value of every channel."""
    return _ranges(_by_channel(activation))


def columns(channels: int) -> int:
    """⌈√C⌉, the number of tiles in a row of an atlas."""
    return math.isqrt(channels - 1) + 1


def encode(activation: Activation, known: Ranges | None = None) -> bytes:
    """The PNG file of a layer's atlas.

    Args:
        activation: float32 (C, H, W) or (F,), with at least one value.
        known: its :func:`ranges`, where they have been computed already.
    """
    place = _atlas_size(activation.shape)
    canvas = np.zeros((place.height, place.width), np.uint8)
    _draw(activation, known, canvas)
    return png.encode(canvas)


def layout(shapes: Mapping[str, tuple[int, ...]]) -> Layout:
    """Where the atlases of layers with these shapes, (C, H, W) or (F,), lie on a sheet."""
    placed = _arrange([_atlas_size(shape) for shape in shapes.values()])
    height, width = _extent(placed)
    return Layout(height, width, dict(zip(shapes, placed, strict=True)))


def sheet(
    activations: Mapping[str, Activation],
    known: Mapping[str, Ranges] | None = None,
    arranged: Layout | None = None,
) -> Sheet:
    """The atlases of all these layers, at least one, on one picture.

    Args:
        activations: by address.
        known: their :func:`ranges`, where they have been computed already.
        arranged: the :func:`layout` of their shapes, likewise.
    """
    arranged = arranged or layout({address: activation.shape for address, activation in activations.items()})
    canvas = np.zeros((arranged.height, arranged.width), np.uint8)
    for address, activation in activations.items():
        place = arranged.places[address]
        part = canvas[place.top : place.top + place.height, place.left : place.left + place.width]
        _draw(activation, known[address] if known else None, part)
    return Sheet(arranged.height, arranged.width, arranged.places, png.encode(canvas))


def _tiles(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Number, height and width of a layer's tiles."""
    if len(shape) == 1:
        return shape[0], 1, 1
    channels, height, width = shape
    return channels, height, width


def _by_channel(activation: Activation) -> Activation:
    """(C, H · W), contiguous."""
    channels, height, width = _tiles(activation.shape)
    return np.ascontiguousarray(activation, np.float32).reshape(channels, height * width)


def _atlas_size(shape: tuple[int, ...]) -> Place:
    channels, height, width = _tiles(shape)
    across = columns(channels)
    return Place(0, 0, -(-channels // across) * height, across * width, across)


def _arrange(sizes: Sequence[Place]) -> list[Place]:
    """Places on shelves, for the width that wastes least while no side is longer than a picture safely is."""
    widest = max(size.width for size in sizes)

    def badness(placed: Sequence[Place]) -> tuple[bool, int]:
        height, width = _extent(placed)
        return max(height, width) > _SAFE_SIDE_PX, height * width

    return min((_shelve(sizes, widest * times) for times in range(1, 9)), key=badness)


def _shelve(sizes: Sequence[Place], sheet_width: int) -> list[Place]:
    """Places side by side in order; a new shelf begins where the next one would not fit."""
    top, left, shelf_height = 0, 0, 0
    placed = []
    for size in sizes:
        if left + size.width > sheet_width:
            top, left, shelf_height = top + shelf_height, 0, 0
        placed.append(Place(top, left, size.height, size.width, size.columns))
        left += size.width
        shelf_height = max(shelf_height, size.height)
    return placed


def _extent(placed: Sequence[Place]) -> tuple[int, int]:
    """Height and width of a sheet with these places."""
    height = max(place.top + place.height for place in placed)
    return height, max(place.left + place.width for place in placed)


def _draw(activation: Activation, known: Ranges | None, canvas: Pixels) -> None:
    """Quantises a layer into its part of a canvas of zeros."""
    channels, height, width = _tiles(activation.shape)
    if activation.ndim == 1:
        values = _by_channel(activation).reshape(1, channels)
        levels = _quantise(values, _ranges(values))
    else:
        levels = _quantise(_by_channel(activation), known or ranges(activation))
    across = columns(channels)
    whole_rows, rest = divmod(channels, across)
    tiles = levels.reshape(channels, height, width)
    grid = canvas.reshape(-1, height, across, width).swapaxes(1, 2)  # tile row, tile column, height, width
    grid[:whole_rows] = tiles[: whole_rows * across].reshape(whole_rows, across, height, width)
    if rest:
        grid[whole_rows, :rest] = tiles[whole_rows * across :]


def _ranges(values: Activation) -> Ranges:
    minimum, maximum = values.min(axis=1), values.max(axis=1)
    finite = np.isfinite(minimum) & np.isfinite(maximum)
    for channel in np.flatnonzero(~finite):
        some = values[channel][np.isfinite(values[channel])]
        minimum[channel], maximum[channel] = (some.min(), some.max()) if some.size else (np.nan, np.nan)
    return Ranges(minimum, maximum, finite)


def _quantise(values: Activation, bounds: Ranges) -> Pixels:
    """Levels 0…255 of (C, N) values, each row over its own range, rounded to the nearest."""
    levels = np.empty(values.shape, np.uint8)
    rows = min(len(values), max(1, _BLOCK_VALUES // values.shape[1]))
    work = np.empty((rows, values.shape[1]), np.float32)
    with np.errstate(all="ignore"):
        spread = bounds.maximum - bounds.minimum
        scale = np.where(spread > 0, np.float32(255) / spread, np.float32(0))
        plain = bounds.finite & np.isfinite(spread) & np.isfinite(scale)
        for start in range(0, len(values), rows):
            block = slice(start, min(start + rows, len(values)))
            scaled = work[: block.stop - start]
            np.subtract(values[block], bounds.minimum[block, None], out=scaled)
            np.multiply(scaled, scale[block, None], out=scaled)
            np.add(scaled, np.float32(0.5), out=levels[block], casting="unsafe")  # cut off, so rounded
    for row in np.flatnonzero(~plain):
        levels[row] = _quantise_carefully(values[row], bounds.minimum[row], bounds.maximum[row])
    return levels


def _quantise_carefully(values: Activation, minimum: np.float32, maximum: np.float32) -> Pixels:
    """The same for one row with non-finite values, or with a range that float32 cannot divide by."""
    wide = np.nan_to_num(values.astype(np.float64), nan=-np.inf, neginf=-np.inf, posinf=np.inf)
    spread = float(maximum) - float(minimum)
    if not spread > 0:  # constant, or nothing finite at all
        return np.where(wide == np.inf, np.uint8(255), np.uint8(0))
    return np.floor(np.clip((wide - float(minimum)) * (255 / spread), 0, 255) + 0.5).astype(np.uint8)
