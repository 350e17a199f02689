"""A NetworkSpec built into an ``nn.Sequential``: never code from users, only these modules.

Keys of the state dict are ``{address}.{parameter}`` (``3.layers.1.weight``), so that anyone can rebuild the
network from its specification alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from app.arithmetic import layers as spec
from app.arithmetic.specification import NetworkSpec

MAX_ALLOCATED_PARAMETERS = 100_000_000


class TooManyParameters(ValueError):
    """A network that may be counted but not allocated; `parameters` is its count."""

    def __init__(self, parameters: int) -> None:
        self.parameters = parameters
        super().__init__(f"{parameters} parameters are more than {MAX_ALLOCATED_PARAMETERS}")


class Residual(nn.Module):
    """layers(x) + shortcut(x); an empty shortcut adds x itself."""

    def __init__(self, layers: nn.Sequential, shortcut: nn.Sequential) -> None:
        super().__init__()
        self.layers = layers
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", self.layers(x) + self.shortcut(x))


class LocallyConnected2d(nn.Module):
    """A convolution that shares no weights: one kernel per output place.

    `weight` is (H', W', out_channels, in_channels · kernel height · kernel width), `bias`
    (out_channels, H', W').
    """

    def __init__(self, layer: spec.LocallyConnected2d, in_channels: int, height: int, width: int) -> None:
        super().__init__()
        self.layer = layer
        self.out_height, self.out_width = (
            (size + 2 * layer.padding[axis] - layer.kernel_size[axis]) // layer.stride[axis] + 1
            for axis, size in enumerate((height, width))
        )
        operands = in_channels * layer.kernel_size[0] * layer.kernel_size[1]
        self.weight = nn.Parameter(torch.empty(self.out_height, self.out_width, layer.out_channels, operands))
        self.bias = (
            nn.Parameter(torch.empty(layer.out_channels, self.out_height, self.out_width))
            if layer.bias
            else None
        )

    def reset_parameters(self) -> None:
        """Uniform in ±1/√operands, as ``nn.Conv2d``'s default."""
        bound = self.weight.shape[-1] ** -0.5
        nn.init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        layer = self.layer
        windows = F.unfold(x, layer.kernel_size, padding=layer.padding, stride=layer.stride)  # (N, CFF, H'W')
        places = windows.view(*windows.shape[:2], self.out_height, self.out_width)  # (N, CFF, H', W')
        output = torch.einsum("nihw,hwoi->nohw", places, self.weight)
        return output if self.bias is None else output + self.bias


class PaddedConv2d(nn.Conv2d):
    """``nn.Conv2d`` with a padding of its own for top, bottom, left and right."""

    def __init__(
        self, in_channels: int, out_channels: int, padding: tuple[int, int, int, int], **arguments: Any
    ) -> None:
        super().__init__(in_channels, out_channels, **arguments)
        self.top, self.bottom, self.left, self.right = padding

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, (self.left, self.right, self.top, self.bottom)))


_CONVOLUTIONS: dict[type[spec.Layer], type[nn.Module]] = {
    spec.Conv1d: nn.Conv1d,
    spec.Conv2d: nn.Conv2d,
    spec.Conv3d: nn.Conv3d,
    spec.ConvTranspose2d: nn.ConvTranspose2d,
}


def build(network: NetworkSpec) -> nn.Sequential:
    """The network with freshly initialised weights, in training mode, float32, on the CPU.

    Shapes are worked out on the meta device, so nothing is allocated before everything fits. Layers' own
    default initialisation is used, drawn from torch's global generator.

    Raises:
        TooManyParameters: it would allocate more than 10^8 parameters.
    """
    shape = (network.input.channels, network.input.height, network.input.width)
    built, _ = _sequential(network.layers, torch.empty(1, *shape, device="meta"))
    parameters = sum(parameter.numel() for parameter in built.parameters())
    if parameters > MAX_ALLOCATED_PARAMETERS:
        raise TooManyParameters(parameters)
    built.to_empty(device="cpu")
    for module in built.modules():
        if callable(reset := getattr(module, "reset_parameters", None)):
            reset()
    return built.train()


def _sequential(layers: Sequence[spec.AnyLayer], entering: Tensor) -> tuple[nn.Sequential, Tensor]:
    modules: list[nn.Module] = []
    for layer in layers:
        with torch.device("meta"):
            module = module_of(layer, entering)
        entering = module.eval()(entering)
        modules.append(module)
    return nn.Sequential(*modules), entering


def module_of(layer: spec.AnyLayer, entering: Tensor) -> nn.Module:
    """The module of one layer for what enters it, a batch of any device; made on the default device."""
    channels = entering.shape[1]
    match layer:
        case spec.Conv1d() | spec.Conv2d() | spec.Conv3d() | spec.ConvTranspose2d():
            return _convolution(layer, channels)
        case spec.LocallyConnected2d():
            return LocallyConnected2d(layer, channels, entering.shape[2], entering.shape[3])
        case spec.Residual():
            inner, _ = _sequential(layer.layers, entering)
            shortcut, _ = _sequential(layer.shortcut or (), entering)
            return Residual(inner, shortcut)
        case _:
            return _SIMPLE[type(layer)](layer, channels)


def _convolution(layer: spec.Convolution | spec.ConvTranspose2d, in_channels: int) -> nn.Module:
    arguments: dict[str, Any] = dict(layer)
    out_channels = arguments.pop("out_channels")
    del arguments["type"], arguments["name"]
    if isinstance(layer.padding, tuple) and len(layer.padding) == 4:
        return PaddedConv2d(in_channels, out_channels, **arguments)
    return _CONVOLUTIONS[type(layer)](in_channels, out_channels, **arguments)


_SIMPLE: dict[type[spec.Layer], Callable[[Any, int], nn.Module]] = {
    spec.MaxPool2d: lambda layer, _: nn.MaxPool2d(
        layer.kernel_size, layer.step, layer.padding, layer.dilation, ceil_mode=layer.ceil_mode
    ),
    spec.AvgPool2d: lambda layer, _: nn.AvgPool2d(
        layer.kernel_size, layer.step, layer.padding, layer.ceil_mode, layer.count_include_pad
    ),
    spec.AdaptiveAvgPool2d: lambda layer, _: nn.AdaptiveAvgPool2d(layer.output_size),
    spec.BatchNorm1d: lambda layer, channels: nn.BatchNorm1d(channels, layer.eps, layer.momentum),
    spec.BatchNorm2d: lambda layer, channels: nn.BatchNorm2d(channels, layer.eps, layer.momentum),
    spec.Linear: lambda layer, features: nn.Linear(features, layer.out_features, layer.bias),
    spec.Dropout: lambda layer, _: nn.Dropout(layer.p),
    spec.Softmax: lambda _layer, _: nn.Softmax(dim=1),
    spec.Flatten: lambda _layer, _: nn.Flatten(),
    spec.ReLU: lambda _layer, _: nn.ReLU(),
    spec.GELU: lambda _layer, _: nn.GELU(),
    spec.Sigmoid: lambda _layer, _: nn.Sigmoid(),
    spec.Tanh: lambda _layer, _: nn.Tanh(),
}
"""How each layer that is one PyTorch module is made, from its specification and the channels that enter."""
