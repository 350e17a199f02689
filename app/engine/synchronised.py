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


class BatchNorm(nn.modules.batchnorm._BatchNorm):  # noqa: SLF001  the base of both that it stands for
    """Batch norm, of 1-D or 2-D, over the pictures of all processes together."""

    def _check_input_dim(self, x: Tensor) -> None:
        pass

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.running_mean is None or self.running_var is None:
            return super().forward(x)
        mean, variance, count = _statistics(x)
        with torch.no_grad():
            momentum = 0.1 if self.momentum is None else self.momentum
            self.running_mean.lerp_(mean, momentum)
            self.running_var.lerp_(variance * (count / (count - 1).clamp(min=1)), momentum)
            if self.num_batches_tracked is not None:
                self.num_batches_tracked += 1
        normalised: Tensor = _Normalised.apply(x, self.weight, self.bias, mean, variance, count, self.eps)
        return normalised


@torch.no_grad()
def _statistics(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and variance of each channel, float32 (C,), over the values of all processes, and their number."""
    kept = x.new_zeros(2, x.shape[1], dtype=torch.float32)  # its type is that of what comes out
    mean, variance = torch.batch_norm_update_stats(x, kept[0], kept[1], 0.0)
    moments = torch.stack([mean.double(), variance.double() + mean.double().square()])
    own = x.numel() / x.shape[1]
    summed = torch.cat([own * moments.flatten(), moments.new_full((1,), own)])
    dist.all_reduce(summed)
    count = summed[-1]
    first, second = (summed[:-1] / count).view(2, -1)
    return first.float(), (second - first.square()).float(), count.float()


class _Normalised(torch.autograd.Function):
    """What has these statistics, normalised; they are taken for functions of the pictures of all processes.

    PyTorch's own kernels do it, with statistics that are given: of the gradient they leave out what goes
    through the statistics, which is a second normalisation.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        mean: Tensor,
        variance: Tensor,
        count: Tensor,
        eps: float,
    ) -> Tensor:
        ctx.save_for_backward(x, weight, mean, variance, count)
        ctx.eps = eps
        return F.batch_norm(x, mean, variance, weight, bias, eps=eps)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, mean, variance, count = ctx.saved_tensors
        own, of_weight, of_bias = torch.ops.aten.native_batch_norm_backward(
            gradient, x, weight, mean, variance, None, None, train=False, eps=ctx.eps, output_mask=[True] * 3
        )
        summed = torch.stack([of_weight, of_bias])
        dist.all_reduce(summed)
        share = -weight * (variance + ctx.eps).rsqrt() / count
        own += F.batch_norm(x, mean, variance, share * summed[0], share * summed[1], eps=ctx.eps)
        return own, of_weight, of_bias, None, None, None, None


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
        pictures = torch.tensor(len(x), device=x.device)
        dist.all_reduce(pictures)
        count = int(pictures)
        drawn = F.dropout(torch.ones(count, *x.shape[1:], device=x.device, dtype=x.dtype), self.p)
        return x * drawn[self.processes.share(0, count)]


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
