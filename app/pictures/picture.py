"""A normalised picture, as every part of this package hands it on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Picture:
    """Upright, opaque, 8-bit sRGB.

    Attributes:
        rgb: ``height * width * 3`` bytes, row by row, red first.
        format: what the file was, as Pillow calls it (``JPEG``), where it is still known.
    """

    width: int
    height: int
    rgb: bytes = field(repr=False)
    format: str = ""

    @property
    def pixels(self) -> Pixels:
        """uint8 (height, width, 3), read-only, sharing memory with ``rgb``."""
        return np.frombuffer(self.rgb, np.uint8).reshape(self.height, self.width, 3)
