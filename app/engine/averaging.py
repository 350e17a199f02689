"""The mean of a network's weights over steps: where the steps circle around a minimum, it lies nearer to it.

Stochastic weight averaging (Izmailov et al., 2018, "Averaging Weights Leads to Wider Optima").
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

SETTLED_ON = 10_000
"""How many of the training pictures give batch norms the statistics that fit averaged weights."""


class WeightAverage:
    """The mean of a network's parameters at the moments `add` was called; it reads them in place."""

    def __init__(self, network: nn.Module) -> None:
        self.network, self.count = network, 0
        self.means = [parameter.detach().clone() for parameter in network.parameters()]

    @torch.no_grad()
    def add(self) -> None:
        """Counts the parameters as they are now."""
        self.count += 1
        torch._foreach_lerp_(self.means, list(self.network.parameters()), 1 / self.count)

    @torch.no_grad()
    def put_in(self) -> None:
        """Gives the network the mean as its parameters; its batch norms' statistics do not fit them yet."""
        for parameter, mean in zip(self.network.parameters(), self.means, strict=True):
            parameter.copy_(mean)


@torch.no_grad()
def settle(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Gives batch norms the mean of their statistics over `batches`, if there are any batch norms.

    The network is left in training mode where there are.
    """
    norms = [each for each in network.modules() if isinstance(each, nn.modules.batchnorm._BatchNorm)]  # noqa: SLF001
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    network.train()
    for number, inputs in enumerate(batches):
        for norm in norms:
            norm.momentum = 1 / (number + 1)
        network(inputs)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
