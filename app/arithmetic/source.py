"""The PyTorch source of a layer: one expression on ``nn``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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
    Softmax,
)

_TAKES_CHANNELS = (
    Conv1d | Conv2d | Conv3d | ConvTranspose2d | LocallyConnected2d | BatchNorm1d | BatchNorm2d | Linear
)
_POSITIONAL = ("out_channels", "out_features")


def expression(layer: AnyLayer, channels: int) -> str:
    """``nn.Conv2d(3, 10, kernel_size=3, stride=3)`` for a layer on so many channels or features.

    Arguments at PyTorch's default are left out, and a pair of equal numbers is one. Four paddings are a
    ``nn.ZeroPad2d`` before the convolution. For PyTorch's own layers: not residual, not locally_connected2d.
    """
    sides = four_sides(layer)
    if sides is not None:
        top, bottom, left, right = sides
        bare = layer.model_copy(update={"padding": (0, 0)})
        return f"nn.Sequential(nn.ZeroPad2d({(left, right, top, bottom)}), {expression(bare, channels)})"
    return f"nn.{type(layer).__name__}({', '.join(arguments(layer, channels))})"


def four_sides(layer: AnyLayer) -> tuple[int, int, int, int] | None:
    """The padding at the top, bottom, left and right where the layer has one for each side."""
    if isinstance(layer, Conv2d) and isinstance(layer.padding, tuple) and len(layer.padding) == 4:
        return layer.padding
    return None


def arguments(layer: AnyLayer, channels: int) -> Iterator[str]:
    """The arguments of its constructor as they are written."""
    if isinstance(layer, _TAKES_CHANNELS):
        yield str(channels)
    for name, value in _keywords(layer).items():
        yield _literal(value) if name in _POSITIONAL else f"{name}={_literal(value)}"
    if isinstance(layer, Softmax):
        yield "dim=1"


def _keywords(layer: AnyLayer) -> dict[str, Any]:
    """The layer's arguments that are not at their default."""
    fields = type(layer).model_fields
    return {
        name: value for name, value in layer if name not in {"type", "name"} and value != fields[name].default
    }


def _literal(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple) and len(set(value)) == 1:
        return str(value[0])
    return str(value)
