"""A normalised picture, as every part of this package hands it on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Picture:
    """Upright, opaque, 8-bit sRGB.

    Attributes:
        pixels: uint8 (height, width, 3), contiguous.
        format: what the file was, as Pillow calls it (``JPEG``), where it is still known.
    """

    pixels: Pixels = field(repr=False)
    format: str = ""

    @property
    def height(self) -> int:
        return len(self.pixels)

    @property
    def width(self) -> int:
        return len(self.pixels[0])
