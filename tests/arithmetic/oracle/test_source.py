"""The printed PyTorch line, evaluated, is the module that was described."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from torch import nn

from app.arithmetic import acceptance
from app.arithmetic.parsing import OPERATIONS
from app.arithmetic.source import expression
from tests.arithmetic.configurations import Dice, configuration, dice, examples, layer_of
from tests.cases.modules import module

SIZES = {"kernel_size", "stride", "padding", "dilation", "output_padding", "output_size"}


def settings_of(built: nn.Module, axes: int) -> list[dict[str, Any]]:
    """What a module was made with, container by container; one number for all axes written out."""
    if isinstance(built, nn.Sequential):
        return [each for inner in built for each in settings_of(inner, axes)]
    return [
        {
            name: (value,) * axes if name in SIZES and isinstance(value, int) else value
            for name, value in vars(built).items()
            if not name.startswith("_") and name != "training"
        }
        | {"type": type(built), "bias": getattr(built, "bias", None) is not None}
    ]


@pytest.mark.parametrize("operation", OPERATIONS)
@examples(250)
@given(dice=dice)
def test_the_line_evaluated_is_the_module(operation: str, dice: Dice) -> None:
    arguments, shape = configuration(operation, dice)
    layer = layer_of(operation, arguments)
    if acceptance.violation(layer, shape) is not None:
        return
    evaluated = eval(expression(layer, shape[0]), {"nn": nn})
    axes = layer.axes or 2
    assert settings_of(evaluated, axes) == settings_of(module(operation, arguments, shape[0]), axes)


@pytest.mark.parametrize(
    ("operation", "arguments", "line"),
    [
        (
            "conv2d",
            {"out_channels": 10, "kernel_size": 3, "stride": 3},
            "nn.Conv2d(3, 10, kernel_size=3, stride=3)",
        ),
        (
            "conv2d",
            {"out_channels": 3, "kernel_size": (3, 5), "padding": (1, 2, 3, 4), "bias": False},
            "nn.Sequential(nn.ZeroPad2d((3, 4, 1, 2)), nn.Conv2d(3, 3, kernel_size=(3, 5), bias=False))",
        ),
        (
            "conv1d",
            {"out_channels": 1, "kernel_size": 3, "padding": "same", "padding_mode": "reflect"},
            'nn.Conv1d(3, 1, kernel_size=3, padding="same", padding_mode="reflect")',
        ),
        (
            "conv_transpose2d",
            {"out_channels": 1, "kernel_size": 3, "stride": 2, "output_padding": 1},
            "nn.ConvTranspose2d(3, 1, kernel_size=3, stride=2, output_padding=1)",
        ),
        ("max_pool2d", {"kernel_size": 2}, "nn.MaxPool2d(kernel_size=2)"),
        (
            "avg_pool2d",
            {"kernel_size": 3, "stride": (2, 1), "ceil_mode": True, "count_include_pad": False},
            "nn.AvgPool2d(kernel_size=3, stride=(2, 1), ceil_mode=True, count_include_pad=False)",
        ),
        ("adaptive_avg_pool2d", {"output_size": (3, 5)}, "nn.AdaptiveAvgPool2d(output_size=(3, 5))"),
    ],
)
def test_the_line_says_no_more_than_it_must(operation: str, arguments: dict[str, Any], line: str) -> None:
    assert expression(layer_of(operation, arguments), 3) == line
