"""A network run from its folder alone, by plain PyTorch functions: what the engine's activations must equal.

Nothing of the application is used here: the files' format is a promise to others, and this is one of them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

Array = npt.NDArray[Any]


def forward(folder: Path, pixels: npt.NDArray[np.uint8]) -> dict[str, Array]:
    """Every activation by address, and ``input``, of uint8 (32, 32, 3)."""
    card = json.loads((folder / "card.json").read_bytes())
    mean, std = (torch.tensor(card["normalisation"][key]).view(3, 1, 1) for key in ("mean", "std"))
    picture = torch.tensor(pixels).permute(2, 0, 1).float() / 255
    entering = ((picture - mean) / std)[None]
    network = json.loads((folder / "network.json").read_bytes())
    made = {"input": entering}
    with torch.no_grad():
        _sequence(network["layers"], load_file(folder / "weights.safetensors"), "", entering, made)
    return {address: tensor[0].numpy() for address, tensor in made.items()}


def _sequence(
    layers: list[dict[str, Any]], weights: dict[str, Tensor], prefix: str, x: Tensor, made: dict[str, Tensor]
) -> Tensor:
    for index, layer in enumerate(layers):
        address = f"{prefix}{index}"
        own = {
            key.removeprefix(f"{address}."): value
            for key, value in weights.items()
            if key.startswith(f"{address}.")
        }
        if layer["type"] == "residual":
            left = _sequence(layer["layers"], weights, f"{address}.layers.", x, made)
            right = _sequence(layer.get("shortcut") or [], weights, f"{address}.shortcut.", x, made)
            x = left + right
        else:
            x = _layer(layer, own, x)
        made[address] = x
    return x


def _layer(layer: dict[str, Any], own: dict[str, Tensor], x: Tensor) -> Tensor:  # noqa: C901, PLR0911, PLR0912
    weight, bias = own.get("weight"), own.get("bias")
    stride, padding, groups = layer.get("stride", 1), layer.get("padding", 0), layer.get("groups", 1)
    dilation, ceil_mode = layer.get("dilation", 1), layer.get("ceil_mode", False)
    match layer["type"]:
        case "conv2d":
            assert weight is not None
            if isinstance(padding, list) and len(padding) == 4:
                top, bottom, left, right = padding
                x, padding = F.pad(x, (left, right, top, bottom)), 0
            if layer.get("padding_mode", "zeros") != "zeros":
                high, wide = padding if isinstance(padding, list) else (padding, padding)
                x, padding = F.pad(x, (wide, wide, high, high), mode=layer["padding_mode"]), 0
            return F.conv2d(x, weight, bias, stride, padding, dilation, groups)
        case "conv_transpose2d":
            assert weight is not None
            extra = layer.get("output_padding", 0)
            return F.conv_transpose2d(x, weight, bias, stride, padding, extra, groups, dilation)
        case "locally_connected2d":
            assert weight is not None
            return _locally_connected(layer, weight, bias, x)
        case "max_pool2d":
            kernel = layer["kernel_size"]
            step = layer.get("stride") or kernel
            return F.max_pool2d(x, kernel, step, padding, dilation, ceil_mode)
        case "avg_pool2d":
            kernel = layer["kernel_size"]
            counts = layer.get("count_include_pad", True)
            return F.avg_pool2d(x, kernel, layer.get("stride") or kernel, padding, ceil_mode, counts)
        case "adaptive_avg_pool2d":
            return F.adaptive_avg_pool2d(x, layer["output_size"])
        case "batch_norm1d" | "batch_norm2d":
            eps = layer.get("eps", 1e-5)
            return F.batch_norm(x, own["running_mean"], own["running_var"], weight, bias, eps=eps)
        case "linear":
            assert weight is not None
            return F.linear(x, weight, bias)
        case "flatten":
            return x.flatten(1)
        case "dropout":
            return x
        case "softmax":
            return x.softmax(1)
        case "relu":
            return x.clamp(min=0)
        case "gelu":
            return F.gelu(x)
        case "sigmoid":
            return x.sigmoid()
        case "tanh":
            return x.tanh()
        case unknown:
            raise AssertionError(unknown)


def _locally_connected(layer: dict[str, Any], weight: Tensor, bias: Tensor | None, x: Tensor) -> Tensor:
    """Every output place by itself: its own window, its own weights."""
    (high, wide), (down, across), (top, left) = (
        value if isinstance(value, list) else (value, value)
        for value in (layer["kernel_size"], layer.get("stride", 1), layer.get("padding", 0))
    )
    x = F.pad(x, (left, left, top, top))
    rows, columns, out_channels, _ = weight.shape
    output = torch.empty(len(x), out_channels, rows, columns)
    for row in range(rows):
        for column in range(columns):
            window = x[:, :, row * down : row * down + high, column * across : column * across + wide]
            output[:, :, row, column] = window.flatten(1) @ weight[row, column].T
    return output if bias is None else output + bias
