"""The numbers on the stage, as the address has them, and the arithmetic of one output cell of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

from app.arithmetic import geometry
from app.arithmetic.example import example_bias, example_input, example_weight
from app.arithmetic.geometry import Shape
from app.arithmetic.layers import AdaptiveAvgPool2d, AvgPool2d, Conv2d, ConvTranspose2d, MaxPool2d
from app.arithmetic.walkthrough import (
    MOST_OPERANDS,
    Unit,
    Walkthrough,
    operand_count,
    walk_through,
    weight_shape,
)
from app.web.numbers import number

Convolved = Conv2d | ConvTranspose2d
Planar = Convolved | MaxPool2d | AvgPool2d | AdaptiveAvgPool2d
"""The layers that the arithmetic page draws."""

MOST_NUMBERS, MOST_WORK = 8_192, 200_000
"""Beyond so many inputs and weights the still page shows sizes but no numbers; beyond so many for all output
cells together, no output but the current one."""
_EDIT = re.compile(r"([0-9.]{1,40}):(-?[0-9]{1,4}(?:\.[0-9]{1,3})?)")


@dataclass(frozen=True)
class StageNumbers:
    """Input, kernel and bias of a possible layer: the example's numbers, with a person's own in their place.

    `edits` are by ``x``, ``w`` and ``b``, then by dotted index; `channel` and `filter_index` are drawn.
    """

    layer: Planar
    shape: Shape
    edits: Mapping[str, Mapping[str, float]]
    channel: int = 0
    filter_index: int = 0

    @classmethod
    def of(cls, layer: Planar, shape: Shape, query: Mapping[str, str]) -> StageNumbers:
        """Those that a query asks for; what it says wrongly is passed over."""
        outputs = getattr(layer, "out_channels", shape[0])
        filter_index = _index(query.get("filter"), outputs)
        if isinstance(layer, Convolved):
            size = shape[0] // layer.groups
            first = filter_index // (outputs // layer.groups) * size
            channel = _index(query.get("channel"), shape[0])
            channel = channel if first <= channel < first + size else first
        else:
            channel = filter_index
        edits = {name: _edits(query.get(name, "")) for name in ("x", "w", "b")}
        return cls(layer, shape, edits, channel, filter_index)

    @cached_property
    def is_small(self) -> bool:
        """Whether everything can be written out."""
        operands = operand_count(self.layer, self.shape, geometry.axes(self.layer, self.shape))
        return self._count <= MOST_NUMBERS and operands <= MOST_OPERANDS

    @cached_property
    def _count(self) -> int:
        weights = prod(weight_shape(self.layer, self.shape[0])) if isinstance(self.layer, Convolved) else 0
        return prod(self.shape) + weights

    def text(self, part: str, row: int, column: int, cell: tuple[int, int]) -> str:
        """What is printed in a cell of ``input``, ``kernel`` or ``output``; nothing after output `cell`."""
        if not self.is_small:
            return ""
        if part == "output":
            return self._output_text(row, column, cell)
        if part == "kernel":
            return written(self._drawn_weights[row][column]) if isinstance(self.layer, Convolved) else ""
        return self._input_text(row, column)

    def _output_text(self, row: int, column: int, cell: tuple[int, int]) -> str:
        rows, columns = geometry.axes(self.layer, self.shape)
        inside = 0 <= row < rows.output and 0 <= column < columns.output
        few = rows.output * columns.output * self._count <= MOST_WORK
        is_shown = inside and ((row, column) <= cell if few else (row, column) == cell)
        return written(self.unit((row, column)).value) if is_shown else ""

    def _input_text(self, row: int, column: int) -> str:
        """The number of an input cell, or what the padding holds there; nothing past the padding."""
        mode = self.layer.padding_mode if isinstance(self.layer, Conv2d) else "zeros"
        sides = geometry.paddings(self.layer)
        sources = []
        for at, size, (_before, after) in zip((row, column), self.shape[1:], sides, strict=True):
            if at >= size + after:
                return ""
            sources.append(geometry.copied(at, size, mode))
        if None not in sources:
            return written(self.entering[self.channel][sources[0]][sources[1]])
        uncounted = isinstance(self.layer, AvgPool2d) and not self.layer.count_include_pad
        return "" if uncounted or isinstance(self.layer, MaxPool2d) else "0"

    def unit(self, cell: tuple[int, int]) -> Walkthrough:
        """The arithmetic of one output cell of the drawn map."""
        unit = Unit(self.filter_index, cell)
        return walk_through(self.layer, self.shape, unit, self.entering, self._weight, self._bias)

    @cached_property
    def entering(self) -> Any:
        """The input, (C, H, W)."""
        return _filled(self.shape, self.edits["x"], example_input)

    @cached_property
    def _weight(self) -> Any:
        if not isinstance(self.layer, Convolved):
            return None
        size = self.layer.kernel_size
        shape = weight_shape(self.layer, self.shape[0])
        return _filled(shape, self.edits["w"], lambda f, c, r, k: example_weight(f, c, r, k, size))

    @cached_property
    def _bias(self) -> list[float] | None:
        if not isinstance(self.layer, Convolved) or not self.layer.bias:
            return None
        edits = self.edits["b"]
        return [edits.get(str(k), example_bias(k)) for k in range(self.layer.out_channels)]

    @property
    def bias_text(self) -> str | None:
        """The bias of the drawn filter as it is printed; None where there is none."""
        return None if self._bias is None else written(self._bias[self.filter_index])

    @property
    def _drawn_weights(self) -> Sequence[Sequence[float]]:
        first, second = self.filter_index, self.channel % len(self._weight[0])
        if isinstance(self.layer, ConvTranspose2d):
            first, second = self.channel, self.filter_index % len(self._weight[0])
        drawn: Sequence[Sequence[float]] = self._weight[first][second]
        return drawn


def written(value: float | None) -> str:
    """What a cell holds: whole, or two decimals at most."""
    return number(value, 2)


def _filled(shape: Shape, edits: Mapping[str, float], example: Any, index: tuple[int, ...] = ()) -> Any:
    if len(index) == len(shape):
        return edits.get(".".join(map(str, index)), example(*index))
    return [_filled(shape, edits, example, (*index, each)) for each in range(shape[len(index)])]


def _edits(text: str) -> dict[str, float]:
    found = (_EDIT.fullmatch(part) for part in text.split(",")[:120])
    return {match[1]: float(match[2]) for match in found if match}


def _index(text: str | None, length: int) -> int:
    return min(int(text), length - 1) if text is not None and re.fullmatch(r"[0-9]{1,9}", text) else 0
