"""What the activations page shows, as the typed contexts of its templates.

Numbers are written as the browser writes them (static/src/lib/numbers.ts), so that a value has one form on
the page whoever wrote it.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import ClassVar

import numpy as np
from markupsafe import Markup
from pydantic_core import to_json

from app.arithmetic.layers import InputShape, NetworkSpec
from app.arithmetic.network import Row, tabulate
from app.engine.activations import INPUT
from app.engine.checkpoints import Checkpoint
from app.locale import Language
from app.locale import mark as _
from app.pictures import png, samples
from app.pictures.atlas import Ranges
from app.web.activations_answers import Links, activations_answer
from app.web.looks import Look
from app.web.problem import Problem
from app.web.views import Page

CLASSES = (
    _("airplane"),
    _("automobile"),
    _("bird"),
    _("cat"),
    _("deer"),
    _("dog"),
    _("frog"),
    _("horse"),
    _("ship"),
    _("truck"),
)
"""CIFAR-10's classes, here to be translated; others are shown as their card names them."""
CHANNELS = (_("red"), _("green"), _("blue"))
DIGITS = 3
"""Most decimals of a value that is read."""
_MOST_NAMED = 3
"""So many silent channels are named; more are counted."""


@dataclass(frozen=True)
class NetworkChoice:
    """A network to look into, or to see beside the one that is looked into."""

    name: str
    title: str
    accuracy: str
    hint: str
    url: str
    current: bool
    compared: bool


@dataclass(frozen=True)
class SampleChoice:
    """A bundled picture; `name` is a message."""

    name: str
    thumbnail: str
    url: str
    current: bool


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


@dataclass(frozen=True)
class StripMaps:
    """What a layer made of the picture: its smallest and largest value, what is silent, its atlas."""

    range: str
    silent: str
    atlas_url: str


@dataclass(frozen=True)
class Strip:
    """One layer.

    Attributes:
        field: its receptive field for the page's script, see static/src/lib/field.ts.
        maps: None while nothing has entered.
    """

    address: str
    code: str
    shape: tuple[int, ...]
    field: str
    parameters: int = 0
    url: str = ""
    is_open: bool = False
    maps: StripMaps | None = None

    @property
    def is_flat(self) -> bool:
        """Whether every channel is one value."""
        return len(self.shape) == 1


@dataclass(frozen=True)
class Bar:
    """A class's probability by one network: a width in percent and as text."""

    percent: str
    text: str
    is_largest: bool


@dataclass(frozen=True)
class AnswerRow:
    """One class, a bar a network; `index` is its place among the first network's logits."""

    name: str
    index: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Answer:
    """What the networks say: their titles, a sentence each, and the table."""

    titles: tuple[str, ...]
    sentences: tuple[str, ...]
    rows: tuple[AnswerRow, ...]


@dataclass(frozen=True)
class LookData:
    """What the page's script needs: one JSON document, and the sheet to be fetched meanwhile."""

    json: Markup
    sheet_url: str


@dataclass(frozen=True)
class ActivationsPage(Page):
    """A network's layers, and what they make of a picture; without one (see `problem`) only the layers."""

    template: ClassVar[str] = "activations.html"
    network: str
    image: str
    networks: tuple[NetworkChoice, ...]
    samples: tuple[SampleChoice, ...]
    strips: tuple[Strip, ...]
    picture: ShownPicture | None
    answer: Answer | None
    look: LookData | None
    problem: Problem | None
    here_url: str
    whole_url: str | None
    kept: tuple[tuple[str, str], ...]
    largest_bytes: int
    picture_hours: int


def answer(language: Language, looks: Sequence[Look]) -> Answer:
    """The table of the classes, ordered by what the first network answers."""
    checkpoints = [look.network.checkpoint for look in looks]
    answers = [_probabilities(look) for look in looks]
    winners = [max(each, key=each.__getitem__) for each in answers]
    titles = tuple(title(language, checkpoint) for checkpoint in checkpoints)
    sentences = tuple(
        language.say(
            _("{network}: {class_name}, {percent} %"),
            network=name,
            class_name=language.say(winner),
            percent=percent(each[winner]),
        )
        for name, winner, each in zip(titles, winners, answers, strict=True)
    )
    rows = tuple(
        AnswerRow(
            language.say(name),
            checkpoints[0].card.classes.index(name),
            tuple(
                _bar(each.get(name), is_largest=name == winner)
                for winner, each in zip(winners, answers, strict=True)
            ),
        )
        for name in sorted(answers[0], key=answers[0].__getitem__, reverse=True)
    )
    return Answer(titles, sentences, rows)


def _probabilities(look: Look) -> dict[str, float]:
    classes = look.network.checkpoint.card.classes
    return dict(zip(classes, look.trace.probabilities.tolist(), strict=True))


def _bar(share: float | None, *, is_largest: bool) -> Bar:
    """Of a class that a network does not know, nothing."""
    if share is None:
        return Bar("0", "–", is_largest=False)
    return Bar(f"{100 * share:.2f}", f"{percent(share)} %", is_largest)


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


def strips(
    language: Language,
    checkpoint: Checkpoint,
    look: Look | None,
    links: Links | None,
    url_of: Callable[[str], str],
    opened: str | None,
) -> tuple[Strip, ...]:
    """The input, then every layer in order of execution; without a look, what nothing has entered yet."""
    found = [_input_strip(checkpoint.network.input)]
    found.extend(_strip(row) for row in _rows(checkpoint.network))
    return tuple(
        replace(
            strip,
            url=url_of(strip.address),
            is_open=strip.address == opened,
            maps=_maps(language, strip, look, links) if look and links else None,
        )
        for strip in found
    )


@lru_cache(maxsize=64)
def _rows(network: NetworkSpec) -> tuple[Row, ...]:
    return tuple(tabulate(network).layers)


def _input_strip(entering: InputShape) -> Strip:
    shape = (entering.channels, entering.height, entering.width)
    return Strip(INPUT, "(x / 255 − mean) / std", shape, "1,1;1,1;0,0")


def _strip(row: Row) -> Strip:
    field = row.receptive_field
    numbers = ";".join(",".join(map(str, pair or ())) for pair in (field.size, field.jump, field.start))
    return Strip(row.address, row.pytorch, tuple(row.output_shape), numbers, row.parameters)


def _maps(language: Language, strip: Strip, look: Look, links: Links) -> StripMaps:
    silent = [] if strip.is_flat or strip.address == INPUT else look.silent_channels(strip.address)
    return StripMaps(
        range_text(look.ranges[strip.address]), silent_text(language, silent), links.atlas(strip.address)
    )


def range_text(ranges: Ranges) -> str:
    """``−1.25 … 3.5``: the smallest and the largest finite value of a layer; empty where there is none."""
    lows = ranges.minimum[~np.isnan(ranges.minimum)]
    highs = ranges.maximum[~np.isnan(ranges.maximum)]
    return f"{number(lows.min().item())} … {number(highs.max().item())}" if lows.size else ""


def silent_text(language: Language, channels: Sequence[int]) -> str:
    """Which maps are zero everywhere, named while they are few."""
    if not channels:
        return ""
    if len(channels) > _MOST_NAMED:
        return language.say_count("{count} silent map", "{count} silent maps", len(channels))
    return language.say(_("silent: {channels}"), channels=", ".join(map(str, channels)))


def number(value: float, digits: int = DIGITS) -> str:
    """A value to read: at most so many decimals, a half rounded away from zero; a true minus sign."""
    if not math.isfinite(value):
        return "–"
    text = f"{Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text.replace("-", "−")


def percent(share: float) -> str:
    """A share of 1 in percent, one decimal."""
    return number(100 * share, 1)


def title(language: Language, checkpoint: Checkpoint) -> str:
    """What the network is called: of its title the part before a colon."""
    return title_of(language, checkpoint).partition(":")[0]


def title_of(language: Language, checkpoint: Checkpoint) -> str:
    """The network's title in full."""
    return str(getattr(checkpoint.card.title, language.code))


def look_data(look: Look, links: Links) -> LookData:
    """The API's answer for a ``<script type="application/json">``, which nothing in it can end."""
    text = to_json(activations_answer(look, links), inf_nan_mode="null").decode()
    return LookData(Markup(text.replace("<", "\\u003c")), links.sheet)  # noqa: S704  no < is left in it
