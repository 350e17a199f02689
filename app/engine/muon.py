"""Orthogonalised updates for convolutions' weights: ``torch.optim.Muon`` refuses tensors of four axes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor, nn


def orthogonalise(gradients: Tensor, steps: int = 3) -> Tensor:
    """The nearest (semi-)orthogonal matrices to `gradients` (N, rows, columns), about, in their format.

    A quintic Newton–Schulz iteration with the coefficients of Jordan et al. (2024): singular values end in
    about 0.7…1.2 after few steps.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    x = gradients / (torch.linalg.matrix_norm(gradients, keepdim=True) + 1e-7)
    if tall := x.shape[1] > x.shape[2]:
        x = x.mT
    for _ in range(steps):
        gram = x @ x.mT
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, polynomial, x, beta=a)
    orthogonal: Tensor = x.mT if tall else x
    return orthogonal


class OrthogonalisedMomentum(torch.optim.Optimizer):
    """Each convolution's weight is kept at norm √out_channels and moved along an orthogonalised momentum.

    The scale of a convolution before a batch norm has no effect on what it computes, so fixing the norm
    makes the learning rate the angle of a step. With `bfloat16` updates are orthogonalised in it, which is as
    good where it is fast.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        momentum: float,
        ns_steps: int = 3,
        *,
        bfloat16: bool = False,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "ns_steps": ns_steps, "bfloat16": bfloat16}
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """One update of every parameter that has a gradient; those of one shape are updated together."""
        for group in self.param_groups:
            alike: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike[parameter.shape].append(parameter)
            for parameters in alike.values():
                self._step(parameters, group["lr"], group["momentum"], group["ns_steps"])

    def _step(self, parameters: list[nn.Parameter], lr: float, momentum: float, ns_steps: int) -> None:
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        buffers = [self._buffer(parameter) for parameter in parameters]
        torch._foreach_mul_(buffers, momentum)
        torch._foreach_add_(buffers, gradients)
        ahead = torch._foreach_add(gradients, buffers, alpha=momentum)  # noqa: SLF001
        matrices = torch.stack([_channels_last(each).flatten(1) for each in ahead])
        # Of the optimizer, not of its groups, which a checkpoint replaces.
        number_format = torch.bfloat16 if self.defaults["bfloat16"] else torch.float32
        updates = orthogonalise(matrices.to(number_format), ns_steps)
        for parameter, update in zip(parameters, updates, strict=True):
            parameter.mul_(len(parameter) ** 0.5 / parameter.norm())
            weight = _channels_last(parameter)
            weight.add_(update.reshape(weight.shape), alpha=-lr)

    def _buffer(self, parameter: nn.Parameter) -> Tensor:
        state = self.state[parameter]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        buffer: Tensor = state["momentum_buffer"]
        return buffer


def _channels_last(weight: Tensor) -> Tensor:
    """The view (out, height, width, in), which lies in memory that way where the network is channels-last.

    The order of a matrix' columns makes no difference to what is orthogonal to what.
    """
    return weight.permute(0, 2, 3, 1)
