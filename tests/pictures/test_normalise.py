"""Every rule of normalisation against a plain NumPy or Pillow reference."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageOps

from app.pictures.normalise import Limits, normalise
from tests.pictures import files
from tests.pictures.files import Array
from tests.pictures.normalising import LIMITS, pixels

pytestmark = pytest.mark.usefixtures("like_the_worker")

SIDES = st.integers(1, 40)


def values(channels: int, top: int, dtype: type = np.uint8) -> st.SearchStrategy[Array]:
    shapes = st.tuples(SIDES, SIDES, st.just(channels))
    return arrays.arrays(dtype, shapes, elements=st.integers(0, top))


def over_white(colour: Array, alpha: Array) -> Array:
    share = alpha.astype(np.float64) / 255
    return colour * share + 255 * (1 - share)


def grey(levels: Array) -> Array:
    return np.repeat(levels.reshape(*levels.shape[:2], 1), 3, axis=2)


def close(one: Array, other: Array, most: float = 1) -> bool:
    return one.shape == other.shape and bool((np.abs(one.astype(np.float64) - other) <= most).all())


# Pixels


@given(values(3, 255))
def test_rgb_keeps_every_bit(levels: Array) -> None:
    assert np.array_equal(pixels(files.png(levels, files.RGB)), levels)


@given(values(1, 255))
def test_grey_becomes_three_equal_channels(levels: Array) -> None:
    assert np.array_equal(pixels(files.png(levels, files.GREY)), grey(levels))


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_fewer_bits_are_spread_over_the_whole_scale(depth: int) -> None:
    levels = np.arange(2**depth)[None]
    assert np.array_equal(pixels(files.png(levels, files.GREY, depth)), grey(levels * 255 // (2**depth - 1)))


@given(values(4, 255))
def test_transparent_colours_lie_over_white(levels: Array) -> None:
    expected = over_white(levels[..., :3], levels[..., 3:])
    assert close(pixels(files.png(levels, files.RGBA)), expected)


@given(values(2, 255))
def test_transparent_greys_lie_over_white(levels: Array) -> None:
    expected = grey(over_white(levels[..., 0], levels[..., 1]))
    assert close(pixels(files.png(levels, files.GREY_ALPHA)), expected)


@given(values(1, 255), st.binary(min_size=768, max_size=768), st.binary(min_size=1, max_size=256))
def test_palettes_with_transparency_lie_over_white(indices: Array, palette: bytes, alphas: bytes) -> None:
    data = files.png(
        indices, files.PALETTE, before=files.chunk(b"PLTE", palette) + files.chunk(b"tRNS", alphas)
    )
    colours = np.frombuffer(palette, np.uint8).reshape(256, 3)
    alpha = np.full(256, 255, np.uint8)
    alpha[: len(alphas)] = np.frombuffer(alphas, np.uint8)
    index = indices[..., 0]
    assert close(pixels(data), over_white(colours[index], alpha[index][..., None]))


@pytest.mark.parametrize(
    ("colour", "channels"), [(files.GREY, 1), (files.RGB, 3), (files.GREY_ALPHA, 2), (files.RGBA, 4)]
)
@given(data=st.data())
def test_of_sixteen_bits_the_high_byte_counts(colour: int, channels: int, data: st.DataObject) -> None:
    levels = data.draw(values(channels, 65_535, np.uint16))
    high = levels >> 8
    opaque = high[..., :3] if channels >= 3 else grey(high[..., 0])
    expected = over_white(opaque, high[..., -1:]) if channels in (2, 4) else opaque
    assert close(pixels(files.png(levels, colour, 16)), expected, most=1 if channels in (2, 4) else 0)


@pytest.mark.parametrize(("depth", "clear"), [(1, 1), (1, 0), (2, 2), (4, 9), (8, 200), (16, 0x1234)])
def test_one_transparent_grey(depth: int, clear: int) -> None:
    levels = np.array([[0, clear, 2**depth - 1, max(0, clear - 1), min(2**depth - 1, clear + 1)]])
    data = files.png(levels, files.GREY, depth, before=files.chunk(b"tRNS", struct.pack(">H", clear)))
    shown = levels >> 8 if depth == 16 else levels * 255 // (2**depth - 1)
    assert np.array_equal(pixels(data), grey(np.where(levels == clear, 255, shown)))


@pytest.mark.parametrize("depth", [8, 16])
def test_one_transparent_colour(depth: int) -> None:
    spread = 257 if depth == 16 else 1
    levels = np.array([[(1, 2, 3), (1, 2, 4), (9, 2, 3), (1, 2, 3)]]) * spread
    clear = struct.pack(">3H", spread, 2 * spread, 3 * spread)
    expected = np.array([[(255, 255, 255), (1, 2, 4), (9, 2, 3), (255, 255, 255)]])
    data = files.png(levels, files.RGB, depth, before=files.chunk(b"tRNS", clear))
    assert np.array_equal(pixels(data), expected)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [(kind, mode) for kind in ("PNG", "GIF", "BMP") for mode in ("1", "L", "P", "RGB")]
    + [("JPEG", "L"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("WEBP", "RGB")],
)
def test_what_is_small_comes_as_pillow_decodes_it(kind: str, mode: str) -> None:
    data = files.saved(files.smooth(30, 50).convert(mode), kind)
    with Image.open(io.BytesIO(data)) as reference:
        expected = np.asarray(reference.convert("RGB"))
    assert np.array_equal(pixels(data), expected)


def test_an_adobe_cmyk_jpeg_is_not_a_negative() -> None:
    data = files.saved(Image.new("CMYK", (16, 16), (0, 0, 0, 0)), "JPEG")
    assert b"Adobe" in data
    assert pixels(data).min() > 250


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_of_an_animation_the_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "lime", "blue")]
    data = files.saved(frames[0], kind, save_all=True, append_images=frames[1:])
    assert close(pixels(data), np.full((10, 20, 3), (255, 0, 0)), most=3)


def test_a_transparent_gif_lies_over_white() -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((0, 0), 0)
    shown = pixels(files.saved(image, "GIF", transparency=1))
    assert shown[0, 0].tolist() == [255, 0, 0]
    assert shown[1, 1].tolist() == [255, 255, 255]


def test_a_bmp_with_transparency_lies_over_white() -> None:
    levels = files.noise(5, 7, 4)
    bitmap = struct.pack(
        "<IiiHHIIiiIIIIII", 56, 7, -5, 1, 32, 3, 0, 0, 0, 0, 0, 0xFF, 0xFF00, 0xFF0000, 0xFF000000
    )
    data = b"BM" + struct.pack("<IHHI", 70 + 140, 0, 0, 70) + bitmap + levels.tobytes()
    assert close(pixels(data), over_white(levels[..., :3], levels[..., 3:]))


# Orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_eight_orientations(kind: str, orientation: int, order: str) -> None:
    data = files.saved(files.smooth(20, 33), kind, exif=files.exif(orientation, order))
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    assert np.array_equal(pixels(data), expected)


@pytest.mark.parametrize("orientation", [0, 9, 255, 65_535])
def test_other_orientations_are_ignored(orientation: int) -> None:
    levels = files.noise(4, 6)
    data = files.saved(Image.fromarray(levels), "PNG", exif=files.exif(orientation))
    assert np.array_equal(pixels(data), levels)


def test_orientation_after_the_pixels_counts_too() -> None:
    levels = files.noise(4, 6)
    data = files.png(levels, files.RGB, after=files.chunk(b"eXIf", files.exif(3)[6:]))
    assert np.array_equal(pixels(data), levels[::-1, ::-1])


# Sizes


@pytest.mark.parametrize("kind", ["PNG", "BMP"])
def test_a_picture_of_the_networks_size_is_untouched(kind: str) -> None:
    levels = files.noise(32, 32)
    assert np.array_equal(pixels(files.saved(Image.fromarray(levels), kind)), levels)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (40, 1), (1024, 1), (1024, 1024)])
def test_up_to_the_limit_nothing_is_reduced(height: int, width: int) -> None:
    levels = files.noise(height, width)
    assert np.array_equal(pixels(files.png(levels, files.RGB)), levels)


@given(st.integers(1, 90), st.integers(1, 90), st.integers(4, 30), st.integers(0, 99))
def test_longer_pictures_are_means_of_blocks(height: int, width: int, side: int, seed: int) -> None:
    levels = files.noise(height, width, seed=seed)
    factor = -(-max(height, width) // side)
    expected = np.array(
        [
            [levels[y : y + factor, x : x + factor].mean(axis=(0, 1)) for x in range(0, width, factor)]
            for y in range(0, height, factor)
        ]
    )
    assert close(pixels(files.png(levels, files.RGB), Limits(normalised_side_px=side)), expected)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((2000, 1500), (1000, 750)),
        ((750, 3000), (250, 1000)),
        ((1025, 40), (513, 20)),
        ((3073, 1), (769, 1)),
        ((16_384, 9), (1024, 1)),
        ((4097, 240), (820, 48)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_sizes_of_what_is_reduced(kind: str, size: tuple[int, int], expected: tuple[int, int]) -> None:
    source = files.smooth(size[1], size[0])
    image, _kind = normalise(files.saved(source, kind), LIMITS)
    assert max(image.size) <= 1024
    if kind == "PNG":
        assert image.size == expected
    reference = source.resize(image.size, Image.Resampling.BOX)
    assert np.abs(np.asarray(image).astype(int) - np.asarray(reference)).mean() < 6


def test_a_reduced_jpeg_is_turned_as_well() -> None:
    data = files.saved(files.smooth(1000, 3000), "JPEG", exif=files.exif(6))
    assert pixels(data).shape == (750, 250, 3)
