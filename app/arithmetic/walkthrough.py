"""One output cell written out: operands, weights, products, partial sums, bias, value.

Inputs and weights are nested lists: an input (C, …), a convolution's weight (K, C/groups, …), a transposed
convolution's (C, K/groups, …). Arithmetic is in double precision, summed exactly. A value that is not finite
is None, and so is an operand that takes no part (the padding of max pooling).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from app.arithmetic import geometry
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.geometry import Axis, Operation, Shape, Share, Slide
from app.arithmetic.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose2d,
    MaxPool2d,
)

Nested = Any
"""Numbers in lists in lists, a level for each axis."""
Convolved = Conv1d | Conv2d | Conv3d | ConvTranspose2d
Grid = Sequence[tuple[Axis, Sequence[tuple[int, int]]]]
"""Each axis with its (input index, kernel index) pairs for one output index."""

MOST_OPERANDS = 50_000
"""A cell of more is not written out: it is nobody's exercise (static/src/lib/walkthrough.ts has the same)."""

PADDING = -1
"""In place of an input index: a zero."""
NOTHING = -2
"""In place of an input index: what takes no part."""
PLACES = {1: ("column",), 2: ("row", "column"), 3: ("slice", "row", "column")}
"""What an output index is called along each axis, by the number of axes."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One output cell: its channel, and its index along each axis."""

    channel: int
    place: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Walkthrough:
    """The arithmetic of one output cell.

    Attributes:
        cells: for each axis, the input index of every operand; outside 0…N−1 it lies in the padding.
        operands: what is read, by input channel of the unit's group, then by axis; pooling: by axis.
        value: what the cell holds.
        weights, products: of the same shape as `operands`; None for pooling.
        channel_sums: the products of each input channel added up; None for pooling.
        bias: 0.0 where there is none; None for pooling.
        divisor: what average pooling divides by, else None.
        winner: the input index of max pooling's largest operand, else None.
    """

    cells: tuple[list[int], ...]
    operands: Nested
    value: float | None
    weights: Nested = None
    products: Nested = None
    channel_sums: list[float | None] | None = None
    bias: float | None = None
    divisor: int | None = None
    winner: tuple[int, ...] | None = None


def walk_through(
    layer: Operation,
    shape: Shape,
    unit: Unit,
    input: Nested,  # noqa: A002  the name it has in the API
    weight: Nested = None,
    bias: Sequence[float] | None = None,
) -> Walkthrough:
    """The arithmetic of one unit of a layer that PyTorch accepts on (C, …) `shape`.

    Raises:
        InvalidSpec: `input`, `weight` or `bias` is not of its shape, the unit is outside the output, or its
            window has more than MOST_OPERANDS cells.
    """
    axes = geometry.axes(layer, shape)
    if operand_count(layer, shape, axes) > MOST_OPERANDS:
        raise InvalidSpec(
            "output_size" if isinstance(layer, AdaptiveAvgPool2d) else "kernel_size",
            "One output cell reads more than {most} cells: too many to be written out.",
            {"most": MOST_OPERANDS},
        )
    if shape_of(input, "input") != shape:
        raise InvalidSpec("input", "The input must be {shape}.", {"shape": geometry.written(shape)})
    channels = getattr(layer, "out_channels", shape[0])
    _check_unit(unit, channels, axes)
    if isinstance(layer, Conv1d | Conv2d | Conv3d | ConvTranspose2d):
        _check_weights(layer, shape, weight, bias)
    return write_out(layer, shape, unit, input, weight, bias)


def write_out(
    layer: Operation,
    shape: Shape,
    unit: Unit,
    input: Nested,  # noqa: A002  the name it has in the API
    weight: Nested = None,
    bias: Sequence[float] | None = None,
) -> Walkthrough:
    """The same of numbers that are known to have their shapes; NumPy arrays serve as well as nested lists."""
    axes = geometry.axes(layer, shape)
    grid = [(axis, axis.taps(index)) for axis, index in zip(axes, unit.place, strict=True)]
    if isinstance(layer, Conv1d | Conv2d | Conv3d | ConvTranspose2d):
        return _convolved(layer, input, weight, bias, unit.channel, grid)
    if isinstance(layer, MaxPool2d):
        return _max_pooled(input[unit.channel], grid)
    padding_counts = isinstance(layer, AvgPool2d) and layer.count_include_pad
    return _averaged(input[unit.channel], grid, padding_counts=padding_counts)


def operand_count(layer: Operation, shape: Shape, axes: Sequence[Axis]) -> int:
    """How many cells one output cell reads at most, those of the padding counted."""
    channels = shape[0] // getattr(layer, "groups", shape[0])
    kernel = getattr(layer, "kernel_size", None)
    window: tuple[int, ...] = kernel or tuple(axis.longest for axis in axes if isinstance(axis, Share))
    return channels * math.prod(window)


def shape_of(nested: Nested, field: str) -> Shape:
    """The shape of nested lists.

    Raises:
        InvalidSpec: they are ragged, or hold something other than finite numbers.
    """
    if isinstance(nested, int | float) and not isinstance(nested, bool) and math.isfinite(nested):
        return ()
    if not isinstance(nested, list | tuple) or not nested:
        raise InvalidSpec(field, "This must be finite numbers in nested lists.")
    shapes = {shape_of(each, field) for each in nested}
    if len(shapes) > 1:
        raise InvalidSpec(field, "The rows of these lists are not equally long.")
    return (len(nested), *shapes.pop())


def weight_shape(layer: Convolved, in_channels: int) -> Shape:
    """The shape of PyTorch's ``weight``."""
    if isinstance(layer, ConvTranspose2d):
        return (in_channels, layer.out_channels // layer.groups, *layer.kernel_size)
    return (layer.out_channels, in_channels // layer.groups, *layer.kernel_size)


def _check_unit(unit: Unit, channels: int, axes: Sequence[Axis]) -> None:
    limits = [("channel", unit.channel, channels)]
    limits += [
        (name, index, axis.output)
        for name, index, axis in zip(PLACES[len(axes)], unit.place, axes, strict=True)
    ]
    for name, index, limit in limits:
        if not 0 <= index < limit:
            nearest = min(max(index, 0), limit - 1)
            raise InvalidSpec(name, "The output has {limit} here, counted from 0.", {"limit": limit}, nearest)


def _check_weights(layer: Convolved, shape: Shape, weight: Nested, bias: Sequence[float] | None) -> None:
    expected = weight_shape(layer, shape[0])
    if weight is None or shape_of(weight, "weight") != expected:
        raise InvalidSpec("weight", "The weight must be {shape}.", {"shape": geometry.written(expected)})
    if bias is not None and not layer.bias:
        raise InvalidSpec("bias", "The layer has no bias: leave it out, or ask for bias=true.")
    if bias is not None and shape_of(bias, "bias") != (layer.out_channels,):
        raise InvalidSpec(
            "bias", "The bias must be {shape}.", {"shape": geometry.written((layer.out_channels,))}
        )


def _convolved(
    layer: Convolved, entering: Nested, weight: Nested, bias: Sequence[float] | None, channel: int, grid: Grid
) -> Walkthrough:
    in_group, out_group = len(entering) // layer.groups, layer.out_channels // layer.groups
    group, filter_in_group = divmod(channel, out_group)
    inputs = range(group * in_group, (group + 1) * in_group)
    mode = "zeros" if isinstance(layer, ConvTranspose2d) else layer.padding_mode
    sources = [
        [_or_padding(geometry.copied(cell, axis.size, mode)) for cell, _ in taps] for axis, taps in grid
    ]
    kernels = [[index for _, index in taps] for _, taps in grid]
    operands = [_gather(entering[each], sources) for each in inputs]
    if isinstance(layer, ConvTranspose2d):
        weights = [_gather(weight[each][filter_in_group], kernels) for each in inputs]
    else:
        weights = [_gather(each, kernels) for each in weight[channel]]
    products = [_multiplied(*pair) for pair in zip(operands, weights, strict=True)]
    own_bias = float(bias[channel]) if bias is not None else 0.0
    return Walkthrough(
        cells=_cells(grid),
        operands=operands,
        weights=weights,
        products=_finite(products),
        channel_sums=[_finite(_sum(_flat(each))) for each in products],
        bias=own_bias,
        value=_finite(_sum([*_flat(products), own_bias])),
    )


def _max_pooled(entering: Nested, grid: Grid) -> Walkthrough:
    """The first of equal operands wins, as in PyTorch; a window wholly in the padding has no winner."""
    inside = [[cell for cell, _ in taps if 0 <= cell < axis.size] for axis, taps in grid]
    winner = max(product(*inside), key=lambda place: entering[place[0]][place[1]], default=None)
    return Walkthrough(
        cells=_cells(grid),
        operands=_gather(entering, _inside_or(NOTHING, grid)),
        winner=winner,
        value=None if winner is None else float(entering[winner[0]][winner[1]]),
    )


def _averaged(entering: Nested, grid: Grid, *, padding_counts: bool) -> Walkthrough:
    """Padding counts as zeros where it counts; what ceil_mode reads past the padding never does."""
    operands = _gather(entering, _inside_or(PADDING if padding_counts else NOTHING, grid))
    taking_part = [operand for operand in _flat(operands) if operand is not None]
    return Walkthrough(
        cells=_cells(grid),
        operands=operands,
        divisor=len(taking_part),
        value=_finite(_sum(taking_part) / len(taking_part)) if taking_part else None,
    )


def _cells(grid: Grid) -> tuple[list[int], ...]:
    return tuple([cell for cell, _ in taps] for _, taps in grid)


def _inside_or(code: int, grid: Grid) -> list[list[int]]:
    """For each axis the cells read; outside the input the code, past the padding NOTHING."""
    return [[_read(cell, axis, code) for cell, _ in taps] for axis, taps in grid]


def _read(cell: int, axis: Axis, code: int) -> int:
    if 0 <= cell < axis.size:
        return cell
    return code if isinstance(axis, Slide) and cell < axis.size + axis.after else NOTHING


def _or_padding(cell: int | None) -> int:
    return PADDING if cell is None else cell


def _gather(nested: Nested, sources: Sequence[Sequence[int]], code: int = 0) -> Nested:
    """The numbers at the crossings of the indices along each axis; 0.0 at PADDING, None at NOTHING."""
    if not sources:
        return float(nested) if code >= 0 else (0.0 if code == PADDING else None)
    along, *rest = sources
    return [_gather(nested[at] if min(code, at) >= 0 else None, rest, min(code, at)) for at in along]


def _multiplied(left: Nested, right: Nested) -> Nested:
    if isinstance(left, list):
        return [_multiplied(*pair) for pair in zip(left, right, strict=True)]
    return left * right


def _flat(nested: Nested) -> list[Any]:
    return [each for inner in nested for each in _flat(inner)] if isinstance(nested, list) else [nested]


def _sum(numbers: Iterable[float]) -> float:
    """Added without rounding in between; infinite or not a number where doubles do not reach."""
    numbers = list(numbers)
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):
        return sum(numbers)


def _finite(nested: Nested) -> Nested:
    """The same, with None for what is not finite: JSON has no infinity."""
    if isinstance(nested, list):
        return [_finite(each) for each in nested]
    return nested if math.isfinite(nested) else None
