"""The real PyTorch module of a layer, built without the code under test."""

from __future__ import annotations

from typing import Any

from torch import nn

MODULES: dict[str, type[nn.Module]] = {
    "conv1d": nn.Conv1d,
    "conv2d": nn.Conv2d,
    "conv3d": nn.Conv3d,
    "conv_transpose2d": nn.ConvTranspose2d,
    "max_pool2d": nn.MaxPool2d,
    "avg_pool2d": nn.AvgPool2d,
    "adaptive_avg_pool2d": nn.AdaptiveAvgPool2d,
}


def module(operation: str, arguments: dict[str, Any], in_channels: int) -> nn.Module:
    """The module, in float32 and eval mode; four paddings become a ZeroPad2d before the convolution.

    Raises:
        ValueError: PyTorch's constructor refuses the arguments.
    """
    arguments = {key: tuple(value) if isinstance(value, list) else value for key, value in arguments.items()}
    padding = arguments.get("padding")
    four = isinstance(padding, tuple) and len(padding) == 4
    if four and operation == "conv2d":
        if arguments.get("padding_mode", "zeros") != "zeros":
            raise ValueError("ZeroPad2d is the only padding of four sides")
        top, bottom, left, right = arguments.pop("padding")
        sides = nn.ZeroPad2d((left, right, top, bottom))
        return nn.Sequential(sides, module(operation, arguments, in_channels)).eval()
    if "out_channels" in arguments:
        arguments["in_channels"] = in_channels
    return MODULES[operation](**arguments).eval()
