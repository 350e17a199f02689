"""A recipe's trainings one after another, each from the weights that the one before ended with."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from app.engine.checkpoints import weights_of
from app.engine.configuration import TrainingConfig
from app.engine.datasets import Pictures
from app.engine.events import Finished, TrainingEvent
from app.engine.processes import ALONE, Processes
from app.engine.training import train


def train_all(
    parts: Sequence[TrainingConfig],
    pictures: Pictures,
    device: torch.device,
    state_folder: Path,
    checkpoint_seconds: float,
    processes: Processes = ALONE,
) -> Iterator[tuple[int, TrainingEvent]]:
    """The events of each part with its number, from 0; the seconds of its end are of all parts until then.

    Each keeps its checkpoints in a folder of its own, and goes on from them, as :func:`train` does, which
    also says what is raised.
    """
    start: bytes | None = None
    seconds = 0.0
    for number, config in enumerate(parts):
        weights: bytes | None = None
        for event in train(
            config, pictures, device, state_folder, checkpoint_seconds, start=start, processes=processes
        ):
            if isinstance(event, Finished):
                seconds += event.seconds
                weights = weights_of(event.network)
                yield number, dataclasses.replace(event, seconds=seconds)
            else:
                yield number, event
        state_folder /= "then"
        start = processes.from_first(weights, device)
