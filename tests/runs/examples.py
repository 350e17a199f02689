"""Runs to ask for in tests."""

from __future__ import annotations

from typing import Any

from app.runs.config import RunConfig
from app.runs.store import Room

NETWORK: dict[str, Any] = {
    "name": "small",
    "input": {"channels": 3, "height": 32, "width": 32},
    "layers": [
        {"type": "conv2d", "out_channels": 4, "kernel_size": 3, "stride": 4, "bias": False},
        {"type": "batch_norm2d"},
        {"type": "relu"},
        {"type": "flatten"},
        {"type": "dropout", "p": 0.2},
        {"type": "linear", "out_features": 10},
    ],
}
ROOM = Room(running=1, waiting=4, a_client=2)
WIDE = Room(running=1, waiting=100, a_client=100)


def body(**changes: Any) -> dict[str, Any]:
    """A request for a run that takes a moment."""
    plain = {
        "network": NETWORK,
        "batch_size": 32,
        "epochs": 2,
        "held_out": 64,
        "device": "cpu",
        "precision": "float32",
    }
    return {**plain, **changes}


def config(**changes: Any) -> RunConfig:
    return RunConfig.model_validate(body(**changes))
