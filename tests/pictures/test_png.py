"""Our own PNG writer, read back by Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from app.pictures import png
from tests.pictures import files
from tests.pictures.files import Array

SIDES = st.integers(1, 30)
PIXELS = arrays.arrays(np.uint8, st.one_of(st.tuples(SIDES, SIDES), st.tuples(SIDES, SIDES, st.just(3))))


def read(data: bytes) -> Array:
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        assert image.mode in {"L", "RGB"}
        assert not image.info  # no metadata
        return np.asarray(image)


@given(PIXELS)
def test_every_bit_comes_back(pixels: Array) -> None:
    assert np.array_equal(read(png.encode(pixels)), pixels)


def test_part_of_a_larger_array_can_be_written() -> None:
    whole = files.noise(40, 50)
    assert np.array_equal(read(png.encode(whole[3:20, 7:31])), whole[3:20, 7:31])


@pytest.mark.parametrize("pixels", [files.noise(64, 64), np.zeros((64, 64, 3), np.uint8)])
def test_it_is_no_larger_than_pillows_fastest_level(pixels: Array) -> None:
    theirs = files.saved(Image.fromarray(pixels), "PNG", compress_level=1)
    assert len(png.encode(pixels)) <= 1.05 * len(theirs) + 64
