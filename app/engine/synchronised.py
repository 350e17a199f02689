"""Layers that see a whole batch although each process has only its share of it.

``nn.SyncBatchNorm`` wants GPUs; these work wherever the processes do. Their weights have the names of the
layers they stand for, so checkpoints do not tell how many processes wrote them.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional as F

from app.engine.processes import Processes


class _Sum(torch.autograd.Function):
    """A tensor summed over all processes; so is the gradient that comes back."""

    @staticmethod
    def forward(ctx: Any, mine: Tensor) -> Tensor:  # noqa: ARG004
        total = mine.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # noqa: ARG004
        total = gradient.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total


class BatchNorm(nn.modules.batchnorm._BatchNorm):  # noqa: SLF001  the base of both that it stands for
    """Batch norm, of 1-D or 2-D, over the pictures of all processes together."""

    def _check_input_dim(self, x: Tensor) -> None:
        pass

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.running_mean is None or self.running_var is None:
            return super().forward(x)
        axes = [axis for axis in range(x.ndim) if axis != 1]
        shape = [1, -1] + [1] * (x.ndim - 2)
        values = x.float()
        local = torch.cat([values.sum(axes), values.new_tensor([x.numel() / x.shape[1]])])
        summed = total(local)
        count = summed[-1]
        mean = summed[:-1] / count
        centred = values - mean.view(shape)
        variance = total(centred.square().sum(axes)) / count
        with torch.no_grad():
            momentum = 0.1 if self.momentum is None else self.momentum
            self.running_mean.lerp_(mean, momentum)
            self.running_var.lerp_(variance * (count / (count - 1).clamp(min=1)), momentum)
            if self.num_batches_tracked is not None:
                self.num_batches_tracked += 1
        scaled = centred * (variance + self.eps).rsqrt().view(shape)
        return (scaled * self.weight.view(shape) + self.bias.view(shape)).to(x.dtype)


class Dropout(nn.Module):
    """Dropout whose draw for a picture is the one it would have in the whole batch.

    Every process draws for all pictures and uses its share, so that all generators stay in step.
    """

    def __init__(self, p: float, processes: Processes) -> None:
        super().__init__()
        self.p = p
        self.processes = processes

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        count = int(total(torch.tensor(float(len(x)), device=x.device)))
        drawn = F.dropout(torch.ones(count, *x.shape[1:], device=x.device, dtype=x.dtype), self.p)
        return x * drawn[self.processes.share(0, count)]


def total(mine: Tensor) -> Tensor:
    """The sum over all processes, through which gradients flow."""
    summed: Tensor = _Sum.apply(mine)
    return summed


def synchronise(network: nn.Module, processes: Processes) -> None:
    """Puts these layers in the place of those they stand for, in place, weights kept; alone, nothing."""
    if processes.alone:
        return
    for name, child in network.named_children():
        if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):
            setattr(network, name, _batch_norm(child))
        elif isinstance(child, nn.Dropout):
            setattr(network, name, Dropout(child.p, processes))
        else:
            synchronise(child, processes)


def _batch_norm(plain: nn.BatchNorm1d | nn.BatchNorm2d) -> BatchNorm:
    made = BatchNorm(plain.num_features, plain.eps, plain.momentum)
    made.weight, made.bias = plain.weight, plain.bias
    made.running_mean, made.running_var = plain.running_mean, plain.running_var
    made.num_batches_tracked = plain.num_batches_tracked
    return made
