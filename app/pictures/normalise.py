"""Bytes of a picture file to plain RGB, in the decoding process: only Pillow and the standard library.

The rules, each tested against a reference:

- PNG, JPEG, WebP, GIF, BMP, told apart by their first bytes; of an animation the first frame.
- The size in the header is checked before a pixel is decoded.
- Grey, palette, CMYK and 16-bit pixels become 8-bit RGB; of 16 bits the high byte counts (v // 256: scaled,
  not clipped).
- What is transparent lies over white. Colour profiles are ignored: pixels are taken as sRGB.
- EXIF's eight orientations are applied; no other metadata is read.
- A picture longer than the limit is divided by the smallest whole number that brings it under: every pixel
  is the mean of a block, and a JPEG is divided by 2, 4 or 8 while it is decoded, which is several times
  faster. So its longer side ends between one half of the limit and the limit. A smaller picture keeps every
  bit.
"""

from __future__ import annotations

import functools
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import PIL.WebPImagePlugin  # noqa: F401 - else Pillow loads every plugin it has when asked for WebP
from PIL import Image, ImageChops, ImageFile

from app.pictures import metadata
from app.pictures.verdict import NotDecoded, Verdict

_BMP_HEADER_SIZES = {12, 40, 52, 56, 64, 108, 124}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_GREY_STEPS = {"L;2": 85, "L;4": 17}
"""Pillow widens 2- and 4-bit grey to 8 bits by these factors, but not the transparent grey beside it."""


@dataclass(frozen=True)
class Limits:
    """Most pixels and pixels a side of what is read, most pixels a side of what comes out."""

    pixels: int = 16_000_000
    side_px: int = 16_384
    normalised_side_px: int = 1_024


def prepare(limits: Limits) -> None:
    """Loads the decoders, and makes Pillow's own guard agree with ``limits`` and its warning an error."""
    Image.preinit()
    Image.MAX_IMAGE_PIXELS = limits.pixels
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def kind_of(data: bytes) -> str:
    """Pillow's name of the file's format, by its first bytes. Raises NotDecoded."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(b"RIFF") and data[8:15] == b"WEBPVP8":
        return "WEBP"
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES:
        return "BMP"
    raise NotDecoded(Verdict.UNSUPPORTED)


def normalise(data: bytes, limits: Limits) -> tuple[Image.Image, str]:
    """The upright RGB picture of a file, at most ``limits.normalised_side_px`` a side, and the file's format.

    Raises NotDecoded, and nothing else, whatever the bytes.
    """
    kind = kind_of(data)
    try:
        return _normalise(data, kind, limits), kind
    except NotDecoded:
        raise
    except Exception as error:  # on hostile bytes decoders raise almost anything: MemoryError, SyntaxError
        raise NotDecoded(Verdict.BROKEN) from error


def _normalise(data: bytes, kind: str, limits: Limits) -> Image.Image:
    exif = b""
    if kind == "PNG":
        data, exif = metadata.strip_png(data)
    elif kind == "JPEG":
        data, exif = metadata.strip_jpeg(data)
    elif kind == "WEBP":
        _check_size(_webp_canvas(data), limits)  # its decoder allocates the canvas while opening
    with _open(data, kind) as image:
        _check_size(image.size, limits)
        factor = -(-max(image.size) // limits.normalised_side_px)
        if kind == "JPEG" and factor > 1:
            scale = max(scale for scale in (1, 2, 4, 8) if scale <= factor)
            image.draft(None, (max(1, image.width // scale), max(1, image.height // scale)))
        rgb = _to_rgb(image)
        factor = -(-max(rgb.size) // limits.normalised_side_px)
        if factor > 1:
            rgb = rgb.reduce(factor)
        turn = _TURNS.get(metadata.orientation(exif or image.info.get("exif", b"")))
        return rgb if turn is None else rgb.transpose(turn)


def _open(data: bytes, kind: str) -> ImageFile.ImageFile:
    try:
        return Image.open(io.BytesIO(data), formats=[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise NotDecoded(Verdict.TOO_LARGE) from bomb


def _check_size(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise NotDecoded(Verdict.BROKEN)
    if width * height > limits.pixels or max(width, height) > limits.side_px:
        raise NotDecoded(Verdict.TOO_LARGE)


def _webp_canvas(data: bytes) -> tuple[int, int]:
    """Width and height of a WebP's canvas, from the header of its first chunk."""
    chunk, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise NotDecoded(Verdict.BROKEN)
    if chunk == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def _to_rgb(file: ImageFile.ImageFile) -> Image.Image:
    """Decodes the pixels, brings them to 8-bit RGB and lays them over white."""
    raw_mode = str(file.tile[0].args) if file.tile else ""  # gone once loaded
    file.load()
    image: Image.Image = file
    if image.mode in {"LA", "PA", "RGBA"} or (image.mode == "P" and "transparency" in image.info):
        image = image if image.mode == "RGBA" else image.convert("RGBA")  # to the same mode would be a copy
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image)
        return white
    clear = image.info.pop("transparency", None)  # one colour (PNG): a grey, or red, green and blue
    low = None
    if image.mode == "I;16":
        pairs = image.tobytes()  # little-endian
        image = Image.frombytes("L", image.size, pairs[1::2])
        low = Image.frombytes("L", image.size, pairs[::2]) if clear is not None else None
    rgb = image.convert("RGB")
    if clear is not None:
        if low is not None:
            where = _equal([low, image], [clear & 0xFF, clear >> 8])
        elif image.mode == "RGB":
            shift = 8 if raw_mode == "RGB;16B" else 0
            where = _equal(image.split(), [value >> shift for value in clear])
        else:
            where = _equal([image.convert("L")], [clear * _GREY_STEPS.get(raw_mode, 1)])
        rgb.paste("white", mask=where)
    return rgb


def _equal(planes: Sequence[Image.Image], values: Sequence[int]) -> Image.Image:
    """A mask, 255 where each plane has its value."""
    masks = (
        plane.point([255 * (level == value) for level in range(256)])
        for plane, value in zip(planes, values, strict=True)
    )
    return functools.reduce(ImageChops.darker, masks)
