"""The least that a picture costs from upload to all its maps: the parts alone, with nothing around them."""

from __future__ import annotations

import io
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.synchronize import Barrier
from typing import Any

import numpy as np
import torch
from PIL import Image

from app.engine import activations, checkpoints
from app.pictures import atlas, crop, normalise
from app.settings import Settings

FLOWS_A_ROUND = 6
_WAIT_SECONDS = 120
OnAllCores = Callable[[str, bytes], float]
"""Of a network's name and a file: CPU seconds of the parts, while every core is at such parts."""


@dataclass(frozen=True)
class Floor:
    """The parts, each a piece of work to be timed."""

    decode: Callable[[], Any]
    forward: Callable[[], Any]
    encode_sheet: Callable[[], Any]
    encode_each: Callable[[], Any]

    def seconds(self, *, layer_by_layer: bool) -> float:
        """CPU time of one flow, requests not counted."""
        encode = self.encode_each if layer_by_layer else self.encode_sheet
        began = time.process_time()
        for _ in range(FLOWS_A_ROUND):
            self.decode()
            self.forward()
            encode()
        return (time.process_time() - began) / FLOWS_A_ROUND


def prepare() -> None:
    """One thread for PyTorch, and Pillow as the decoders have it."""
    torch.set_num_threads(1)
    normalise.prepare(normalise.Limits())


@lru_cache(maxsize=16)
def floor_of(name: str, file: bytes) -> Floor:
    """The floor of a network's maps of a picture."""
    checkpoint = checkpoints.read(Settings().models_dir, name)
    module = checkpoints.load(checkpoint)
    limits = normalise.Limits()

    def decode() -> Any:
        picture, _format = normalise.normalise(file, limits)
        return crop.to_input(np.asarray(picture))

    trace = activations.trace(activations.load(checkpoint), decode())
    maps = {"input": trace.input, **trace.activations}
    sheet = _levels(atlas.sheet(maps).png)
    each = [_levels(atlas.encode(values)) for values in trace.activations.values()]
    entering = torch.tensor(trace.input)[None]

    def forward() -> Any:
        with torch.inference_mode():
            return module(entering)

    return Floor(decode, forward, lambda: _png(sheet), lambda: [_png(levels) for levels in each])


@contextmanager
def processes_for_all_cores() -> Iterator[OnAllCores]:
    """A process for each core, to time the parts in all of them at once.

    They share caches and memory, and a core by itself is faster: what a floor allows on the cores is what it
    takes while all of them are at it.
    """
    context = multiprocessing.get_context("spawn")
    cores = os.cpu_count() or 1
    together = context.Barrier(cores)
    with context.Pool(cores, _begin, (together,)) as pool:
        yield lambda name, file: statistics.mean(pool.starmap(_beside_others, [(name, file)] * cores, 1))


def _begin(together: Barrier) -> None:
    global _together  # noqa: PLW0603  a pool's process has no other place for what all its tasks share
    _together = together
    prepare()


_together: Barrier


def _beside_others(name: str, file: bytes) -> float:
    floor = floor_of(name, file)
    floor.seconds(layer_by_layer=False)
    _together.wait(_WAIT_SECONDS)  # so that each process takes one, and all begin at once
    seconds = statistics.median(floor.seconds(layer_by_layer=False) for _ in range(5))
    _together.wait(_WAIT_SECONDS)
    return seconds


def _levels(file: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(file)))


def _png(levels: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
