"""Configured optimizers made into PyTorch's, over the parameters of one network."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from app.engine.muon import OrthogonalisedMomentum
from app.engine.optimizers import SGD, AdamW, AnyOptimizer, Muon


def make(config: AnyOptimizer, network: nn.Module) -> list[torch.optim.Optimizer]:
    """The optimizers of one run, over all of the network's parameters; biases and norms are not decayed."""
    kernels = [p for p in network.parameters() if p.ndim >= 2]
    others = [p for p in network.parameters() if p.ndim < 2]
    match config:
        case AdamW():
            groups = _groups(kernels, others, config.weight_decay)
            return [torch.optim.AdamW(groups, lr=config.lr)]
        case SGD():
            groups = _groups(kernels, others, config.weight_decay)
            nesterov = config.nesterov and config.momentum > 0
            return [torch.optim.SGD(groups, lr=config.lr, momentum=config.momentum, nesterov=nesterov)]
        case Muon():
            convolutions = [p for p in kernels if p.ndim == 4]
            groups = _groups([p for p in kernels if p.ndim != 4], others, config.weight_decay)
            return [
                OrthogonalisedMomentum(convolutions, config.lr, config.momentum),
                torch.optim.SGD(groups, lr=config.other_lr, momentum=config.other_momentum, nesterov=True),
            ]


def _groups(kernels: list[nn.Parameter], others: list[nn.Parameter], decay: float) -> list[dict[str, Any]]:
    groups = [{"params": kernels, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]
