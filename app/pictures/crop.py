"""A square of a picture as the network's input: 32 × 32, by one rule.

The rule is Pillow's bicubic reduction (a = −0.5) whose support grows with the factor, so that every pixel
of the crop counts by its area: antialiased. The same rule enlarges crops below 32 × 32. The crop is cut out
first: nothing outside it bleeds in. A crop that is already 32 × 32 is handed on to the last bit."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from PIL import Image

from app.arithmetic.errors import InvalidSpec
from app.locale import mark as _
from app.pictures.picture import Pixels

INPUT_SIDE_PX = 32
"""Height and width of what every network here is shown."""

_WRITTEN = re.compile(r"(-?[0-9]{1,6}),(-?[0-9]{1,6}),(-?[0-9]{1,6})")


@dataclass(frozen=True)
class Crop:
    """A square in pixels of the normalised picture."""

    top: int
    left: int
    side: int


def largest_square(height: int, width: int) -> Crop:
    """The centred largest square; half a pixel goes to the top and to the left."""
    side = min(height, width)
    return Crop((height - side) // 2, (width - side) // 2, side)


def checked(crop: Crop, height: int, width: int) -> Crop:
    """The crop itself, if it lies inside a picture of this size.

    Raises:
        InvalidSpec: it does not; ``nearest`` is the nearest square that does, as ``top,left,side``.
    """
    side = min(max(crop.side, 1), height, width)
    top = min(max(crop.top, 0), height - side)
    left = min(max(crop.left, 0), width - side)
    if Crop(top, left, side) != crop:
        raise InvalidSpec(
            "crop",
            _("The crop must lie inside the picture, which is {height} high and {width} wide."),
            {"height": height, "width": width},
            nearest=f"{top},{left},{side}",
        )
    return crop


def read(written: str | None, height: int, width: int) -> Crop:
    """The crop that ``top,left,side`` means in a picture of this size; without one, the largest square.

    Raises:
        InvalidSpec: it is not three whole numbers, or reaches out of the picture.
    """
    largest = largest_square(height, width)
    if written is None:
        return largest
    numbers = _WRITTEN.fullmatch(written)
    if numbers is None:
        raise InvalidSpec(
            "crop",
            _("A crop is three whole numbers: top,left,side."),
            nearest=f"{largest.top},{largest.left},{largest.side}",
        )
    top, left, side = map(int, numbers.groups())
    return checked(Crop(top, left, side), height, width)


def to_input(pixels: Pixels, crop: Crop | None = None) -> Pixels:
    """The crop (default: the centred largest square) as uint8 (32, 32, 3).

    Args:
        pixels: uint8 (height, width, 3).

    Raises:
        InvalidSpec: the crop reaches out of the picture.
    """
    height, width, _channels = pixels.shape
    square = largest_square(height, width) if crop is None else checked(crop, height, width)
    cut = pixels[square.top : square.top + square.side, square.left : square.left + square.side]
    if square.side == INPUT_SIDE_PX:
        return np.ascontiguousarray(cut)
    image = Image.fromarray(np.ascontiguousarray(cut))
    return np.asarray(image.resize((INPUT_SIDE_PX, INPUT_SIDE_PX), Image.Resampling.BICUBIC))
