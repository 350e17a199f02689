"""Feature maps as 8-bit tiles: layout, levels, and every scale that can be made from them."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from app.pictures import atlas
from tests.pictures.files import Array

SHAPES = st.tuples(st.integers(1, 20), st.integers(1, 9), st.integers(1, 9))
FINITE = arrays.arrays(
    np.float32, SHAPES, elements=st.floats(width=32, allow_nan=False, allow_infinity=False)
)
ANY = arrays.arrays(np.float32, SHAPES, elements=st.floats(width=32))


def read(data: bytes) -> Array:
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "L"
        return np.asarray(image)


def tile(picture: Array, channel: int, height: int, width: int, across: int) -> Array:
    top, left = channel // across * height, channel % across * width
    return picture[top : top + height, left : left + width]


def reference(values: Array, minimum: float, maximum: float) -> Array:
    """Levels by the book, in float64."""
    wide = values.astype(np.float64)
    spread = maximum - minimum
    levels = np.where(np.isposinf(wide), 255.0, 0.0)
    finite = np.isfinite(wide)
    if spread > 0:
        levels[finite] = np.floor((wide[finite] - minimum) / spread * 255 + 0.5)
    return levels


@given(ANY)
def test_every_tile_is_quantised_over_its_own_finite_range(activation: Array) -> None:
    channels, height, width = activation.shape
    picture = read(atlas.encode(activation))
    bounds = atlas.ranges(activation)
    across = math.ceil(math.sqrt(channels))
    assert picture.shape == (-(-channels // across) * height, across * width)
    for channel, values in enumerate(activation):
        finite = values[np.isfinite(values)]
        assert bounds.finite[channel] == (finite.size == values.size)
        if finite.size:
            assert bounds.minimum[channel] == finite.min()
            assert bounds.maximum[channel] == finite.max()
        else:
            assert np.isnan(bounds.minimum[channel])
            assert np.isnan(bounds.maximum[channel])
        low, high = float(bounds.minimum[channel]), float(bounds.maximum[channel])
        levels = tile(picture, channel, height, width, across)
        assert np.abs(levels - reference(values, low, high)).max() <= 1


@given(FINITE)
def test_values_come_back_to_half_a_level(activation: Array) -> None:
    channels, height, width = activation.shape
    picture, bounds = read(atlas.encode(activation)).astype(np.float64), atlas.ranges(activation)
    for channel, values in enumerate(activation.astype(np.float64)):
        low, high = float(bounds.minimum[channel]), float(bounds.maximum[channel])
        levels = tile(picture, channel, height, width, atlas.columns(channels))
        assert np.abs(low + levels / 255 * (high - low) - values).max() <= 0.502 * (high - low) / 255


@given(st.integers(1, 100_000))
def test_columns_are_the_root_rounded_up(channels: int) -> None:
    across = atlas.columns(channels)
    assert (across - 1) ** 2 < channels <= across**2


def test_the_rest_of_the_last_row_is_empty() -> None:
    picture = read(atlas.encode(np.arange(5 * 4, dtype=np.float32).reshape(5, 2, 2)))
    assert picture.shape == (4, 6)
    assert (picture[2:, 4:] == 0).all()
    assert picture[2:, 2:4].tolist() == [[0, 85], [170, 255]]


def test_a_constant_map_is_empty() -> None:
    assert (read(atlas.encode(np.full((3, 4, 4), 7.5, np.float32))) == 0).all()


def test_what_is_not_finite() -> None:
    activation = np.array([[[np.nan, 0, 1, np.inf, -np.inf]], [[np.nan] * 5], [[np.inf] * 5]], np.float32)
    picture = read(atlas.encode(activation))
    assert picture[0, :5].tolist() == [0, 0, 255, 255, 0]
    assert picture[0, 5:].tolist() == [0] * 5
    assert picture[1, :5].tolist() == [255] * 5


@pytest.mark.parametrize("values", [(-3.4e38, 0, 3.4e38), (0, 1.5e-45, 2.9e-45), (1e8, 1e8 + 8, 1e8 + 16)])
def test_ranges_that_float32_can_hardly_divide_by(values: tuple[float, ...]) -> None:
    assert read(atlas.encode(np.array([[values]], np.float32))).tolist() == [[0, 128, 255]]


def test_a_flat_layer_is_drawn_over_its_whole_range() -> None:
    activation = np.array([-1, 0, 1, 3, 2], np.float32)
    assert read(atlas.encode(activation)).tolist() == [[0, 64, 128], [255, 191, 0]]
    bounds = atlas.ranges(activation)
    assert bounds.minimum.tolist() == bounds.maximum.tolist() == activation.tolist()


def test_arrays_that_are_not_contiguous_are_read_right() -> None:
    activation = np.random.default_rng(0).normal(size=(6, 5, 7)).astype(np.float32)
    turned = np.asfortranarray(activation)
    assert atlas.encode(turned) == atlas.encode(activation)


@given(st.lists(st.one_of(ANY, arrays.arrays(np.float32, st.integers(1, 60))), min_size=1, max_size=9))
def test_a_sheet_holds_every_atlas_and_nothing_else(layers: list[Array]) -> None:
    activations = {str(index): layer for index, layer in enumerate(layers)}
    sheet = atlas.sheet(activations)
    picture = read(sheet.png)
    assert picture.shape == (sheet.height, sheet.width)
    seen = np.zeros(picture.shape, int)
    for address, activation in activations.items():
        place = sheet.places[address]
        rows, across = slice(place.top, place.top + place.height), slice(place.left, place.left + place.width)
        assert np.array_equal(picture[rows, across], read(atlas.encode(activation)))
        assert place.columns == atlas.columns(len(activation))
        seen[rows, across] += 1
    assert seen.max() == 1
    assert (picture[seen == 0] == 0).all()


def test_ranges_known_already_change_nothing() -> None:
    activations = {"0": np.random.default_rng(0).normal(size=(6, 5, 7)).astype(np.float32)}
    known = {address: atlas.ranges(activation) for address, activation in activations.items()}
    assert atlas.sheet(activations, known).png == atlas.sheet(activations).png
    assert atlas.encode(activations["0"], known["0"]) == atlas.encode(activations["0"])


def test_a_large_network_fits_a_picture_that_every_browser_draws() -> None:
    layers = [(64, 32, 32)] * 5 + [(128, 16, 16)] * 8 + [(256, 16, 16)] * 2 + [(512, 8, 8)] * 6
    sheet = atlas.sheet({str(i): np.zeros(shape, np.float32) for i, shape in enumerate(layers)})
    assert max(sheet.height, sheet.width) <= 4096
    assert sheet.height * sheet.width < 1.35 * sum(math.prod(shape) for shape in layers)
