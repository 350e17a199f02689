"""The bundled pictures: drawn by us, at first use, the same for everyone and for ever.

They are served as immutable: a picture that is changed gets a new id.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from PIL import Image

from app.locale import mark as _
from app.pictures import scenes, stimuli
from app.pictures.canvas import SIDE_PX
from app.pictures.errors import PictureUnknown
from app.pictures.picture import Picture, Pixels


@dataclass(frozen=True)
class Sample:
    """A bundled picture: its id, its name (a message), how it is drawn, its size in pixels."""

    id: str
    name: str
    draw: Callable[[], Pixels]
    height: int = SIDE_PX
    width: int = SIDE_PX


SAMPLES: Mapping[str, Sample] = {
    sample.id: sample
    for sample in (
        Sample("sample-ship", _("Ship"), scenes.ship),
        Sample("sample-cat", _("Cat"), scenes.cat),
        Sample("sample-airplane", _("Airplane"), scenes.airplane),
        Sample("sample-automobile", _("Automobile"), scenes.automobile),
        Sample("sample-frog", _("Frog"), scenes.frog),
        Sample("sample-truck", _("Truck"), scenes.truck),
        Sample("sample-three", _("Digit 3"), stimuli.three),
        Sample("sample-gratings", _("Gratings"), stimuli.gratings),
        Sample("sample-bar", _("Slanted bar"), stimuli.bar),
        Sample("sample-checkerboard", _("Checkerboard"), stimuli.checkerboard),
        Sample("sample-rings", _("Rings"), stimuli.rings),
    )
}
"""Every sample by its id, in the order in which they are offered."""

ID_PATTERN = r"sample-[a-z]+"
"""What a sample's id looks like."""
THUMBNAIL_PX = 96
"""Height and width of a thumbnail."""


@cache
def picture(sample_id: str) -> Picture:
    """The sample's pixels (10 to 30 ms when first asked for). Raises PictureUnknown."""
    if sample_id not in SAMPLES:
        raise PictureUnknown
    pixels = SAMPLES[sample_id].draw()
    pixels.setflags(write=False)  # one array for everyone
    return Picture(pixels)


@cache
def file(sample_id: str) -> bytes:
    """The sample as a PNG file, as small as it goes (100 ms when first asked for). Raises PictureUnknown."""
    buffer = io.BytesIO()
    Image.fromarray(picture(sample_id).pixels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


@cache
def thumbnail(sample_id: str) -> bytes:
    """The sample at 96 × 96 as a WebP file of some 1.5 KB, to choose it by. Raises PictureUnknown."""
    buffer = io.BytesIO()
    small = Image.fromarray(picture(sample_id).pixels).resize((THUMBNAIL_PX, THUMBNAIL_PX))
    small.save(buffer, "WEBP", quality=80)
    return buffer.getvalue()
