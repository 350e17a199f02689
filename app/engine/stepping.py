"""Configured optimizers made into PyTorch's, over the parameters of one network."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from app.engine.muon import OrthogonalisedMomentum
from app.engine.optimizers import SGD, Adagrad, Adam, AdamW, AnyOptimizer, Muon, RMSprop

_PLAIN: dict[type, type[torch.optim.Optimizer]] = {
    Adagrad: torch.optim.Adagrad,
    RMSprop: torch.optim.RMSprop,
    Adam: torch.optim.Adam,
    AdamW: torch.optim.AdamW,
}
"""Those whose configuration is exactly the arguments of one PyTorch class."""


def make(config: AnyOptimizer, network: nn.Module, *, bfloat16: bool) -> list[torch.optim.Optimizer]:
    """The optimizers of one run, over all of the network's parameters; biases and norms are not decayed.

    Each group's ``lr`` is its peak, for a schedule to scale; `bfloat16` is how updates are orthogonalised.
    """
    learning = [p for p in network.parameters() if p.requires_grad]
    kernels = [p for p in learning if p.ndim >= 2]
    others = [p for p in learning if p.ndim < 2]
    match config:
        case Muon():
            convolutions = [p for p in kernels if p.ndim == 4]
            dense = [p for p in kernels if p.ndim != 4]
            rest = _groups(dense, others, config.weight_decay)
            if dense and config.dense_lr is not None:
                rest[0]["lr"] = config.dense_lr
            made: list[torch.optim.Optimizer] = []
            if convolutions:
                how = (config.lr, config.momentum, config.ns_steps)
                made += [OrthogonalisedMomentum(convolutions, *how, bfloat16=bfloat16)]
            if rest:
                momentum = config.other_momentum
                made += [torch.optim.SGD(rest, lr=config.other_lr, momentum=momentum, nesterov=True)]
            return made
        case SGD():
            arguments = config.model_dump(exclude={"name", "weight_decay"}) | {"nesterov": config.looks_ahead}
            return [torch.optim.SGD(_groups(kernels, others, config.weight_decay), **arguments)]
        case _:
            arguments = config.model_dump(exclude={"name", "weight_decay"})
            return [_PLAIN[type(config)](_groups(kernels, others, config.weight_decay), **arguments)]


def _groups(kernels: list[nn.Parameter], others: list[nn.Parameter], decay: float) -> list[dict[str, Any]]:
    groups = [{"params": kernels, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]
