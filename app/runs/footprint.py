"""What a run keeps on the disk while it is trained, told from its configuration alone."""

from __future__ import annotations

from math import ceil

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.network import trace
from app.engine.optimizers import SGD, Adagrad, Adam, AdamW, AnyOptimizer, Muon, RMSprop
from app.runs.config import RunConfig

_VALUE_BYTES = 4
_CHECKPOINTS, _WEIGHTS = 2, 3
"""Checkpoints that are kept, and weights besides: of the first and the latest epoch, and of the network."""


def kept_bytes(config: RunConfig) -> int:
    """About how much the run keeps at least, when it is trained: checkpoints, two epochs and the network."""
    parameters = sum(each.cost.parameters for each in trace(config.network))
    copies = _CHECKPOINTS * (1 + _remembered(config.optimizer) + int(config.swa_start < 1)) + _WEIGHTS
    return copies * parameters * _VALUE_BYTES


def check(config: RunConfig, most_bytes: int) -> None:
    """Refuses a run that would keep more. Raises InvalidSpec."""
    needed = kept_bytes(config)
    if needed > most_bytes:
        raise InvalidSpec(
            "network",
            "With this optimizer, a run of this network takes {needed} MB of disk; it may take {most} MB.",
            {"needed": ceil(needed / 1e6), "most": int(most_bytes / 1e6)},
        )


def _remembered(optimizer: AnyOptimizer) -> int:
    """How many values the optimizer remembers of each parameter."""
    match optimizer:
        case SGD():
            return int(optimizer.momentum > 0)
        case RMSprop():
            return 1 + int(optimizer.momentum > 0) + int(optimizer.centered)
        case Adam() | AdamW():
            return 2 + int(optimizer.amsgrad)
        case Adagrad() | Muon():
            return 1
