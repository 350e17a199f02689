"""What a run keeps on the disk is what it was said to keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from app.engine import checkpoints
from app.engine.events import Finished
from app.engine.training import train
from app.runs.footprint import kept_bytes
from tests.engine.training_data import coloured_pictures
from tests.runs.examples import config

NETWORK: dict[str, Any] = {
    "input": {"channels": 3, "height": 32, "width": 32},
    "layers": [
        {"type": "conv2d", "out_channels": 512, "kernel_size": 5, "stride": 10},
        {"type": "flatten"},
        {"type": "linear", "out_features": 10},
    ],
}


@pytest.mark.parametrize(
    "optimizer",
    [
        {"name": "sgd"},
        {"name": "sgd", "momentum": 0.0},
        {"name": "adagrad"},
        {"name": "rmsprop"},
        {"name": "rmsprop", "momentum": 0.5, "centered": True},
        {"name": "adam"},
        {"name": "adamw", "amsgrad": True},
        {"name": "muon"},
    ],
    ids=str,
)
@pytest.mark.parametrize("swa_start", [1.0, 0.5])
def test_what_is_kept_is_what_was_said(tmp_path: Path, optimizer: dict[str, Any], swa_start: float) -> None:
    asked = config(network=NETWORK, optimizer=optimizer, epochs=1, held_out=0, swa_start=swa_start)
    told = train(asked.training, coloured_pictures(96), torch.device("cpu"), tmp_path, 0.0, keep_epochs=True)
    *_before, finished = told
    assert isinstance(finished, Finished)
    files = sum(path.stat().st_size for path in tmp_path.rglob("*.safetensors"))
    network = len(checkpoints.weights_of(finished.network))
    assert kept_bytes(asked) == pytest.approx(files + network, rel=0.02)
