"""Random small networks, and the real modules of them with weights that hide nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.network import tabulate
from app.arithmetic.specification import NetworkSpec, walk
from app.engine.networks import build

Data = dict[str, Any]


class MeanPool2d(nn.Module):
    """Max pooling's windows with a mean in the maximum's place: every cell that competes gets a gradient."""

    def __init__(self, pool: nn.MaxPool2d) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        wanted, channels = self.pool(x).shape[2:], x.shape[1]
        kernel, stride = _both(self.pool.kernel_size), _both(self.pool.stride)
        dilation, (top, left) = _both(self.pool.dilation), _both(self.pool.padding)
        bottom, right = (
            max((wanted[axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1 - size, 0)
            for axis, size in enumerate((x.shape[2] + top, x.shape[3] + left))
        )
        mean = torch.full((channels, 1, *kernel), 1 / (kernel[0] * kernel[1]), dtype=x.dtype)
        padded = F.pad(x, (left, right, top, bottom))
        pooled = F.conv2d(padded, mean, stride=stride, dilation=dilation, groups=channels)
        return pooled[:, :, : wanted[0], : wanted[1]]


def _both(size: int | tuple[int, int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size


def draw(seed: int, height: int, width: int, *, transposed: bool = True, whole: bool = True) -> NetworkSpec:
    """A network of up to six layers that PyTorch accepts; `whole` allows adaptive pooling and a flat end."""
    dice = random.Random(seed)
    kinds = [_convolution, _convolution, _pooling, _residual, _cell_by_cell]
    kinds += [_transposed] if transposed else []
    network: Data = {"input": {"channels": 1, "height": height, "width": width}, "layers": []}
    for _ in range(dice.randint(1, 6)):
        _append(network, lambda: dice.choice(kinds)(dice))
    if whole and dice.random() < 0.3:
        _append(network, lambda: {"type": "adaptive_avg_pool2d", "output_size": _pair(dice, 1, 4)})
    if whole and dice.random() < 0.2:
        network["layers"] += [{"type": "flatten"}, {"type": "linear", "out_features": 2}]
    return NetworkSpec.model_validate(network)


def telling(network: NetworkSpec) -> nn.Sequential:
    """The network in double precision with positive weights, so that no two paths cancel."""
    built = build(network).double().eval()
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.uniform_(0.5, 1.5).div_(parameter[0].numel())  # sums stay where no activation is flat
    for parent in list(built.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.MaxPool2d):
                setattr(parent, name, MeanPool2d(child))
    return built


def seen(
    network: NetworkSpec, built: nn.Sequential, unit: tuple[int, ...]
) -> tuple[int, int, int, int] | None:
    """The box of input cells with a gradient from one unit of the output: top, left, bottom, right."""
    entering = torch.rand(1, 1, network.input.height, network.input.width, dtype=torch.float64) + 0.1
    entering.requires_grad_()
    built(entering)[0][unit].backward()
    assert entering.grad is not None
    rows, columns = entering.grad[0, 0].nonzero(as_tuple=True)
    if not len(rows):
        return None
    return int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1


def last_address(network: NetworkSpec) -> str:
    return list(walk(network.layers))[-1].address


def _append(network: Data, layer: Callable[[], Data]) -> None:
    """Adds a layer that fits, if one is drawn within a few throws."""
    for _ in range(8):
        longer = network | {"layers": [*network["layers"], layer()]}
        try:
            table = tabulate(NetworkSpec.model_validate(longer))
        except InvalidSpec:
            continue
        if max(table.layers[-1].output_shape) <= 128:
            network["layers"] = longer["layers"]
            return


def _pair(dice: random.Random, least: int, most: int) -> list[int]:
    return [dice.randint(least, most), dice.randint(least, most)]


def _convolution(dice: random.Random) -> Data:
    layer: Data = {
        "type": "conv2d",
        "out_channels": 1,
        "kernel_size": _pair(dice, 1, 4),
        "stride": _pair(dice, 1, 3),
    }
    layer["padding"] = dice.choice([_pair(dice, 0, 2), [dice.randint(0, 2) for _ in range(4)], "same"])
    if layer["padding"] == "same":
        layer["stride"] = 1
    if len(layer["padding"]) != 4 or layer["padding"] == "same":
        layer["padding_mode"] = dice.choice(["zeros", "zeros", "reflect", "replicate", "circular"])
    layer["dilation"] = dice.choice([1, 1, _pair(dice, 1, 3)])
    local = {"type": "locally_connected2d", "out_channels": 1, "kernel_size": _pair(dice, 1, 3), "stride": 2}
    return dice.choice([layer, layer, layer, local])


def _transposed(dice: random.Random) -> Data:
    stride = _pair(dice, 1, 3)
    return {
        "type": "conv_transpose2d",
        "out_channels": 1,
        "kernel_size": _pair(dice, 1, 4),
        "stride": stride,
        "padding": _pair(dice, 0, 1),
        "output_padding": [dice.randint(0, each - 1) for each in stride],
        "dilation": dice.choice([1, 1, _pair(dice, 1, 3)]),
    }


def _pooling(dice: random.Random) -> Data:
    kernel = _pair(dice, 1, 4)
    layer: Data = {"kernel_size": kernel, "padding": [dice.randint(0, each // 2) for each in kernel]}
    layer |= dice.choice([{}, {"stride": _pair(dice, 1, 4)}])
    layer["ceil_mode"] = dice.random() < 0.5
    return dice.choice(
        [
            layer | {"type": "avg_pool2d"},
            layer | {"type": "max_pool2d", "dilation": dice.choice([1, _pair(dice, 1, 2)])},
        ]
    )


def _residual(dice: random.Random) -> Data:
    stride = _pair(dice, 1, 2)
    size = dice.choice([1, 3, 5])
    conv: Data = {"type": "conv2d", "out_channels": 1, "kernel_size": size, "padding": size // 2}
    inner = [conv | {"stride": stride}, {"type": "relu"}, conv]
    if stride == [1, 1] and dice.random() < 0.6:
        return {"type": "residual", "layers": inner}
    short = {"type": "conv2d", "out_channels": 1, "kernel_size": 1, "stride": stride}
    return {"type": "residual", "layers": inner, "shortcut": [short]}


def _cell_by_cell(dice: random.Random) -> Data:
    return {"type": dice.choice(["relu", "gelu", "sigmoid", "tanh", "batch_norm2d", "dropout"])}
