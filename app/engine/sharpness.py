"""Sharpness-aware minimisation (SAM; Foret et al., 2021): learning from where the loss is worst nearby.

A step goes up the gradient first, `rho` far with all weights together, takes the gradient there, and goes
back before it is applied: so weights around which the loss is low are preferred to a narrow minimum. It works
the better the fewer pictures look for their worst place together (Andriushchenko and Flammarion, 2022); Foret
et al. took 128.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn


@contextlib.contextmanager
def uphill(parameters: Sequence[Tensor], gradients: Sequence[Tensor], rho: float) -> Iterator[None]:
    """Within it, the parameters are `rho` up these gradients; after it, where they were, to the bit."""
    before = [parameter.detach().clone() for parameter in parameters]
    with torch.no_grad():
        far = rho / torch.nn.utils.get_total_norm(list(gradients)).clamp(min=1e-12)
        torch._foreach_add_(list(parameters), torch._foreach_mul(list(gradients), far))  # noqa: SLF001
    try:
        yield
    finally:
        with torch.no_grad():
            torch._foreach_copy_(list(parameters), before)


@contextlib.contextmanager
def following(network: nn.Module, share: float) -> Iterator[None]:
    """Within it, running statistics of batch norms follow a batch as far as `share` of it would take them.

    0 leaves them as they are.
    """
    norms = [each for each in network.modules() if isinstance(each, nn.modules.batchnorm._BatchNorm)]  # noqa: SLF001
    momenta = [norm.momentum for norm in norms]
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = 1 - (1 - (0.1 if momentum is None else momentum)) ** share
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
