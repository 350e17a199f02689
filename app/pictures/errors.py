"""What can go wrong with a picture: each type carries the facts of its sentence, and no status code.

::

    PictureError
    ├── PictureUnsupported   not one of the five formats
    ├── PictureTooLarge      more pixels than are read
    ├── PictureBroken        cannot be decoded
    │   └── PictureTooSlow   decoding was stopped
    ├── PictureUnknown       no such picture, or not any more
    ├── PictureBundled       not anyone's to remove
    └── PicturesBusy         not now: the queue is full
        └── PictureStoreFull no room to keep it
"""

from __future__ import annotations

from typing import ClassVar

from app.locale import mark as _


class PictureError(Exception):
    """Something about a picture that whoever asked can act on.

    Attributes:
        message: an English sentence with ``{placeholders}``; also the key of its translation.
        values: what fills the placeholders.
    """

    message: ClassVar[str]

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(self.message)


class PictureUnsupported(PictureError):
    message = _("This file is not a PNG, JPEG, WebP, GIF or BMP picture.")


class PictureTooLarge(PictureError):
    message = _(
        "The picture is too large: at most {megapixels} megapixels and {side} pixels a side can be read."
    )


class PictureBroken(PictureError):
    message = _("The picture cannot be decoded: the file is damaged or incomplete.")


class PictureTooSlow(PictureBroken):
    message = _("The picture could not be decoded within {seconds} seconds.")


class PictureUnknown(PictureError):
    message = _("There is no such picture here, or it is no longer kept.")
    field: ClassVar[str] = "image"


class PictureBundled(PictureError):
    message = _("The bundled pictures stay; only a picture that was sent can be removed.")


class PicturesBusy(PictureError):
    """As many pictures wait for a decoder as may wait, or this one has waited too long.

    Attributes:
        retry_after_seconds: when to try again.
    """

    message = _("Too many pictures are being read at this moment. Try again in a few seconds.")

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__()


class PictureStoreFull(PicturesBusy):
    message = _("There is no room to keep another picture at this moment. Try again later.")
