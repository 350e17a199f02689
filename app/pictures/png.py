"""Writes 8-bit PNG, grey or RGB, without metadata, several times faster than Pillow's level 1 and no larger.

Every row is stored as its difference to the row above (PNG's filter "up"), which NumPy subtracts for the
whole picture at once; deflate then looks for runs only (Z_RLE). Feature maps and photographs hold few
longer repetitions: on the maps of a convolutional network Pillow at level 1 takes three times as long for
the same bytes."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from app.pictures.picture import Pixels

_UP = 2
_GREY, _RGB = 0, 2


def encode(pixels: Pixels) -> bytes:
    """The PNG file of uint8 (height, width) or (height, width, 3).

    The rows of ``pixels`` may be slices of a larger array.
    """
    height, width = pixels.shape[:2]
    row_bytes = pixels[0].size
    flat = pixels.reshape(height, row_bytes)
    rows = np.empty((height, 1 + row_bytes), np.uint8)
    rows[:, 0] = _UP
    rows[0, 1:] = flat[0]
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])  # modulo 256, as PNG wants
    deflate = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    colour = _GREY if pixels.ndim == 2 else _RGB
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)),
            _chunk(b"IDAT", deflate.compress(rows.data) + deflate.flush()),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))
