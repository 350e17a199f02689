"""Files that mean harm: bombs, damage of every kind, what only looks like a picture. Made here, by a seed."""

from __future__ import annotations

import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.pictures import files

KINDS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")


def corpus(seed: int, rounds: int) -> Iterator[tuple[str, bytes]]:
    """Names and bytes: every fixed file, then ``rounds`` random mutations of every kind of picture."""
    yield from strangers()
    yield from bombs()
    yield from oddities()
    yield from mutations(seed, rounds)


def claims(kind: str, width: int, height: int) -> bytes:
    """A small file whose header claims a size."""
    if kind == "PNG":
        return (
            files.PNG_SIGNATURE
            + files.header(width, height, files.RGB)
            + files.chunk(b"IDAT", zlib.compress(b""))
            + files.chunk(b"IEND", b"")
        )
    if kind == "JPEG":
        data = files.saved(Image.new("RGB", (8, 8)), "JPEG")
        start = data.index(b"\xff\xc0") + 5
        return data[:start] + struct.pack(">HH", height, width) + data[start + 4 :]
    if kind == "GIF":
        screen = struct.pack("<HHBBB", width, height, 0, 0, 0)
        return (
            b"GIF89a"
            + screen
            + b","
            + struct.pack("<HHHHB", 0, 0, width, height, 0)
            + b"\x02\x02\x4c\x01\x00;"
        )
    if kind == "BMP":
        bitmap = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 4, 0, 0, 0, 0)
        return b"BM" + struct.pack("<IHHI", 58, 0, 0, 54) + bitmap + b"\0" * 4
    canvas = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    frame = files.saved(Image.new("RGB", (8, 8)), "WEBP")[12:]
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + frame
    return b"RIFF" + struct.pack("<I", len(body)) + body


def bombs() -> Iterator[tuple[str, bytes]]:
    """Small files that would become large, or never end."""
    for kind in KINDS:
        for width, height in ((16_383, 16_383), (5000, 5000), (16_000, 1001), (1, 16_385), (4000, 4000)):
            yield f"{kind} that claims {width} × {height}", claims(kind, width, height)
    yield "PNG of 2³¹ − 1 squared", claims("PNG", 2**31 - 1, 2**31 - 1)
    yield "JPEG of 65,535 squared", claims("JPEG", 65_535, 65_535)
    zeros = zlib.compressobj(9)
    flood = b"".join([*(zeros.compress(bytes(2**20)) for _ in range(256)), zeros.flush()])
    for width, height in ((16, 16), (4000, 4000)):
        yield (
            f"PNG of {width} × {height} whose pixels unpack to 256 MB",
            files.PNG_SIGNATURE
            + files.header(width, height, files.RGB)
            + files.chunk(b"IDAT", flood)
            + files.chunk(b"IEND", b""),
        )
    text = files.chunk(b"zTXt", b"x\0\0" + flood)
    yield "PNG with two gigabytes of text", files.png(files.noise(8, 8), files.RGB, before=text * 8)
    yield (
        "PNG with a profile of 256 MB",
        files.png(files.noise(8, 8), files.RGB, before=files.chunk(b"iCCP", b"x\0\0" + flood)),
    )
    yield (
        "PNG of 200,000 chunks",
        files.png(files.noise(8, 8), files.RGB, before=files.chunk(b"prVt", b"") * 200_000),
    )
    yield "JPEG that never ends", files.endless_jpeg(300_000)
    yield "JPEG of the most scans there may be", files.endless_jpeg(99)
    yield "JPEG of ten million fill bytes", b"\xff\xd8" + b"\xff" * 10_000_000
    frame = b"," + struct.pack("<HHHHB", 0, 0, 8, 8, 0) + b"\x02\x02\x84\x51\x00"
    screen = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    yield "GIF of 500,000 frames", screen + frame * 500_000 + b";"
    yield (
        "GIF of nine megabytes of comments",
        screen + b"!\xfe" + (b"\xff" + b"x" * 255) * 35_000 + b"\0" + frame + b";",
    )
    still = [Image.new("RGB", (16, 16), (value, 0, 0)) for value in range(200)]
    yield "WebP of 200 frames", files.saved(still[0], "WEBP", save_all=True, append_images=still[1:])
    yield "animated PNG of 200 frames", files.saved(still[0], "PNG", save_all=True, append_images=still[1:])
    yield (
        "the largest WebP",
        files.saved(Image.new("RGBA", (4000, 4000), (9, 8, 7, 6)), "WEBP", lossless=True, quality=0),
    )
    yield "the largest 16-bit PNG", _tall_png16(4000)


def _tall_png16(side: int) -> bytes:
    deflate = zlib.compressobj(1)
    row = b"\0" + b"\x12\x34" * (4 * side)
    pixels = b"".join([*(deflate.compress(row) for _ in range(side)), deflate.flush()])
    head = files.PNG_SIGNATURE + files.header(side, side, files.RGBA, 16)
    return head + files.chunk(b"IDAT", pixels) + files.chunk(b"IEND", b"")


def strangers() -> Iterator[tuple[str, bytes]]:
    """What is no picture, or none of the five kinds."""
    yield "nothing", b""
    yield "one byte", b"\x89"
    yield "text", b"hello " * 1000
    yield "EPS", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n"
    yield "SVG", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.1/'/></svg>"
    yield "entities", b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>"
    yield "PDF", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n"
    yield "PSD", b"8BPS\0\1" + bytes(100)
    yield "FITS", b"SIMPLE  =                    T".ljust(2880)
    yield "ICNS", b"icns\0\0\0\x08"
    yield "HTML", b"<!doctype html><script>alert(1)</script>"
    yield "WAVE", b"RIFF\x24\0\0\0WAVEfmt " + bytes(40)
    for kind in ("TIFF", "ICO", "PPM", "TGA", "PCX", "AVIF", "JPEG2000", "DIB", "SGI"):
        yield kind, files.saved(files.smooth(16, 16), kind)
    yield "gzip", gzip.compress(bytes(10**6))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("picture.png", bytes(10**6))
    yield "zip", archive.getvalue()
    yield "program", b"\x7fELF\2\1\1" + bytes(200)
    for kind in KINDS:
        yield f"the first bytes of a {kind}", files.saved(files.smooth(16, 16), kind)[:16]


def oddities() -> Iterator[tuple[str, bytes]]:
    """Legal pictures at the edge, and pictures with something in them."""
    for height, width in ((1, 1), (1, 2000), (2000, 1), (16_384, 1), (32, 32), (31, 33)):
        for kind in KINDS:
            if kind != "WEBP" or max(height, width) < 16_384:
                yield f"{kind} of {width} × {height}", files.saved(files.smooth(height, width), kind)
    for kind in KINDS:
        data = files.saved(files.smooth(40, 40), kind)
        yield f"{kind} followed by HTML", data + b"<script>alert(1)</script>"
        yield f"{kind} twice", data + data
    for colour, channels in ((files.GREY, 1), (files.RGB, 3), (files.GREY_ALPHA, 2), (files.RGBA, 4)):
        yield (
            f"16-bit PNG of {channels} channels",
            files.png(files.noise(9, 9, channels).astype("u2") * 257, colour, 16),
        )
    yield "palette PNG without a palette", files.png(files.noise(4, 4, 1), files.PALETTE)
    yield (
        "PNG without pixels",
        files.PNG_SIGNATURE + files.header(4, 4, files.RGB) + files.chunk(b"IEND", b""),
    )
    yield "PNG without a header", files.PNG_SIGNATURE + files.chunk(b"IDAT", b"x") + files.chunk(b"IEND", b"")
    yield (
        "PNG of two headers",
        files.png(files.noise(4, 4), files.RGB, before=files.header(4000, 4000, files.RGB)),
    )
    loop = b"MM\0*\0\0\0\x08" + b"\0\1" + struct.pack(">HHII", 0x8769, 4, 1, 8) + struct.pack(">I", 8)
    for kind in ("PNG", "JPEG", "WEBP"):
        yield (
            f"{kind} with EXIF that points to itself",
            files.saved(files.smooth(9, 9), kind, exif=b"Exif\0\0" + loop),
        )
        yield f"{kind} with orientation 77", files.saved(files.smooth(9, 9), kind, exif=files.exif(77))
        yield (
            f"{kind} with XMP entities",
            files.saved(files.smooth(9, 9), kind, xmp=b"<!DOCTYPE x [<!ENTITY a 'a'>]>&a;"),
        )
        yield f"{kind} with a broken profile", files.saved(files.smooth(9, 9), kind, icc_profile=bytes(500))


def mutations(seed: int, rounds: int) -> Iterator[tuple[str, bytes]]:
    """Damaged pictures of every kind."""
    chance = random.Random(seed)
    sources = [(kind, files.saved(files.smooth(60, 80), kind)) for kind in KINDS]
    sources.append(("JPEG", files.saved(files.smooth(60, 80), "JPEG", progressive=True)))
    sources.append(("JPEG", files.saved(files.smooth(60, 80).convert("CMYK"), "JPEG")))
    sources.append(("WEBP", files.saved(files.smooth(60, 80), "WEBP", lossless=True)))
    sources.append(("PNG", files.png(files.noise(60, 80, 4), files.RGBA)))
    for turn in range(rounds):
        for kind, data in sources:
            mutation = chance.choice(MUTATIONS)
            yield f"{kind} with {mutation.__name__.strip('_')}, round {turn}", mutation(data, chance)


def _flipped_bits(data: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        position = min(int(chance.expovariate(6) * len(data)), len(data) - 1)  # more often near the header
        damaged[position] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _its_end_cut_off(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _a_piece_missing(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.randint(1, 64) :]


def _a_piece_twice(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    end = start + chance.randint(1, 200)
    return data[:end] + data[start:end] * chance.randint(1, 20) + data[end:]


def _a_piece_of_one_value(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    length = chance.randint(1, 40)
    return data[:start] + bytes([chance.choice((0, 255, 127))]) * length + data[start + length :]


def _a_huge_length(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(8, max(9, min(200, len(data))))
    number = struct.pack(chance.choice("<>") + "I", chance.choice((2**32 - 1, 2**31, 2**24, 65_536)))
    return data[:start] + number + data[start + 4 :]


def _garbage_inside(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + chance.randbytes(chance.randint(1, 300)) + data[start:]


MUTATIONS = (
    _flipped_bits,
    _its_end_cut_off,
    _a_piece_missing,
    _a_piece_twice,
    _a_piece_of_one_value,
    _a_huge_length,
    _garbage_inside,
)
