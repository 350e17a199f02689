"""Looks: what a network makes of a square of a picture, kept for the questions that follow.

A page asks for the numbers, then for the maps, then for single values: the network runs once. Whoever asks
for the same look at the same time waits for the same run. What is kept is bounded in bytes, and gone when the
picture is.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from app.engine import activations
from app.engine.activations import INPUT, Activation, LoadedNetwork, Trace
from app.engine.inference import Inference
from app.engine.sharing import Shared
from app.pictures import atlas, crop
from app.pictures.atlas import Layout, Ranges
from app.pictures.crop import Crop
from app.pictures.errors import PictureUnknown
from app.pictures.picture import Picture
from app.pictures.store import PictureStore

MOST_NETWORKS = 16
"""Looks of at most so many networks are kept: a look keeps its network, were it in no library any more."""

Key = tuple[str, str, str | None]
"""The network's digest, the picture's id, and the crop as it was written."""


@dataclass(frozen=True, eq=False)
class Look:
    """What a network made of a square of a picture.

    Attributes:
        height, width: of the normalised picture, in pixels.
        crop: the square of it that the network was shown.
        ranges: the smallest and largest value of every channel, by layer; of the input too.
    """

    network: LoadedNetwork
    height: int
    width: int
    crop: Crop
    trace: Trace
    ranges: Mapping[str, Ranges]

    @property
    def layout(self) -> Layout:
        """Where the atlas of each layer, and of the input, lies on the sheet."""
        return _layout(tuple(self.network.shapes.items()))

    def silent_channels(self, address: str) -> list[int]:
        """The channels of a layer, of any type, that are 0 everywhere on this picture."""
        found = self.ranges[address]
        ranges = zip(found.minimum.tolist(), found.maximum.tolist(), found.finite.tolist(), strict=True)
        return [
            channel
            for channel, (minimum, maximum, is_finite) in enumerate(ranges)
            if minimum == 0 == maximum and is_finite
        ]

    def sheet(self) -> bytes:
        """The atlases of the input and of all layers as one PNG file."""
        return atlas.sheet(_activations(self.trace), self.ranges, self.layout).png

    def atlas(self, address: str) -> bytes:
        """The atlas of a layer, or of the input, as a PNG file."""
        return atlas.encode(self.trace.activation(address), self.ranges[address])


def look(network: LoadedNetwork, picture: Picture, written_crop: str | None) -> Look:
    """One forward pass, and the range of every channel.

    Raises:
        InvalidSpec: the crop is not one, or reaches out of the picture.
    """
    square = crop.read(written_crop, picture.height, picture.width)
    trace = activations.trace(network, crop.to_input(picture.pixels, square))
    ranges = {address: atlas.ranges(values) for address, values in _activations(trace).items()}
    return Look(network, picture.height, picture.width, square, trace, ranges)


def _activations(trace: Trace) -> dict[str, Activation]:
    return {INPUT: trace.input, **trace.activations}


@lru_cache(maxsize=64)
def _layout(shapes: tuple[tuple[str, tuple[int, ...]], ...]) -> Layout:
    """By shapes, not by network, which would keep it in memory after its run was removed."""
    return atlas.layout(dict(shapes))


class Looks:
    """Makes looks, and keeps the latest. For one event loop.

    Attributes:
        kept_bytes: how much the activations take that are kept; at most the capacity.
    """

    def __init__(self, store: PictureStore, inference: Inference, capacity_bytes: int) -> None:
        self._store = store
        self._inference = inference
        self._capacity_bytes = capacity_bytes
        self._kept: OrderedDict[Key, Look] = OrderedDict()
        self.kept_bytes = 0
        self._underway: Shared[Key, Look] = Shared()

    async def get(self, network: LoadedNetwork, picture_id: str, written_crop: str | None) -> Look:
        """The look of a network at a picture: at ``top,left,side`` of it, or at its largest square.

        Raises:
            PictureUnknown, InvalidSpec, InferenceBusy
        """
        key = (network.checkpoint.digest, picture_id, written_crop)
        kept = self._kept.get(key)
        if kept is not None:
            await self.check_picture(picture_id)
            if key in self._kept:
                self._kept.move_to_end(key)
            return kept
        return await self._underway.result(key, lambda: self._make(network, key))

    async def check_picture(self, picture_id: str) -> None:
        """Returns where the picture is still kept, by this server or another. Raises PictureUnknown."""
        has = partial(self._store.has, picture_id)
        if not (has() if self._store.is_local else await asyncio.to_thread(has)):
            for key in [key for key in self._kept if key[1] == picture_id]:
                self._drop(key)
            raise PictureUnknown

    async def _make(self, network: LoadedNetwork, key: Key) -> Look:
        _digest, picture_id, written_crop = key
        if self._store.is_local:
            made = await self._inference.run(lambda: look(network, self._store.get(picture_id), written_crop))
        else:  # no network waits for a bucket
            picture = await asyncio.to_thread(self._store.get, picture_id)
            made = await self._inference.run(lambda: look(network, picture, written_crop))
        self._kept[key] = made
        self.kept_bytes += made.trace.size_bytes
        while self.kept_bytes > self._capacity_bytes or self._networks() > MOST_NETWORKS:
            self._drop(next(iter(self._kept)))
        return made

    def _networks(self) -> int:
        return len({look.network for look in self._kept.values()})

    def _drop(self, key: Key) -> None:
        self.kept_bytes -= self._kept.pop(key).trace.size_bytes
