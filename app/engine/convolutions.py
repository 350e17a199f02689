"""Convolutions that keep their input's size, which learn by whichever way is fastest on a processor."""

from __future__ import annotations

import copy
from typing import TypeGuard, cast

import torch
from torch import Tensor, nn

from app.engine import side_by_side, winograd


class LearningConv2d(nn.Conv2d):
    """A convolution whose forward and backward pass, while it learns on a processor, may go another way."""

    padding: tuple[int, int]

    @classmethod
    def of(cls, convolution: nn.Conv2d) -> LearningConv2d:
        """The same convolution, with the very same parameters."""
        changed = cast("LearningConv2d", copy.copy(convolution))
        changed.__class__ = cls
        return changed

    @staticmethod
    def suits(layer: nn.Module) -> TypeGuard[nn.Conv2d]:
        """Whether it can stand for this layer: a Conv2d of stride 1 that keeps height and width."""
        return (
            type(layer) is nn.Conv2d
            and layer.padding_mode == "zeros"
            and (layer.stride, layer.dilation, layer.groups) == ((1, 1), (1, 1), 1)
            and not isinstance(layer.padding, str)
            and all(size == 2 * side + 1 for size, side in zip(layer.kernel_size, layer.padding, strict=True))
        )

    def forward(self, x: Tensor) -> Tensor:
        if x.device.type == "cpu" and torch.is_grad_enabled() and self.weight.requires_grad:
            if not torch.is_autocast_enabled("cpu"):
                if winograd.pays(x, self.weight):
                    return winograd.convolution(x, self.weight, self.bias)
            elif torch.get_autocast_dtype("cpu") == torch.bfloat16 and side_by_side.pays(x):
                return side_by_side.convolution(x, self.weight, self.bias, self.padding)
        return super().forward(x)
