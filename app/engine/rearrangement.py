"""The same function in fewer passes over memory, which is what layers between convolutions cost."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from app.engine.convolutions import LearningConv2d

KEEP_NO_OUTPUT = (nn.Conv2d, nn.Linear, nn.modules.batchnorm._BatchNorm, nn.MaxPool2d)  # noqa: SLF001
"""Layers whose backward pass does not need what they put out, so that a ReLU may write over it."""


class GlobalAveragePool(nn.Module):
    """``AdaptiveAvgPool2d(1)`` whose gradient comes back in the memory layout of its input."""

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(x, (x.shape[2], x.shape[3]))


def rearrange(network: nn.Sequential) -> None:
    """Changes layers in place; weights keep their names, and values and gradients stay what they were.

    A ReLU goes behind the max-pooling that follows it, where it has fewer values to see: both keep order.
    Convolutions may learn in other ways (`convolutions`).
    """
    for layers in [each for each in network.modules() if isinstance(each, nn.Sequential)]:
        for index, (layer, following) in enumerate(pairwise(list(layers))):
            if isinstance(layer, nn.ReLU) and isinstance(following, nn.MaxPool2d):
                layers[index], layers[index + 1] = following, layer
        for layer, following in pairwise(layers):
            if isinstance(layer, KEEP_NO_OUTPUT) and isinstance(following, nn.ReLU):
                following.inplace = True
        for index, layer in enumerate(layers):
            if isinstance(layer, nn.AdaptiveAvgPool2d) and layer.output_size in (1, (1, 1)):
                layers[index] = GlobalAveragePool()
            if LearningConv2d.suits(layer):
                layers[index] = LearningConv2d.of(layer)
