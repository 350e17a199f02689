"""From a picture to 32 × 32."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.arithmetic.errors import InvalidSpec
from app.pictures.crop import Crop, checked, largest_square, to_input
from tests.pictures import files
from tests.pictures.files import Array

SIDES = st.integers(1, 300)


def cubic(distance: Array) -> Array:
    """Keys' kernel with a = −0.5."""
    x = np.abs(distance)
    inner: Array = 1.5 * x**3 - 2.5 * x**2 + 1
    outer: Array = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x < 1, inner, np.where(x < 2, outer, 0))


def reduction(side: int) -> Array:
    """(32, side): the weight of every pixel in every output pixel, the kernel stretched by the factor."""
    scale = side / 32
    centres = (np.arange(32) + 0.5) * scale
    weights = cubic((np.arange(side) + 0.5 - centres[:, None]) / max(scale, 1))
    normalised: Array = weights / weights.sum(axis=1, keepdims=True)
    return normalised


@given(st.integers(1, 200), st.integers(0, 99))
def test_the_rule_is_a_bicubic_that_counts_every_pixel(side: int, seed: int) -> None:
    pixels = files.noise(side, side, seed=seed)
    weights = reduction(side)
    rows = np.einsum("xc,rcb->rxb", weights, pixels.astype(np.float64)).round().clip(0, 255)
    exact = np.einsum("yr,rxb->yxb", weights, rows).clip(0, 255)
    assert np.abs(to_input(pixels) - exact).max() <= 1.6  # the rows are rounded, then the columns


def test_a_32_by_32_picture_is_untouched() -> None:
    pixels = files.noise(32, 32)
    assert np.array_equal(to_input(pixels), pixels)


def test_a_32_by_32_crop_is_cut_out_and_untouched() -> None:
    pixels = files.noise(70, 90)
    assert np.array_equal(to_input(pixels, Crop(5, 11, 32)), pixels[5:37, 11:43])


@given(SIDES, SIDES)
def test_without_a_crop_the_centred_largest_square_is_taken(height: int, width: int) -> None:
    square = largest_square(height, width)
    assert square.side == min(height, width)
    assert checked(square, height, width) == square
    assert 0 <= (height - square.side) - 2 * square.top <= 1
    assert 0 <= (width - square.side) - 2 * square.left <= 1
    pixels = files.noise(height, width)
    assert np.array_equal(to_input(pixels), to_input(pixels, square))


def test_what_lies_outside_the_crop_does_not_bleed_in() -> None:
    pixels = np.zeros((100, 100, 3), np.uint8)
    pixels[20:84, 30:94] = 200
    assert (to_input(pixels, Crop(20, 30, 64)) == 200).all()


@pytest.mark.parametrize("side", [1, 5, 31])
def test_small_pictures_are_enlarged(side: int) -> None:
    pixels = np.full((side, side + 3, 3), 77, np.uint8)
    assert to_input(pixels).shape == (32, 32, 3)
    assert (to_input(pixels) == 77).all()


@given(st.integers(-9, 70), st.integers(-9, 70), st.integers(-9, 70))
def test_a_crop_outside_is_refused_with_the_nearest_one_inside(top: int, left: int, side: int) -> None:
    pixels = files.noise(40, 60)
    inside = side >= 1 and top >= 0 and left >= 0 and top + side <= 40 and left + side <= 60
    if inside:
        assert to_input(pixels, Crop(top, left, side)).shape == (32, 32, 3)
        return
    with pytest.raises(InvalidSpec) as error:
        to_input(pixels, Crop(top, left, side))
    assert error.value.field == "crop"
    nearest = Crop(*map(int, str(error.value.nearest).split(",")))
    assert to_input(pixels, nearest).shape == (32, 32, 3)


def test_the_same_picture_gives_the_same_numbers() -> None:
    pixels = files.noise(345, 234)
    assert np.array_equal(to_input(pixels), to_input(pixels.copy()))
