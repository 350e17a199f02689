"""What normalisation refuses, by its size or as no picture, and what cannot make it refuse one."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.pictures.normalise import normalise
from app.pictures.verdict import NotDecoded, Verdict
from tests.pictures import files
from tests.pictures.hostile import KINDS, claims
from tests.pictures.normalising import LIMITS, pixels, verdict

pytestmark = pytest.mark.usefixtures("like_the_worker")


# Too large


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("width", "height"), [(16_383, 16_383), (4001, 4000), (16_385, 1), (1, 16_385), (5000, 5000)]
)
def test_too_many_pixels_are_refused_by_the_header(kind: str, width: int, height: int) -> None:
    assert verdict(claims(kind, width, height)) is Verdict.TOO_LARGE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP"])
def test_the_largest_sizes_that_a_header_can_hold(kind: str) -> None:
    most = 65_535 if kind == "JPEG" else 2**31 - 1
    assert verdict(claims(kind, most, most)) is Verdict.TOO_LARGE


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "JPEG"])  # libjpeg fills up with grey
def test_a_size_just_allowed_is_refused_for_what_is_missing(kind: str) -> None:
    assert verdict(claims(kind, 4000, 4000)) is Verdict.BROKEN


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP"])
def test_no_pixels_at_all(kind: str) -> None:
    assert verdict(claims(kind, 0, 5)) is Verdict.BROKEN


def test_a_gif_whose_frame_is_larger_than_its_screen() -> None:
    data = bytearray(claims("GIF", 9000, 9000))
    data[6:10] = struct.pack("<HH", 5, 5)
    assert verdict(bytes(data)) is Verdict.TOO_LARGE


# Not pictures, and broken ones


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"BM, the car maker, writes to you",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"8BPS\0\1",
        b"II*\0\x08\0\0\0",
        b"icns\0\0\0\x08",
        b"SIMPLE  =                    T",
        b"RIFF\x10\0\0\0WAVEfmt ",
        b"\0\0\0\x1cftypavif",
        b"GIF88a",
        b"\x89PNG\r\n\x1a",
    ],
)
def test_anything_else_is_not_parsed(data: bytes) -> None:
    assert verdict(data) is Verdict.UNSUPPORTED


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_short_is_refused_wherever_it_is_cut(kind: str) -> None:
    data = files.saved(Image.fromarray(files.noise(24, 24)), kind)
    last = len(data) - {"GIF": 3, "JPEG": 40}.get(
        kind, 1
    )  # a GIF's end mark and a JPEG's last block may be missing
    for length in range(16, last, max(1, last // 97)):
        assert verdict(data[:length]) in {Verdict.BROKEN, Verdict.UNSUPPORTED}


def test_a_png_whose_pixels_fail_their_checksum_is_refused() -> None:
    data = bytearray(files.png(files.noise(20, 20), files.RGB))
    data[data.index(b"IDAT") + 100] ^= 1
    assert verdict(bytes(data)) is Verdict.BROKEN


@given(st.sampled_from(KINDS), st.data())
def test_flipped_bytes_never_raise_anything_else(kind: str, data: st.DataObject) -> None:
    broken = bytearray(files.saved(Image.fromarray(files.noise(16, 16)), kind))
    for position, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(broken) - 1), st.integers(0, 255)), max_size=12)
    ):
        broken[position] = value
    try:
        image, _kind = normalise(bytes(broken), LIMITS)
    except NotDecoded:
        return
    assert image.mode == "RGB"
    assert 1 <= max(image.size) <= 1024


# Metadata


HOSTILE_PNG_CHUNKS = {
    "a broken profile": files.chunk(b"iCCP", b"x\0\0" + b"garbage"),
    "a profile that unpacks to 100 MB": files.chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(100_000_000), 9)),
    "a text that unpacks to 100 MB": files.chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(100_000_000), 9)),
    "a text with entities": files.chunk(
        b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<!DOCTYPE x [<!ENTITY a 'aaa'>]>&a;"
    ),
    "broken EXIF": files.chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff"),
    "an unknown chunk": files.chunk(b"prVt", bytes(1000)),
    "a wrong checksum of a text": b"\0\0\0\1tEXtx\0\0\0\0",
    "a broken gamma": files.chunk(b"gAMA", b""),
    "an animation's header": files.chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)),
}


@pytest.mark.parametrize("name", HOSTILE_PNG_CHUNKS)
def test_metadata_of_a_png_cannot_refuse_it(name: str) -> None:
    levels = files.noise(6, 6)
    assert np.array_equal(pixels(files.png(levels, files.RGB, before=HOSTILE_PNG_CHUNKS[name])), levels)


HOSTILE_JPEG_SEGMENTS = {
    "a broken profile": (0xE2, b"ICC_PROFILE\0\x05\x02garbage"),
    "multi-picture garbage": (0xE2, b"MPF\0II*\0\xff\xff\xff\xff"),
    "broken EXIF": (0xE1, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"),
    "XMP with entities": (0xE1, b"http://ns.adobe.com/xap/1.0/\0<!DOCTYPE x [<!ENTITY a 'aaa'>]>&a;"),
    "Photoshop garbage": (0xED, b"Photoshop 3.0\x008BIM\xff\xff\xff\xff"),
    "a comment": (0xFE, bytes(60_000)),
}


@pytest.mark.parametrize("name", HOSTILE_JPEG_SEGMENTS)
def test_metadata_of_a_jpeg_cannot_refuse_it(name: str) -> None:
    data = files.saved(files.smooth(16, 16), "JPEG")
    hostile = data[:2] + files.jpeg_segment(*HOSTILE_JPEG_SEGMENTS[name]) + data[2:]
    assert np.array_equal(pixels(hostile), pixels(data))
