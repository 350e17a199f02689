"""Orthogonalised updates for convolutions' weights: ``torch.optim.Muon`` refuses tensors of four axes."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


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

    def __init__(
        self, parameters: Iterable[nn.Parameter], lr: float, momentum: float, ns_steps: int = 3
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "ns_steps": ns_steps})

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
                update = orthogonalise(ahead.flatten(1), group["ns_steps"]).view_as(parameter)
                parameter.mul_(len(parameter) ** 0.5 / parameter.norm())
                parameter.add_(update, alpha=-group["lr"])
