"""Convolutions of 3 × 3 by Winograd's minimal filtering: a quarter of the multiplications, in float32.

Four by four outputs at a time (Lavin & Gray, 2016, F(4 × 4, 3 × 3)): 6 × 6 pixels and the kernel are
transformed and multiplied number by number, so that channels are summed by 36 matrix products, and what
comes out is transformed back. The transforms are matrix products too, of all tiles at once, over as many
pictures as stay in the cache. Rounding differs from a plain convolution's by some 2e-6 of the values;
bfloat16 has too few digits for it.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

STEP, TILE = 4, 6
"""Outputs and inputs of a tile, along one axis."""
_INPUT = torch.tensor(
    [
        [4.0, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ]
)
_KERNEL = torch.tensor(
    [[6.0, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]], dtype=torch.float64
)
_OUTPUT = torch.tensor([[1.0, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]])
FROM_INPUT, TO_OUTPUT = torch.kron(_INPUT, _INPUT), torch.kron(_OUTPUT, _OUTPUT)
FROM_OUTPUT = TO_OUTPUT.T.contiguous()
FROM_KERNEL = torch.kron(_KERNEL / 24, _KERNEL / 24).float()
"""Along both axes at once: (36, 36), (16, 36), (36, 16) and (36, 9)."""
CACHED = 500_000
"""Numbers that a transformed part may have: these 2 MB stay in the cache."""
MOST_WORK, FEW_CHANNELS, MANY_CHANNELS = 0.35, 64, 128
"""It pays up to this share of multiplications, with so many channels on either side and on one of them."""


def pays(x: Tensor, weight: Tensor) -> bool:
    """Whether a convolution that keeps its input's size is faster so, as measured on processors with AVX2."""
    if weight.shape[2:] != (3, 3) or torch.backends.cpu.get_cpu_capability() != "AVX2":
        return False
    rows, columns = x.shape[2:]
    work = TILE**2 * _tiles(rows) * _tiles(columns) / (9 * rows * columns)
    channels = weight.shape[:2]
    return work <= MOST_WORK and min(channels) >= FEW_CHANNELS and max(channels) >= MANY_CHANNELS


def convolution(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """(N, C, H, W) with (K, C, 3, 3) and (K,), padded by 1: (N, K, H, W), channels last, float32."""
    output: Tensor = _Convolution.apply(x, weight, bias)
    return output


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.has_bias = bias is not None
        output = _convolved(_last(x), weight)
        return _first(output if bias is None else output.add_(bias))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor | None]:
        x, weight = ctx.saved_tensors
        given = _last(gradient)
        of_input = None
        if ctx.needs_input_grad[0]:
            of_input = _first(_convolved(given, weight.flip(2, 3).transpose(0, 1)))
        of_bias = given.sum((0, 1, 2)) if ctx.has_bias else None
        return of_input, _of_weight(_last(x), given), of_bias


def _convolved(x: Tensor, weight: Tensor) -> Tensor:
    """(N, H, W, C) with (K, C, 3, 3): (N, H, W, K)."""
    outputs, channels = weight.shape[:2]
    (_, height, width, _), rows, columns = x.shape, _tiles(x.shape[1]), _tiles(x.shape[2])
    kernels = (FROM_KERNEL @ weight.permute(2, 3, 1, 0).reshape(9, -1)).view(TILE**2, channels, outputs)
    convolved = x.new_empty(*x.shape[:3], outputs)
    memory = _Memory(x, rows * columns * max(channels, outputs), 3)
    for part in memory.parts:
        count = len(x[part]) * rows * columns
        tiles = _gathered(x[part], TILE, memory.of(0, TILE**2, count * channels))
        torch.mm(FROM_INPUT, tiles, out=(entering := memory.of(1, TILE**2, count * channels)))
        leaving = memory.of(2, TILE**2, count, outputs)
        torch.bmm(entering.view(TILE**2, count, channels), kernels, out=leaving)
        torch.mm(TO_OUTPUT, leaving.flatten(1), out=(found := memory.of(0, STEP**2, count * outputs)))
        found = found.view(STEP, STEP, -1, rows, columns, outputs).permute(2, 3, 0, 4, 1, 5)
        whole = found.reshape(-1, STEP * rows, STEP * columns, outputs)
        convolved[part] = whole[:, :height, :width]
    return convolved


def _of_weight(x: Tensor, gradient: Tensor) -> Tensor:
    """Of (N, H, W, C) and the gradient (N, H, W, K) of what was put out, that of (K, C, 3, 3)."""
    channels, outputs = x.shape[3], gradient.shape[3]
    tiles = _tiles(x.shape[1]) * _tiles(x.shape[2])
    of_kernels = x.new_zeros(TILE**2, channels, outputs)
    memory = _Memory(x, tiles * max(channels, outputs), 3)
    for part in memory.parts:
        count = len(x[part]) * tiles
        gathered = _gathered(x[part], TILE, memory.of(0, TILE**2, count * channels))
        torch.mm(FROM_INPUT, gathered, out=(entering := memory.of(1, TILE**2, count * channels)))
        gathered = _gathered(gradient[part], STEP, memory.of(0, STEP**2, count * outputs))
        torch.mm(FROM_OUTPUT, gathered, out=(leaving := memory.of(2, TILE**2, count * outputs)))
        entering = entering.view(TILE**2, count, channels)
        of_kernels.baddbmm_(entering.mT, leaving.view(TILE**2, count, outputs))
    found = (FROM_KERNEL.T @ of_kernels.flatten(1)).view(3, 3, channels, outputs)
    return found.permute(3, 2, 0, 1)


class _Memory:
    """Stretches of memory that each part of a batch uses anew: asking for them costs as much as filling."""

    def __init__(self, x: Tensor, numbers: int, count: int) -> None:
        """Of as many pictures as fit, each of which comes to 36 times so many `numbers`."""
        numbers *= TILE**2
        size = min(len(x), max(1, CACHED // numbers))
        self._stretches = [x.new_empty(size * numbers) for _ in range(count)]
        self.parts = [slice(start, start + size) for start in range(0, len(x), size)]

    def of(self, index: int, *shape: int) -> Tensor:
        """The beginning of one of them, in this shape."""
        return self._stretches[index][: math.prod(shape)].view(shape)


def _gathered(pictures: Tensor, side: int, out: Tensor) -> Tensor:
    """The tiles of (N, H, W, C), of `side` × `side`: (side², N · tiles · C), written to `out`."""
    count, height, width, channels = pictures.shape
    rows, columns = _tiles(height), _tiles(width)
    border = (side - STEP) // 2
    sides = (STEP * rows + 2 * border, STEP * columns + 2 * border)
    if (height, width) != sides:
        padded = pictures.new_zeros(count, *sides, channels)
        padded[:, border : border + height, border : border + width] = pictures
        pictures = padded
    tiles = pictures.unfold(1, side, STEP).unfold(2, side, STEP).permute(4, 5, 0, 1, 2, 3)
    out.view(tiles.shape).copy_(tiles)
    return out


def _tiles(side: int) -> int:
    return -(-side // STEP)


def _last(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1)


def _first(x: Tensor) -> Tensor:
    return x.permute(0, 3, 1, 2)
