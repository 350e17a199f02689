"""The specification of a layer, with PyTorch's argument names.

Everything ConvScope says about a layer (formula, picture, counts, PyTorch source, form, ``nn.Module``) is
derived from one of these models. A layer says only what PyTorch's constructor needs beyond what the shape
before it gives: no ``in_channels``, no ``in_features``. Sizes are height before width.

Models are strict (``"3"`` and ``True`` are not numbers), refuse unknown fields and are immutable. They check
types and ranges; whether a layer fits its input is decided by :mod:`app.arithmetic.geometry`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import BeforeValidator, Field

from app.arithmetic.fields import (
    Channels,
    Extent1,
    Extent2,
    Extent3,
    Named,
    PaddingMode,
    Probability,
    Sides2,
    Size1,
    Size2,
    Size3,
    Spec,
)


class Layer(Spec):
    """What every layer has; `name` defaults to the type and a running number (``conv2d_1``)."""

    axes: ClassVar[int | None] = None
    """Spatial axes the layer works on; None where it takes any shape."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")] | None = None


class Conv1d(Layer):
    """``nn.Conv1d``: (C, length) → (out_channels, length')."""

    axes = 1
    type: Literal["conv1d"] = "conv1d"
    out_channels: Channels
    kernel_size: Size1
    stride: Size1 = (1,)
    padding: Extent1 | Named = (0,)
    dilation: Size1 = (1,)
    groups: Channels = 1
    bias: bool = True
    padding_mode: PaddingMode = "zeros"


class Conv2d(Layer):
    """``nn.Conv2d``: (C, H, W) → (out_channels, H', W'); four paddings are top, bottom, left, right."""

    axes = 2
    type: Literal["conv2d"] = "conv2d"
    out_channels: Channels
    kernel_size: Size2
    stride: Size2 = (1, 1)
    padding: Extent2 | Sides2 | Named = (0, 0)
    dilation: Size2 = (1, 1)
    groups: Channels = 1
    bias: bool = True
    padding_mode: PaddingMode = "zeros"


class Conv3d(Layer):
    """``nn.Conv3d``: (C, D, H, W) → (out_channels, D', H', W')."""

    axes = 3
    type: Literal["conv3d"] = "conv3d"
    out_channels: Channels
    kernel_size: Size3
    stride: Size3 = (1, 1, 1)
    padding: Extent3 | Named = (0, 0, 0)
    dilation: Size3 = (1, 1, 1)
    groups: Channels = 1
    bias: bool = True
    padding_mode: PaddingMode = "zeros"


class ConvTranspose2d(Layer):
    """``nn.ConvTranspose2d``: (C, H, W) → (out_channels, H', W')."""

    axes = 2
    type: Literal["conv_transpose2d"] = "conv_transpose2d"
    out_channels: Channels
    kernel_size: Size2
    stride: Size2 = (1, 1)
    padding: Extent2 = (0, 0)
    output_padding: Extent2 = (0, 0)
    dilation: Size2 = (1, 1)
    groups: Channels = 1
    bias: bool = True
    padding_mode: Literal["zeros"] = "zeros"


class _Pool2d(Layer):
    axes = 2
    kernel_size: Size2
    stride: Size2 | None = None
    padding: Extent2 = (0, 0)
    ceil_mode: bool = False

    @property
    def step(self) -> tuple[int, int]:
        """The stride in force: pooling's stride is its kernel unless said otherwise."""
        return self.kernel_size if self.stride is None else self.stride


class MaxPool2d(_Pool2d):
    """``nn.MaxPool2d``: the largest value under each window, map by map."""

    type: Literal["max_pool2d"] = "max_pool2d"
    dilation: Size2 = (1, 1)


class AvgPool2d(_Pool2d):
    """``nn.AvgPool2d``: the mean under each window, map by map."""

    type: Literal["avg_pool2d"] = "avg_pool2d"
    count_include_pad: bool = True


class AdaptiveAvgPool2d(Layer):
    """``nn.AdaptiveAvgPool2d``: means over as many windows as `output_size` asks for."""

    axes = 2
    type: Literal["adaptive_avg_pool2d"] = "adaptive_avg_pool2d"
    output_size: Size2


class LocallyConnected2d(Layer):
    """A convolution whose every output place has weights of its own (no sharing); not in PyTorch."""

    axes = 2
    type: Literal["locally_connected2d"] = "locally_connected2d"
    out_channels: Channels
    kernel_size: Size2
    stride: Size2 = (1, 1)
    padding: Extent2 = (0, 0)
    bias: bool = True


class ReLU(Layer):
    """``nn.ReLU``: max(0, x)."""

    type: Literal["relu"] = "relu"


class GELU(Layer):
    """``nn.GELU``: x Φ(x)."""

    type: Literal["gelu"] = "gelu"


class Sigmoid(Layer):
    """``nn.Sigmoid``."""

    type: Literal["sigmoid"] = "sigmoid"


class Tanh(Layer):
    """``nn.Tanh``."""

    type: Literal["tanh"] = "tanh"


class _BatchNorm(Layer):
    eps: Annotated[float, Field(gt=0, le=1)] = 1e-5
    momentum: Probability = 0.1


class BatchNorm1d(_BatchNorm):
    """``nn.BatchNorm1d`` over features."""

    type: Literal["batch_norm1d"] = "batch_norm1d"


class BatchNorm2d(_BatchNorm):
    """``nn.BatchNorm2d`` over channels."""

    axes = 2
    type: Literal["batch_norm2d"] = "batch_norm2d"


class Dropout(Layer):
    """``nn.Dropout``: does nothing outside training."""

    type: Literal["dropout"] = "dropout"
    p: Probability = 0.5


class Flatten(Layer):
    """``nn.Flatten``: (C, H, W) → (C·H·W,)."""

    type: Literal["flatten"] = "flatten"


class Linear(Layer):
    """``nn.Linear``: (features,) → (out_features,)."""

    type: Literal["linear"] = "linear"
    out_features: Channels
    bias: bool = True


class Softmax(Layer):
    """``nn.Softmax(dim=1)``: over channels or features."""

    type: Literal["softmax"] = "softmax"


class Residual(Layer):
    """layers(x) + shortcut(x); without `shortcut`, x itself is added."""

    type: Literal["residual"] = "residual"
    layers: Annotated[tuple[AnyLayer, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)]
    shortcut: (
        Annotated[tuple[AnyLayer, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)]
        | None
    ) = None


Convolution = Conv1d | Conv2d | Conv3d
Pooling = MaxPool2d | AvgPool2d
Activation = ReLU | GELU | Sigmoid | Tanh
AnyLayer = Annotated[
    Conv1d
    | Conv2d
    | Conv3d
    | ConvTranspose2d
    | MaxPool2d
    | AvgPool2d
    | AdaptiveAvgPool2d
    | LocallyConnected2d
    | ReLU
    | GELU
    | Sigmoid
    | Tanh
    | BatchNorm1d
    | BatchNorm2d
    | Dropout
    | Flatten
    | Linear
    | Softmax
    | Residual,
    Field(discriminator="type"),
]
LAYER_TYPES: Mapping[str, type[Layer]] = {
    layer.model_fields["type"].default: layer for layer in get_args(get_args(AnyLayer)[0])
}
"""Every type of layer by its name."""
