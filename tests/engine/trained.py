"""Runs of a small network on made-up pictures, for the tests of training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from app.engine import training
from app.engine.configuration import TrainingConfig
from app.engine.events import Finished, Stepped, TrainingEvent
from tests.engine.training_data import coloured_pictures, small_network

CPU = torch.device("cpu")


def configured(**changes: object) -> TrainingConfig:
    """Three epochs in batches of 32, 64 pictures held out; what is given in place of that."""
    plain = TrainingConfig(network=small_network(), batch_size=32, epochs=3, held_out=64, precision="float32")
    return plain.model_copy(update=changes)


def weights_after(
    config: TrainingConfig, folder: Path, stop_at: int | None = None
) -> dict[str, torch.Tensor]:
    """Trains to the end, or is left at a step, with a checkpoint after each."""
    for event in training.train(config, coloured_pictures(320), CPU, folder, checkpoint_seconds=0):
        if isinstance(event, Stepped) and event.step == stop_at:
            return {}
        if isinstance(event, Finished):
            return dict(event.network.state_dict())
    raise AssertionError("the run ended without saying so")


def told(config: TrainingConfig, folder: Path, **options: Any) -> list[TrainingEvent]:
    """All that a run tells."""
    return list(training.train(config, coloured_pictures(320), CPU, folder, **options))


def stepped(events: list[TrainingEvent]) -> list[Stepped]:
    """Those of its events that are steps."""
    return [event for event in events if isinstance(event, Stepped)]
