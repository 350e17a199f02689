"""What a layer costs: parameters with each factor named, multiply-accumulates, bytes."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from app.arithmetic.geometry import AXES, Shape
from app.arithmetic.layers import (
    AnyLayer,
    BatchNorm1d,
    BatchNorm2d,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose2d,
    Linear,
    LocallyConnected2d,
)

FLOAT32_BYTES = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one layer by itself, on one input.

    Attributes:
        weight_factors: (name, value) pairs whose product is the number of weights; empty without weights.
        bias: the number of biases.
        macs: multiply-accumulates, one for each use of a weight; padding counts, biases do not. What has no
            weight to multiply by (pooling, activations, batch normalisation folded or not) counts 0.
        activation_bytes: of the output in float32.
    """

    weight_factors: tuple[tuple[str, int], ...]
    bias: int
    macs: int
    activation_bytes: int

    @property
    def weight(self) -> int:
        """The number of weights."""
        return prod(value for _, value in self.weight_factors) if self.weight_factors else 0

    @property
    def parameters(self) -> int:
        """What PyTorch's ``parameters()`` counts; running statistics are not among them."""
        return self.weight + self.bias


def cost(layer: AnyLayer, shape: Shape, output: Shape) -> Cost:
    """The cost of the layer between an input of `shape` and the `output` shape it gives.

    A residual costs nothing by itself: the layers inside it are counted where they stand, once.
    """
    factors = _weight_factors(layer, shape, output)
    weight = prod(value for _, value in factors)
    uses = 0
    if isinstance(layer, Conv1d | Conv2d | Conv3d):
        uses = prod(output[1:])
    elif isinstance(layer, ConvTranspose2d):
        uses = prod(shape[1:])
    elif isinstance(layer, Linear | LocallyConnected2d):
        uses = 1
    return Cost(factors, _biases(layer, shape, output), weight * uses, FLOAT32_BYTES * prod(output))


def _weight_factors(layer: AnyLayer, shape: Shape, output: Shape) -> tuple[tuple[str, int], ...]:
    if isinstance(layer, Conv1d | Conv2d | Conv3d):
        channels = ("out_channels", layer.out_channels), ("in_channels / groups", shape[0] // layer.groups)
        return *channels, *_kernel_factors(layer.kernel_size)
    if isinstance(layer, ConvTranspose2d):
        channels = ("in_channels", shape[0]), ("out_channels / groups", layer.out_channels // layer.groups)
        return *channels, *_kernel_factors(layer.kernel_size)
    if isinstance(layer, LocallyConnected2d):
        places = ("output height", output[1]), ("output width", output[2])
        channels = ("out_channels", layer.out_channels), ("in_channels", shape[0])
        return *places, *channels, *_kernel_factors(layer.kernel_size)
    if isinstance(layer, Linear):
        return ("out_features", layer.out_features), ("in_features", shape[0])
    if isinstance(layer, BatchNorm1d | BatchNorm2d):
        return (("num_features", shape[0]),)
    return ()


def _kernel_factors(kernel_size: tuple[int, ...]) -> tuple[tuple[str, int], ...]:
    names = AXES[len(kernel_size)]
    return tuple((f"kernel {name}", size) for name, size in zip(names, kernel_size, strict=True))


def _biases(layer: AnyLayer, shape: Shape, output: Shape) -> int:
    if isinstance(layer, BatchNorm1d | BatchNorm2d):
        return shape[0]
    if not getattr(layer, "bias", False):
        return 0
    return prod(output) if isinstance(layer, LocallyConnected2d) else output[0]
