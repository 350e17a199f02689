"""The shape that leaves a layer, for every type of layer, or why nothing does."""

from __future__ import annotations

from math import prod
from typing import Any

from app.arithmetic import acceptance, geometry
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.geometry import Shape, Windowed, written
from app.arithmetic.layers import AnyLayer, BatchNorm1d, BatchNorm2d, Conv2d, Flatten, Linear
from app.arithmetic.specification import dump_layer

MAX_CELLS = 10**12
"""Most cells of an activation that is counted."""


def output_shape(layer: AnyLayer, shape: Shape) -> Shape:
    """What leaves a layer that `shape` enters, channels first; a residual is asked branch by branch instead.

    Raises:
        InvalidSpec: PyTorch refuses the layer there, or its output is too large to count.
    """
    if isinstance(layer, Windowed):
        if len(shape) - 1 != layer.axes:
            raise InvalidSpec(
                "type",
                "{type} takes channels and {count} axes; what enters is {shape}.",
                {"type": layer.type, "count": layer.axes, "shape": written(shape)},
            )
        acceptance.check(layer, shape)
        sizes = (axis.output for axis in geometry.axes(layer, shape))
        return _counted(layer, (getattr(layer, "out_channels", shape[0]), *sizes))
    if isinstance(layer, Linear):
        if len(shape) != 1:
            raise InvalidSpec(
                "type",
                "linear takes features in one row; what enters is {shape}. Put a flatten before it.",
                {"shape": written(shape)},
                {"insert_before": {"type": "flatten"}},
            )
        return (layer.out_features,)
    if isinstance(layer, BatchNorm1d | BatchNorm2d):
        return _normalised(layer, shape)
    return (prod(shape),) if isinstance(layer, Flatten) else shape


def joined(shape: Shape, left: Shape, right: Shape) -> Shape:
    """What leaves a residual that `shape` enters, `left` leaving its layers and `right` its shortcut.

    Raises:
        InvalidSpec: they differ, so they cannot be added cell by cell; the nearest is a shortcut that fits.
    """
    if left == right:
        return left
    raise InvalidSpec(
        "shortcut",
        "The layers give {left} and the shortcut {right}; only equal shapes can be added.",
        {"left": written(left), "right": written(right)},
        _shortcut(shape, left),
    )


def _counted(layer: Windowed, output: Shape) -> Shape:
    if prod(output) > MAX_CELLS:
        raise InvalidSpec(
            "type",
            "{type} would give {shape}: more than the {most} cells that are counted.",
            {"type": layer.type, "shape": written(output), "most": MAX_CELLS},
        )
    return output


def _normalised(layer: BatchNorm1d | BatchNorm2d, shape: Shape) -> Shape:
    if isinstance(layer, BatchNorm1d) and len(shape) != 1:
        raise InvalidSpec(
            "type",
            "batch_norm1d takes features in one row; what enters is {shape}.",
            {"shape": written(shape)},
            "batch_norm2d",
        )
    if isinstance(layer, BatchNorm2d) and len(shape) != 3:
        raise InvalidSpec(
            "type",
            "batch_norm2d takes channels, rows and columns; what enters is {shape}.",
            {"shape": written(shape)},
            "batch_norm1d",
        )
    return shape


def _shortcut(shape: Shape, wanted: Shape) -> list[dict[str, Any]] | None:
    """A 1 × 1 convolution that makes `wanted` of `shape`, with the smallest stride that does."""
    if len(shape) != 3 or len(wanted) != 3:
        return None
    stride = []
    for size, output in zip(shape[1:], wanted[1:], strict=True):
        step = size if output == 1 else -(-size // output)
        if (size - 1) // step + 1 != output:
            return None
        stride.append(step)
    layer = Conv2d(out_channels=wanted[0], kernel_size=(1, 1), stride=(stride[0], stride[1]))
    return [dump_layer(layer)]
