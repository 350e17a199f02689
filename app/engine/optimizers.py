"""Optimizers by name, with the hyperparameters each takes; orthogonalised updates for convolutions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from app.arithmetic.fields import Spec

Rate = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
Decay = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Momentum = Annotated[float, Field(ge=0, lt=1)]


class AdamW(Spec):
    """``torch.optim.AdamW``."""

    name: Literal["adamw"] = "adamw"
    lr: Rate = 3e-3
    weight_decay: Decay = 0.01


class SGD(Spec):
    """``torch.optim.SGD``; `nesterov` needs momentum."""

    name: Literal["sgd"] = "sgd"
    lr: Rate = 0.1
    momentum: Momentum = 0.9
    nesterov: bool = True
    weight_decay: Decay = 5e-4


class Muon(Spec):
    """Orthogonalised momentum for convolutions' weights, Nesterov SGD for everything else.

    `lr` and `momentum` are the convolutions'; `other_lr`, `other_momentum`, `weight_decay` the rest's
    (Jordan et al., 2024).
    """

    name: Literal["muon"] = "muon"
    lr: Rate = 0.24
    momentum: Momentum = 0.6
    other_lr: Rate = 0.1
    other_momentum: Momentum = 0.85
    weight_decay: Decay = 1e-4


AnyOptimizer = Annotated[AdamW | SGD | Muon, Field(discriminator="name")]


def orthogonalise(gradient: Tensor, steps: int = 3) -> Tensor:
    """The nearest (semi-)orthogonal matrix to `gradient` (2-D), about, by a quintic Newton–Schulz iteration.

    Coefficients from Jordan et al. (2024): singular values end in about 0.7…1.2 after few steps.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    x = gradient.bfloat16()
    x = x / (x.norm() + 1e-7)
    if tall := x.shape[0] > x.shape[1]:
        x = x.T
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    nearest: Tensor = x.T if tall else x
    return nearest.to(gradient.dtype)


class OrthogonalisedMomentum(torch.optim.Optimizer):
    """Each convolution's weight is kept at norm √out_channels and moved along an orthogonalised momentum.

    The scale of a convolution before a batch norm has no effect on what it computes, so fixing the norm
    makes the learning rate the angle of a step.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float, momentum: float) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """One update of every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["momentum_buffer"] = torch.zeros_like(parameter)
                buffer = state["momentum_buffer"].mul_(group["momentum"]).add_(parameter.grad)
                ahead = parameter.grad.add(buffer, alpha=group["momentum"])
                update = orthogonalise(ahead.flatten(1)).view_as(parameter)
                parameter.mul_(len(parameter) ** 0.5 / parameter.norm())
                parameter.add_(update, alpha=-group["lr"])


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
