"""A network's layers as the activations page shows them, a strip each, and what they made of a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from app.arithmetic.network import Row, tabulate
from app.arithmetic.specification import InputShape, NetworkSpec
from app.engine.activations import INPUT
from app.engine.checkpoints import Checkpoint
from app.locale import Language
from app.pictures.atlas import Ranges
from app.web.activations_answers import Links
from app.web.looks import Look
from app.web.numbers import number

_MOST_NAMED = 3
"""So many silent channels are named; more are counted."""


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
    def size(self) -> str:
        """The shape to be read: ``64 × 16 × 16``, ``4,096``."""
        return " × ".join(f"{extent:,}" for extent in self.shape)

    @property
    def is_flat(self) -> bool:
        """Whether every channel is one value."""
        return len(self.shape) == 1


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


def code_of(network: NetworkSpec) -> Mapping[str, str]:
    """Each layer as PyTorch writes it, which is what people are told of it, by address."""
    return {row.address: row.pytorch for row in _rows(network)}


def _input_strip(entering: InputShape) -> Strip:
    shape = (entering.channels, entering.height, entering.width)
    return Strip(INPUT, "(x / 255 − mean) / std", shape, "1,1;1,1;0,0")


def _strip(row: Row) -> Strip:
    field = row.receptive_field
    numbers = ";".join(",".join(map(str, pair or ())) for pair in (field.size, field.jump, field.start))
    return Strip(row.address, row.pytorch, tuple(row.output_shape), numbers, row.parameters)


def _maps(language: Language, strip: Strip, look: Look, links: Links) -> StripMaps:
    silent = [] if strip.address == INPUT else look.silent_channels(strip.address)
    return StripMaps(
        range_text(look.ranges[strip.address]),
        silent_text(language, silent, is_flat=strip.is_flat),
        links.atlas(strip.address),
    )


def range_text(ranges: Ranges) -> str:
    """``−1.25 … 3.5``: the smallest and the largest finite value of a layer; empty where there is none."""
    lows = ranges.minimum[~np.isnan(ranges.minimum)]
    highs = ranges.maximum[~np.isnan(ranges.maximum)]
    return f"{number(lows.min().item())} … {number(highs.max().item())}" if lows.size else ""


def silent_text(language: Language, channels: Sequence[int], *, is_flat: bool) -> str:
    """Which maps are zero everywhere, or which values of a flat layer are zero: named while they are few."""
    count = len(channels)
    if not count:
        return ""
    if count > _MOST_NAMED:
        if is_flat:
            return language.say_count("{count} silent value", "{count} silent values", count)
        return language.say_count("{count} silent map", "{count} silent maps", count)
    named = {"channels": ", ".join(map(str, channels))}
    if is_flat:
        return language.say_count(
            "value {channels} is silent", "values {channels} are silent", count, **named
        )
    return language.say_count("map {channels} is silent", "maps {channels} are silent", count, **named)
