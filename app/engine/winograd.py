"""Convolutions of 3 × 3 by Winograd's minimal filtering: a quarter of the multiplications, in float32.

Four by four outputs at a time (Lavin & Gray, 2016, F(4 × 4, 3 × 3)): 6 × 6 pixels and the kernel are
transformed and multiplied number by number, so that channels are summed by 36 matrix products, and what
comes out is transformed back. The transforms are matrix products too, of all tiles at once, over as many
pictures as stay in the cache. Rounding differs from a plain convolution's by some 2e-6 of the values;
bfloat16 has too few digits for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

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
"""Numbers of a transformed part, three of which are worked on at a time: more would leave the cache."""
MOST_WORK, FEW_CHANNELS, MANY_CHANNELS = 0.35, 64, 128
"""It pays up to this share of multiplications, with so many channels on either side and on one of them."""
FEW_TILES, MOST_WEIGHTS = 96, 512 * 512
"""With so many tiles at least, for which a kernel is transformed, and for kernels that stay small so."""


def pays(x: Tensor, weight: Tensor) -> bool:
    """Whether a convolution that keeps its input's size is faster so, as measured on processors with AVX2."""
    if weight.shape[2:] != (3, 3) or torch.backends.cpu.get_cpu_capability() != "AVX2":
        return False
    if x.ndim != 4 or not x.dtype == weight.dtype == torch.float32:
        return False
    rows, columns = x.shape[2:]
    tiles, channels = _tiles(rows) * _tiles(columns), weight.shape[:2]
    return (
        tiles * TILE**2 <= MOST_WORK * 9 * rows * columns
        and min(channels) >= FEW_CHANNELS
        and max(channels) >= MANY_CHANNELS
        and math.prod(channels) <= MOST_WEIGHTS
        and len(x) * tiles >= FEW_TILES
    )


def convolution(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """(N, C, H, W) with (K, C, 3, 3) and (K,), padded by 1: (N, K, H, W), channels last, float32."""
    output: Tensor = _Convolution.apply(x, weight, bias)
    return output


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        output = _convolved(x, weight)
        return output if bias is None else output.add_(bias.view(-1, 1, 1))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        of_x, of_weight, of_bias = ctx.needs_input_grad
        return (
            _convolved(gradient, weight.flip(2, 3).transpose(0, 1)) if of_x else None,
            _of_weight(x, gradient) if of_weight else None,
            gradient.sum((0, 2, 3)) if of_bias else None,
        )


def _convolved(x: Tensor, weight: Tensor) -> Tensor:
    """(N, C, H, W) with (K, C, 3, 3): (N, K, H, W), channels last."""
    outputs, channels = weight.shape[:2]
    # Made in this layout, and no view of another tensor: what follows may write over it.
    output = torch.empty(len(x), outputs, *x.shape[2:], memory_format=torch.channels_last)
    kernels = (FROM_KERNEL @ weight.permute(2, 3, 1, 0).reshape(9, -1)).view(TILE**2, channels, outputs)
    parts = _Parts(x, max(channels, outputs))
    leaving = _Tiles(output, STEP, parts)
    for part, entering in _entering(x, parts):
        products = parts.memory(2, TILE**2, entering.shape[1], outputs)
        torch.bmm(entering, kernels, out=products)
        found = parts.memory(0, STEP**2, entering.shape[1] * outputs)
        leaving.put(part, torch.mm(TO_OUTPUT, products.flatten(1), out=found))
    return output


def _of_weight(x: Tensor, gradient: Tensor) -> Tensor:
    """Of (N, C, H, W) and the gradient (N, K, H, W) of what was put out, that of (K, C, 3, 3)."""
    channels, outputs = x.shape[1], gradient.shape[1]
    of_kernels = x.new_zeros(TILE**2, channels, outputs)
    parts = _Parts(x, max(channels, outputs))
    gradients = _Tiles(gradient, STEP, parts)
    for part, entering in _entering(x, parts):
        count = entering.shape[1]
        gathered = gradients.gathered(part, parts.memory(0, STEP**2, count * outputs))
        torch.mm(FROM_OUTPUT, gathered, out=(leaving := parts.memory(2, TILE**2, count * outputs)))
        of_kernels.baddbmm_(entering.mT, leaving.view(TILE**2, count, outputs))
    found = (FROM_KERNEL.T @ of_kernels.flatten(1)).view(3, 3, channels, outputs)
    return found.permute(3, 2, 0, 1)


def _entering(x: Tensor, parts: _Parts) -> Iterator[tuple[slice, Tensor]]:
    """Each part of a batch (N, C, H, W) with its transformed tiles, (36, tiles, C), till the next is made."""
    inputs, channels = _Tiles(x, TILE, parts), x.shape[1]
    for part in parts:
        numbers = parts.tiles(part) * channels
        gathered = inputs.gathered(part, parts.memory(0, TILE**2, numbers))
        torch.mm(FROM_INPUT, gathered, out=(entering := parts.memory(1, TILE**2, numbers)))
        yield part, entering.view(TILE**2, -1, channels)


class _Parts:
    """A batch (N, C, H, W) in parts that stay in the cache, and memory that each part uses anew.

    Asking for memory costs as much as filling it.
    """

    def __init__(self, x: Tensor, channels: int) -> None:
        self.rows, self.columns = map(_tiles, x.shape[2:])
        numbers = TILE**2 * self.rows * self.columns * channels
        self.size = min(len(x), max(1, CACHED // numbers))
        self._parts = [slice(start, min(start + self.size, len(x))) for start in range(0, len(x), self.size)]
        self._stretches = [x.new_empty(self.size * numbers) for _ in range(3)]

    def __iter__(self) -> Iterator[slice]:
        return iter(self._parts)

    def tiles(self, part: slice) -> int:
        """How many there are in a part."""
        return int(part.stop - part.start) * self.rows * self.columns

    def memory(self, index: int, *shape: int) -> Tensor:
        """The beginning of one of three stretches, in this shape."""
        return self._stretches[index][: math.prod(shape)].view(shape)


class _Tiles:
    """The tiles of (N, C, H, W), of `side` × `side` and STEP apart; zeros surround what is there."""

    def __init__(self, x: Tensor, side: int, parts: _Parts) -> None:
        self.x, self.side, self.parts = x.permute(0, 2, 3, 1), side, parts
        border = (side - STEP) // 2
        sides = (STEP * parts.rows + 2 * border, STEP * parts.columns + 2 * border)
        self._padded, (height, width) = None, x.shape[2:]
        if (height, width) != sides:
            self._padded = x.new_zeros(parts.size, *sides, x.shape[1])
        self._inside = (slice(border, border + height), slice(border, border + width))

    def gathered(self, part: slice, out: Tensor) -> Tensor:
        """Those of a part of the batch: (side², tiles · C), written to `out`."""
        pictures = self.x[part]
        if self._padded is not None:
            self._padded[: len(pictures), *self._inside] = pictures
            pictures = self._padded[: len(pictures)]
        tiles = pictures.unfold(1, self.side, STEP).unfold(2, self.side, STEP).permute(4, 5, 0, 1, 2, 3)
        out.view(tiles.shape).copy_(tiles)
        return out

    def put(self, part: slice, tiles: Tensor) -> None:
        """Writes tiles that do not overlap, (side², tiles · C), to their part of the batch."""
        pictures = self.x[part]
        whole = pictures if self._padded is None else self._padded[: len(pictures)]
        rows, columns = self.parts.rows, self.parts.columns
        found = tiles.view(STEP, STEP, len(pictures), rows, columns, -1).permute(2, 3, 0, 4, 1, 5)
        whole.view(found.shape).copy_(found)
        if self._padded is not None:
            pictures.copy_(whole[:, *self._inside])


def _tiles(side: int) -> int:
    return -(-side // STEP)
