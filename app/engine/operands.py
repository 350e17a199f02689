"""The numbers that one value is made of, layer type by layer type, as the forward pass used them.

What slides is written out by :mod:`app.arithmetic.walkthrough`. Products and sums are in double precision,
the pass was in single precision: the two agree to float32 rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from app.arithmetic import layers as spec
from app.arithmetic.geometry import Shape
from app.arithmetic.walkthrough import Unit, write_out
from app.engine.activations import INPUT, Activation, LoadedNetwork, Step

if TYPE_CHECKING:
    from torch import Tensor

Facts = dict[str, Any]
"""By the names that the API has for them: numbers, lists of numbers, None where an operand takes no part."""
Index = tuple[int, ...]
"""Of a value: channel, row, column; or channel alone, where the layer is flat."""

NAMES = ("channel", "row", "column")
CELL_BY_CELL = spec.Activation | spec.BatchNorm1d | spec.BatchNorm2d | spec.Dropout
"""Layers whose every value is made of the one value in its place."""


def facts_of(network: LoadedNetwork, step: Step, entering: Sequence[Activation], index: Index) -> Facts:
    """What a layer made the value at `index` of, given the activations that enter it."""
    layer = step.place.layer
    x = entering[0]
    facts: Facts
    match layer:
        case spec.Conv2d() | spec.ConvTranspose2d():
            facts = _convolved(layer, x, index, *_parameters(step))
        case spec.LocallyConnected2d():
            facts = _convolved(*_as_convolution(layer, step, x, index))
        case spec.MaxPool2d() | spec.AvgPool2d() | spec.AdaptiveAvgPool2d():
            facts = _pooled(layer, x, index)
        case spec.Linear():
            facts = _dense(step, x, index[0], _flattened_maps(network, step.sources[0]))
        case spec.BatchNorm1d() | spec.BatchNorm2d():
            facts = _normalised(step, float(x[index]), index[0])
        case spec.Softmax():
            facts = _softmax(x, index)
        case spec.Flatten():
            at = unflattened(x.shape, index)
            facts = {"argument": float(x[at]), "source": dict(zip(NAMES, at, strict=False))}
        case spec.Residual():
            facts = _weighed([float(addend[index]) for addend in entering], [1.0, 1.0], 0.0)
        case _:
            facts = {"argument": float(x[index])}
    return facts


def unflattened(shape: Shape, index: Index) -> Index:
    """Where a flattened value was before, in an activation of `shape`."""
    return tuple(int(place) for place in np.unravel_index(index[0], shape))


def _parameters(step: Step) -> tuple[Activation, Activation | None]:
    """Weight and bias of a step's module; None where it has no bias."""
    weight, bias = cast("tuple[Tensor, Tensor | None]", (step.module.weight, step.module.bias))
    return weight.numpy(), None if bias is None else bias.numpy()


def _convolved(
    layer: spec.Conv2d | spec.ConvTranspose2d,
    x: Activation,
    index: Index,
    weight: Activation,
    bias: Activation | None,
) -> Facts:
    biases = None if bias is None else bias.tolist()
    made = write_out(layer, x.shape, Unit(index[0], index[1:]), x, weight, biases)
    in_group = len(x) // layer.groups
    first = index[0] // (layer.out_channels // layer.groups) * in_group
    return {
        "channels": list(range(first, first + in_group)),
        "rows": made.cells[0],
        "columns": made.cells[1],
        "operands": made.operands,
        "weights": made.weights,
        "products": made.products,
        "channel_sums": made.channel_sums,
        "bias": made.bias,
    }


def _as_convolution(
    layer: spec.LocallyConnected2d, step: Step, x: Activation, index: Index
) -> tuple[spec.Conv2d, Activation, Index, Activation, Activation | None]:
    """At one place a locally connected layer is the convolution with the weights of that place."""
    _channel, row, column = index
    weight, bias = _parameters(step)
    own_weight = weight[row, column].reshape(layer.out_channels, len(x), *layer.kernel_size)
    own_bias = None if bias is None else bias[:, row, column]
    own = spec.Conv2d(
        out_channels=layer.out_channels,
        kernel_size=layer.kernel_size,
        stride=layer.stride,
        padding=layer.padding,
        bias=layer.bias,
    )
    return own, x, index, own_weight, own_bias


def _pooled(
    layer: spec.MaxPool2d | spec.AvgPool2d | spec.AdaptiveAvgPool2d, x: Activation, index: Index
) -> Facts:
    made = write_out(layer, x.shape, Unit(index[0], index[1:]), x)
    facts: Facts = {
        "channels": [index[0]],
        "rows": made.cells[0],
        "columns": made.cells[1],
        "operands": made.operands,
    }
    if isinstance(layer, spec.MaxPool2d):
        winner = None if made.winner is None else dict(zip(("row", "column"), made.winner, strict=True))
        return {**facts, "winner": winner}
    divisor = made.divisor or 1
    weights = [[None if operand is None else 1 / divisor for operand in row] for row in made.operands]
    products = [[None if operand is None else operand / divisor for operand in row] for row in made.operands]
    total = sum(product for row in products for product in row if product is not None)
    return {
        **facts,
        "divisor": divisor,
        "weights": weights,
        "products": products,
        "channel_sums": [total],
        "bias": 0.0,
    }


def _dense(step: Step, x: Activation, feature: int, maps: int) -> Facts:
    """Sums by the maps that were flattened into x, or all together where x never was maps."""
    weight, bias = _parameters(step)
    operands, weights = x.astype(np.float64), weight[feature].astype(np.float64)
    with np.errstate(invalid="ignore"):  # infinities are answered with null
        products = operands * weights
        sums = products.reshape(maps, -1).sum(axis=1)
    return {
        "operands": operands.tolist(),
        "weights": weights.tolist(),
        "products": products.tolist(),
        "channel_sums": sums.tolist(),
        "bias": 0.0 if bias is None else float(bias[feature]),
    }


def _flattened_maps(network: LoadedNetwork, address: str) -> int:
    """How many maps a flat activation was, before it was flattened; 1 where it never was any."""
    while address != INPUT:
        step = network.steps[address]
        source = network.shapes[step.sources[0]]
        if isinstance(step.place.layer, spec.Flatten):
            return source[0] if len(source) == 3 else 1
        if not isinstance(step.place.layer, CELL_BY_CELL):
            break
        address = step.sources[0]
    return 1


def _normalised(step: Step, argument: float, channel: int) -> Facts:
    """(x − mean) / √(variance + eps) · weight + bias, with the statistics of training."""
    module: Any = step.module
    weight, bias = _parameters(step)
    assert bias is not None  # noqa: S101  a batch norm here always has one
    mean, variance = float(module.running_mean[channel]), float(module.running_var[channel])
    standard = (argument - mean) / (variance + module.eps) ** 0.5
    return {
        "argument": argument,
        "mean": mean,
        "variance": variance,
        "weight": float(weight[channel]),
        "eps": module.eps,
        **_weighed([standard], [float(weight[channel])], float(bias[channel])),
    }


def _softmax(x: Activation, index: Index) -> Facts:
    """e^(x − largest) of this channel over the sum of all channels', at one place."""
    logits = (x if x.ndim == 1 else x[:, index[1], index[2]]).astype(np.float64)
    with np.errstate(invalid="ignore"):
        exponentials = np.exp(logits - logits.max())
    return {
        "argument": float(logits[index[0]]),
        "operands": logits.tolist(),
        "largest": float(logits.max()),
        "exponentials": exponentials.tolist(),
        "sum": float(exponentials.sum()),
    }


def _weighed(operands: list[float], weights: list[float], bias: float) -> Facts:
    products = [operand * weight for operand, weight in zip(operands, weights, strict=True)]
    return {
        "operands": operands,
        "weights": weights,
        "products": products,
        "channel_sums": [sum(products)],
        "bias": bias,
    }
