"""Picture files made by the book, so that the decoders are tested against something that is not them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Array = npt.NDArray[Any]

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width: int, height: int, colour: int, depth: int = 8) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def png(values: Array, colour: int, depth: int = 8, before: bytes = b"", after: bytes = b"") -> bytes:
    """A PNG of (height, width[, channels]) integers of ``depth`` bits, with chunks around the pixels."""
    height, width = values.shape[:2]
    rows = values.reshape(height, -1)
    if depth == 16:
        packed = rows.astype(">u2").view(np.uint8).reshape(height, -1)
    else:
        bits = np.unpackbits(rows.astype(np.uint8)[:, :, None], axis=2)[:, :, 8 - depth :]
        packed = np.packbits(bits.reshape(height, -1), axis=1)
    raw = b"".join(b"\0" + row.tobytes() for row in packed)
    pixels = chunk(b"IDAT", zlib.compress(raw, 1))
    return (
        PNG_SIGNATURE + header(width, height, colour, depth) + before + pixels + after + chunk(b"IEND", b"")
    )


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def exif(orientation: int, order: str = ">", kind: int = 3) -> bytes:
    """An EXIF block whose only entry is the orientation."""
    mark = b"MM\0*" if order == ">" else b"II*\0"
    entry = struct.pack(order + "HHIHH", 0x0112, kind, 1, orientation, 0)
    return b"Exif\0\0" + mark + struct.pack(order + "IH", 8, 1) + entry + struct.pack(order + "I", 0)


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def noise(height: int, width: int, channels: int = 3, seed: int = 0) -> Array:
    """uint8 (height, width, channels) without any pattern."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def smooth(height: int, width: int) -> Image.Image:
    """An RGB picture that lossy formats keep closely."""
    y, x = np.mgrid[0:height, 0:width]
    bands = [128 + 100 * np.sin(x / 17), 128 + 100 * np.cos(y / 23), 255 * x / max(1, width - 1)]
    return Image.fromarray(np.stack(bands, axis=-1).clip(0, 255).astype(np.uint8))


def endless_jpeg(scans: int, side: int = 4000) -> bytes:
    """A grey progressive JPEG of 31 bytes a scan, each of which makes a decoder walk over every block again.

    After one scan of DC coefficients (one bit a block), AC scans that say "nothing in the next 32767
    blocks" (EOB14 and fourteen 1 bits) until no block is left.
    """
    blocks = ((side + 7) // 8) ** 2
    frame = struct.pack(">BHHB", 8, side, side, 1) + bytes([1, 0x11, 0])
    one_code = bytes([1] + [0] * 15)  # a single code, 0, of one bit
    tables = jpeg_segment(0xC4, b"\0" + one_code + b"\0" + b"\x10" + one_code + b"\xe0")
    start = jpeg_segment(0xDB, b"\0" + b"\1" * 64) + jpeg_segment(0xC2, frame) + tables
    first = jpeg_segment(0xDA, bytes([1, 1, 0, 0, 0, 0])) + bytes(blocks // 8) + b"\x7f"
    runs = -(-blocks // 32_767)
    bits = ("0" + "1" * 14) * (runs - 1) + "0" + format(blocks - 32_767 * (runs - 1) - 2**14, "014b")
    bits += "1" * (-len(bits) % 8)
    body = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    again = jpeg_segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + body
    return b"\xff\xd8" + start + first + again * scans + b"\xff\xd9"
