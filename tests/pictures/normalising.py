"""What the tests of normalisation ask of it: the pixels of a file, or why it is refused."""

from __future__ import annotations

import numpy as np
import pytest

from app.pictures.normalise import Limits, normalise
from app.pictures.verdict import NotDecoded, Verdict
from tests.pictures.files import Array

LIMITS = Limits()


def pixels(data: bytes, limits: Limits = LIMITS) -> Array:
    """uint8 (H, W, 3)."""
    image, _kind = normalise(data, limits)
    assert image.mode == "RGB"
    return np.asarray(image)


def verdict(data: bytes, limits: Limits = LIMITS) -> Verdict:
    """Why a file is refused, which it must be."""
    with pytest.raises(NotDecoded) as end:
        normalise(data, limits)
    return end.value.verdict
