"""The picture that is looked at, as the activations page shows it, and what was done to it."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from app.locale import Language
from app.locale import mark as _
from app.pictures import png, samples
from app.web.looks import Look
from app.web.numbers import number

CHANNELS = (_("red"), _("green"), _("blue"))


@dataclass(frozen=True)
class ChannelRow:
    """How one channel of the picture is normalised; `channel` is a message."""

    channel: str
    mean: str
    std: str


@dataclass(frozen=True)
class ShownPicture:
    """The picture, the square of it that is shown to the network, and what that became.

    Attributes:
        url: of the normalised picture.
        name: a message.
        origin: a sentence about where it comes from.
        top, left, side: the square, in pixels of the normalised picture.
        seen: the 32 × 32 pixels that entered, as a data address.
    """

    url: str
    name: str
    origin: str
    is_sample: bool
    width: int
    height: int
    top: int
    left: int
    side: int
    seen: str
    normalisation: tuple[ChannelRow, ...]

    @property
    def crop(self) -> str:
        """As in an address."""
        return f"{self.top},{self.left},{self.side}"


def picture(language: Language, look: Look, image: str) -> ShownPicture:
    """The picture of a look and what was done to it."""
    sample = samples.SAMPLES.get(image)
    normalisation = look.network.checkpoint.card.normalisation
    size = {"width": look.width, "height": look.height}
    origin = (
        language.say(
            _("{name}: a sample drawn by us, {width} × {height} pixels."),
            name=language.say(sample.name),
            **size,
        )
        if sample
        else language.say(_("Your picture, at most 1,024 pixels a side: {width} × {height}."), **size)
    )
    crop = look.crop
    return ShownPicture(
        url=f"/api/v1/images/{image}",
        name=sample.name if sample else _("Your picture"),
        origin=origin,
        is_sample=sample is not None,
        width=look.width,
        height=look.height,
        top=crop.top,
        left=crop.left,
        side=crop.side,
        seen="data:image/png;base64," + base64.b64encode(png.encode(look.trace.pixels)).decode(),
        normalisation=tuple(
            ChannelRow(channel, number(mean, 4), number(std, 4))
            for channel, mean, std in zip(CHANNELS, normalisation.mean, normalisation.std, strict=True)
        ),
    )
