"""Weight gradients of convolutions over narrow pictures, several of which lie side by side.

oneDNN's bfloat16 kernels for them take a row of the picture at a time, in runs of 32 numbers: rows of 4 leave
seven eighths of each run empty. Pictures laid next to each other, with a gap of zeros as wide as the padding
between them, are one wide picture with the same weight gradient: on 4 × 4 pixels it is there in a quarter of
the time, on 7 × 7 in half of it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

NARROW = 9
"""Widest pictures for which the copies are repaid."""
RUN, SHORT_RUNS = 64, 32
"""How wide a row should become, of pictures up to 6 wide and of others."""


def convolution(x: Tensor, weight: Tensor, bias: Tensor | None, padding: tuple[int, int]) -> Tensor:
    """(N, C, H, W) with (K, C, R, S) and (K,), padded to keep its size, under autocast to bfloat16."""
    output: Tensor = _Convolution.apply(x, weight, bias, padding)
    return output


class _Convolution(torch.autograd.Function):
    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.bfloat16)  # type: ignore[untyped-decorator]
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, padding: tuple[int, int]) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.padding, ctx.has_bias = padding, bias is not None
        return F.conv2d(x, weight, bias, padding=padding)

    @staticmethod
    @torch.amp.custom_bwd(device_type="cpu")  # type: ignore[untyped-decorator]
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor | None, None]:
        x, weight = ctx.saved_tensors
        of_input = None
        if ctx.needs_input_grad[0]:
            of_input, _, _ = _gradients(gradient, x, weight, ctx.padding, (True, False, False))
        count = together(len(x), x.shape[3])
        wide = [side_by_side(each, count, ctx.padding[1]) for each in (gradient, x)]
        _, of_weight, _ = _gradients(wide[0], wide[1], weight, ctx.padding, (False, True, False))
        of_bias = gradient.sum((0, 2, 3)) if ctx.has_bias else None
        return of_input, of_weight, of_bias, None


def _gradients(
    gradient: Tensor, x: Tensor, weight: Tensor, padding: tuple[int, int], asked: tuple[bool, bool, bool]
) -> tuple[Tensor, Tensor, Tensor]:
    found: tuple[Tensor, Tensor, Tensor] = torch.ops.aten.convolution_backward(
        gradient,
        x,
        weight,
        bias_sizes=None,
        stride=(1, 1),
        padding=padding,
        dilation=(1, 1),
        transposed=False,
        output_padding=(0, 0),
        groups=1,
        output_mask=asked,
    )
    return found


def pays(x: Tensor) -> bool:
    """Whether pictures (N, C, H, W) of this width are repaid for being copied."""
    return together(len(x), x.shape[3]) > 1


def together(pictures: int, width: int) -> int:
    """How many of so many pictures of this width go side by side: a divisor, 1 where it does not pay."""
    if width > NARROW:
        return 1
    most = (RUN if width <= 6 else SHORT_RUNS) // (width + 1)
    return next(count for count in range(max(1, most), 0, -1) if pictures % count == 0)


def side_by_side(pictures: Tensor, count: int, gap: int) -> Tensor:
    """(N, C, H, W) as (N / count, C, H, count · (W + gap)), channels last, zeros in the gaps."""
    number, channels, height, width = pictures.shape
    rows = pictures.permute(0, 2, 3, 1).reshape(number // count, count, height, width, channels)
    wide = rows.new_zeros(number // count, height, count, width + gap, channels)
    wide[:, :, :, :width] = rows.transpose(1, 2)
    return wide.flatten(2, 3).permute(0, 3, 1, 2)
