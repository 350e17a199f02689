"""What is taken out of a file, and the one number that is read."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.pictures import metadata
from app.pictures.verdict import NotDecoded
from tests.pictures import files

SECRET = b"where I live"


def test_a_png_keeps_only_what_its_pixels_need() -> None:
    extra = files.chunk(b"tEXt", b"Comment\0" + SECRET) + files.chunk(b"iCCP", b"x\0\0" + SECRET)
    plain = files.png(files.noise(5, 5), files.RGB)
    stripped, exif = metadata.strip_png(files.png(files.noise(5, 5), files.RGB, before=extra, after=extra))
    assert stripped == plain
    assert exif == b""


def test_a_jpeg_keeps_jfif_and_adobe_and_loses_every_other_application_segment() -> None:
    plain = files.saved(files.smooth(16, 16).convert("CMYK"), "JPEG")
    assert b"Adobe" in plain
    extra = b"".join(files.jpeg_segment(marker, SECRET) for marker in (0xE1, 0xE2, 0xED, 0xEF, 0xFE))
    stripped, exif = metadata.strip_jpeg(plain[:2] + extra + plain[2:])
    assert stripped == plain
    assert exif == b""


def test_fill_bytes_before_a_marker_are_allowed() -> None:
    plain = files.saved(files.smooth(16, 16), "JPEG")
    assert metadata.strip_jpeg(plain[:2] + b"\xff\xff\xff" + plain[2:])[0] == plain


def test_the_first_exif_block_counts() -> None:
    plain = files.saved(files.smooth(16, 16), "JPEG")
    blocks = files.jpeg_segment(0xE1, files.exif(6)) + files.jpeg_segment(0xE1, files.exif(3))
    _stripped, exif = metadata.strip_jpeg(plain[:2] + blocks + plain[2:])
    assert metadata.orientation(exif) == 6


@pytest.mark.parametrize("strip", [metadata.strip_png, metadata.strip_jpeg])
@given(body=st.binary(max_size=60))
def test_garbage_is_refused_and_nothing_else_happens(strip, body: bytes) -> None:  # type: ignore[no-untyped-def]
    start = files.PNG_SIGNATURE if strip is metadata.strip_png else b"\xff\xd8"
    with pytest.raises(NotDecoded):
        strip(start + body)


def test_a_png_chunk_longer_than_the_file_is_refused() -> None:
    with pytest.raises(NotDecoded):
        metadata.strip_png(files.PNG_SIGNATURE + struct.pack(">I", 2**32 - 1) + b"IDAT" + bytes(99))


@given(st.binary(max_size=80))
def test_orientation_of_garbage_is_upright_or_legal(block: bytes) -> None:
    for mark in (b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"):
        assert metadata.orientation(mark + block) in range(1, 9)


@given(st.integers(0, 65_535), st.sampled_from("<>"))
def test_orientation_agrees_with_pillow(value: int, order: str) -> None:
    block = files.exif(value, order)
    reference = Image.Exif()
    reference.load(block)
    assert reference[0x0112] == value
    assert metadata.orientation(block) == (value if 1 <= value <= 8 else 1)


def test_orientation_of_another_type_is_ignored() -> None:
    assert metadata.orientation(files.exif(6, kind=4)) == 1


def test_a_directory_that_claims_65535_entries_ends_where_the_block_ends() -> None:
    assert metadata.orientation(b"II*\0\x08\0\0\0\xff\xff" + bytes(12 * 3)) == 1


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    metadata.strip_jpeg(files.endless_jpeg(99))
    with pytest.raises(NotDecoded):
        metadata.strip_jpeg(files.endless_jpeg(100))
