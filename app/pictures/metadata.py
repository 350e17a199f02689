"""Takes the metadata out of a picture file, so that no decoder parses it, and reads its orientation.

PNG keeps only what its pixels need (IHDR, PLTE, tRNS, IDAT, IEND); JPEG loses every APPn segment except
JFIF's and Adobe's, which say what the colours mean. So colour profiles (pixels are taken as sRGB), XMP,
texts, previews and further pictures of the file (animated PNG, multi-picture JPEG) go unread. Standard
library only.
"""

from __future__ import annotations

import re
import struct
import zlib

from app.pictures.verdict import NotDecoded, Verdict

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_JPEG_KEPT_APPS = {0xE0, 0xEE}  # JFIF, Adobe
_MOST_SCANS = 100
_FILL = re.compile(rb"\xff+")
_ORIENTATION_TAG = 0x0112
_SHORT = 3


def strip_png(data: bytes) -> tuple[bytes, bytes]:
    """The file with its pixels' chunks only, and its EXIF block (empty if it has none).

    Raises NotDecoded where a kept chunk is cut short or fails its checksum (Pillow does not check IDAT's).
    """
    kept = [_PNG_SIGNATURE]
    exif = b""
    view = memoryview(data)
    position = len(_PNG_SIGNATURE)
    kind = b""
    while kind != b"IEND" and position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        end = position + 12 + length
        if end > len(data):
            raise NotDecoded(Verdict.BROKEN)
        if kind in _PNG_KEPT:
            (checksum,) = struct.unpack_from(">I", data, end - 4)
            if zlib.crc32(view[position + 4 : end - 4]) != checksum:
                raise NotDecoded(Verdict.BROKEN)
            kept.append(data[position:end])
        elif kind == b"eXIf":
            exif = data[position + 8 : end - 4]
        position = end
    if kind != b"IEND":
        raise NotDecoded(Verdict.BROKEN)
    return b"".join(kept), exif


def strip_jpeg(data: bytes) -> tuple[bytes, bytes]:
    """The file without its metadata segments, and its first EXIF block (empty if it has none).

    Raises NotDecoded where a segment before the pixels is cut short, or where there are more scans than any
    encoder writes: of a progressive file each may cost a walk over all blocks and 31 bytes.
    """
    if data.count(b"\xff\xda") > _MOST_SCANS:  # inside the pixels ff is always followed by 00
        raise NotDecoded(Verdict.BROKEN)
    kept = [data[:2]]
    exif = b""
    position = 2
    while True:
        start, position = position, _fill_end(data, position)
        if position == start or position + 3 > len(data):
            raise NotDecoded(Verdict.BROKEN)
        marker = data[position]
        (length,) = struct.unpack_from(">H", data, position + 1)
        end = position + 1 + length
        if length < 2 or end > len(data):
            raise NotDecoded(Verdict.BROKEN)
        if marker == 0xDA:  # start of scan: from here on there are pixels
            return b"".join([*kept, b"\xff", data[position:]]), exif
        is_metadata = marker == 0xFE or (0xE0 <= marker <= 0xEF and marker not in _JPEG_KEPT_APPS)
        if not is_metadata:
            kept.append(b"\xff" + data[position:end])
        elif marker == 0xE1 and not exif and data[position + 3 : position + 9] == b"Exif\0\0":
            exif = data[position + 3 : end]
        position = end


def _fill_end(data: bytes, start: int) -> int:
    """Where the 0xff before a marker end, of which there may be any number."""
    run = _FILL.match(data, start)
    return run.end() if run else start


def orientation(exif: bytes) -> int:
    """EXIF's orientation, 1 to 8; 1 (upright) where the block is missing, broken or says anything else.

    Reads the first directory of the TIFF structure and nothing it points to.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, directory)
        for entry in range(min(entries, 512)):
            tag, kind, count, value = struct.unpack_from(order + "HHIH", tiff, directory + 2 + 12 * entry)
            if tag == _ORIENTATION_TAG:
                return value if kind == _SHORT and count == 1 and 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1
