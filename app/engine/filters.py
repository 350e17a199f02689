"""What a network looks for first, read off its weights: a file of them is opened, PyTorch is not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from app.arithmetic import network as arithmetic
from app.arithmetic.layers import Conv2d, ConvTranspose2d, Linear, LocallyConnected2d
from app.arithmetic.network import Traced
from app.arithmetic.specification import NetworkSpec

MOST = 64
"""Most filters that are read."""
MOST_VALUES = 200_000
"""Most numbers that these have together."""


@dataclass(frozen=True)
class Filters:
    """The first filters of one layer.

    Attributes:
        address, name: of the layer.
        kernels: float32 (K, C, height, width).
    """

    address: str
    name: str
    kernels: npt.NDArray[np.float32]

    def rounded(self) -> list[Any]:
        """The kernels as nested lists of numbers of five digits; None for what is no number."""
        flat = (float(f"{value:.5g}") if math.isfinite(value) else None for value in self.kernels.flat)
        return _nested(flat, self.kernels.shape)


def first(network: NetworkSpec, weights: Path) -> Filters | None:
    """The first filters of the first convolution, or first rows of a dense layer that comes before any.

    A row of a dense layer weighs every value of the picture: it is a template as large as that. None where
    the network begins with something else.

    Raises:
        FileNotFoundError: the weights are not there any more.
    """
    layer = next(_weighted(network), None)
    if layer is None:
        return None
    picture = (network.input.channels, network.input.height, network.input.width)
    match layer.place.layer:
        case Conv2d():
            kernel = None
        case Linear() if layer.entering == (prod(picture),):
            kernel = picture
        case _:
            return None
    with safe_open(weights, framework="numpy") as file:
        rows = file.get_slice(f"{layer.place.address}.weight")
        shape = rows.get_shape()
        count = min(MOST, shape[0], MOST_VALUES // prod(shape[1:]))
        kernels = rows[:count]
    return Filters(layer.place.address, layer.place.name, kernels.reshape(count, *(kernel or shape[1:])))


def _weighted(network: NetworkSpec) -> Iterator[Traced]:
    """The layers that sum what enters them with weights, in order of execution."""
    kinds = (Conv2d, ConvTranspose2d, Linear, LocallyConnected2d)
    return (each for each in arithmetic.trace(network) if isinstance(each.place.layer, kinds))


def _nested(values: Iterator[float | None], shape: Sequence[int]) -> list[Any]:
    if len(shape) == 1:
        return list(islice(values, shape[0]))
    return [_nested(values, shape[1:]) for _ in range(shape[0])]
