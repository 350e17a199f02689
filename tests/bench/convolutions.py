"""What a step in float32 on this processor gains by its layout of memory and by Winograd's filtering.

Forward and backward pass of one batch, each way in turn, as shares of the step that goes channels first and
convolves plainly. Where convolutions always go the plain way, the last two are the same.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from unittest import mock

import torch
from torch.nn import functional as F

from app.engine import recipes, winograd
from app.engine.networks import build
from app.engine.rearrangement import rearrange
from app.settings import Settings
from tests.bench.measurement import Measurement

NETWORKS = ("tinyvgg", "convnet", "speedrun")
PICTURES, ROUNDS = 250, 3
WAYS = {
    "channels first": (torch.contiguous_format, False),
    "channels last": (torch.channels_last, False),
    "channels last, as trained": (torch.channels_last, True),
}


def seconds_of(name: str, layout: torch.memory_format, *, filtered: bool) -> float:
    """The shortest of two passes over a batch, forward and backward."""
    network = build(recipes.read(Settings().models_dir, name).training.network)
    rearrange(network)
    network.to(memory_format=layout)
    inputs = torch.randn(PICTURES, 3, 32, 32).contiguous(memory_format=layout)
    labels = torch.arange(PICTURES) % 10
    pays = winograd.pays if filtered else lambda *_: False
    taken = []
    with mock.patch.object(winograd, "pays", pays):
        for _ in range(2):
            began = time.perf_counter()
            F.cross_entropy(network(inputs), labels).backward()  # type: ignore[no-untyped-call]
            taken.append(time.perf_counter() - began)
    return min(taken)


def measure() -> Iterator[Measurement]:
    """The medians of a few rounds."""
    for name in NETWORKS:
        rounds = [
            {way: seconds_of(name, layout, filtered=filtered) for way, (layout, filtered) in WAYS.items()}
            for _ in range(ROUNDS)
        ]
        first, *others = WAYS
        for way in others:
            ratio = statistics.median(each[way] / each[first] for each in rounds)
            yield Measurement(f"{name}: a float32 step {way} / {first}", ratio)
