"""Refused exactly where PyTorch refuses, at a field, with a nearest value that PyTorch accepts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from torch import nn

from app.arithmetic import acceptance, geometry
from app.arithmetic.cost import cost
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.geometry import Operation, Shape
from app.arithmetic.parsing import OPERATIONS
from tests.arithmetic.configurations import Dice, configuration, dice, examples, layer_of
from tests.cases.modules import module


def asked(operation: str, arguments: dict[str, Any], shape: Shape) -> tuple[nn.Module, Shape] | None:
    """The real module and the shape it gives; None where it refuses or where nothing comes out.

    For some transposed convolutions the CPU gives an output without cells instead of refusing.
    """
    try:
        built = module(operation, arguments, shape[0])
        with torch.inference_mode():
            output = built(torch.zeros(1, *shape))
    except (RuntimeError, ValueError):
        return None
    return (built, tuple(output.shape[1:])) if output.numel() else None


def mended(layer: Operation, error: InvalidSpec) -> dict[str, Any]:
    """The layer's arguments with every nearest value put in place."""
    changes = {each.field: each.nearest for each in (error, *error.also)}
    assert None not in changes.values(), f"{error.reason} has no nearest value"
    arguments = type(layer).model_validate(dict(layer) | changes)
    return {name: value for name, value in arguments if name not in {"type", "name"}}


@pytest.mark.parametrize("operation", OPERATIONS)
@examples(2000)
@given(dice=dice)
def test_shape_refusal_and_parameters_are_pytorchs(operation: str, dice: Dice) -> None:
    arguments, shape = configuration(operation, dice)
    layer = layer_of(operation, arguments)
    answer = asked(operation, arguments, shape)
    if answer is None:
        with pytest.raises(InvalidSpec) as refused:
            acceptance.check(layer, shape)
        assert asked(operation, mended(layer, refused.value), shape) is not None
        return
    acceptance.check(layer, shape)
    built, output = answer
    assert tuple(axis.output for axis in geometry.axes(layer, shape)) == output[1:]
    counts = {name.rpartition(".")[2]: parameter.numel() for name, parameter in built.named_parameters()}
    costs = cost(layer, shape, output)
    assert (costs.weight, costs.bias) == (counts.get("weight", 0), counts.get("bias", 0))


def refusal(operation: str, arguments: dict[str, Any], shape: Shape) -> tuple[str, str, object]:
    with pytest.raises(InvalidSpec) as refused:
        acceptance.check(layer_of(operation, arguments), shape)
    assert asked(operation, arguments, shape) is None
    return refused.value.field, refused.value.reason, refused.value.nearest


@pytest.mark.parametrize(
    ("operation", "arguments", "shape", "expected"),
    [
        pytest.param(
            "conv2d",
            {"out_channels": 1, "kernel_size": 9},
            (1, 7, 7),
            ("kernel_size", "The kernel covers 9 cells, the padded input has 7 along height.", 7),
            id="kernel larger than the input",
        ),
        pytest.param(
            "conv2d",
            {"out_channels": 1, "kernel_size": (9, 3)},
            (1, 7, 7),
            ("kernel_size", "The kernel covers 9 cells, the padded input has 7 along height.", [7, 3]),
            id="along one axis only",
        ),
        pytest.param(
            "conv2d",
            {"out_channels": 4, "kernel_size": 3, "groups": 3},
            (4, 7, 7),
            ("groups", "in_channels = 4 does not divide into 3 equal groups.", 2),
            id="groups",
        ),
        pytest.param(
            "conv2d",
            {"out_channels": 1, "kernel_size": 3, "stride": 2, "padding": "same"},
            (1, 7, 7),
            ("stride", 'PyTorch takes padding="same" only with a stride of 1.', 1),
            id="same with a stride",
        ),
        pytest.param(
            "conv2d",
            {"out_channels": 1, "kernel_size": 3, "padding": 7, "padding_mode": "reflect"},
            (1, 7, 7),
            (
                "padding",
                (
                    "With reflection the padding must be smaller than the input:"
                    " here the padding is 7, the height 7."
                ),
                6,
            ),
            id="reflection",
        ),
        pytest.param(
            "conv2d",
            {"out_channels": 1, "kernel_size": 3, "padding": 8, "padding_mode": "circular"},
            (1, 7, 7),
            (
                "padding",
                "Circular padding goes round the input once at most: here the padding is 8, the height 7.",
                7,
            ),
            id="circular",
        ),
        pytest.param(
            "max_pool2d",
            {"kernel_size": 3, "padding": 2},
            (1, 7, 7),
            ("padding", "Pooling pads by at most half its kernel: 2 against 3 / 2 along height.", 1),
            id="pooling's padding",
        ),
        pytest.param(
            "conv_transpose2d",
            {"out_channels": 1, "kernel_size": 3, "stride": 2, "output_padding": 2},
            (1, 7, 7),
            (
                "output_padding",
                "output_padding must be below the stride or dilation: 2 against 2 along height.",
                1,
            ),
            id="output_padding",
        ),
        pytest.param(
            "conv_transpose2d",
            {"out_channels": 1, "kernel_size": 1, "padding": 4},
            (1, 7, 7),
            ("padding", "The padding cuts off the whole output: -1 cells would be left along height.", 3),
            id="nothing is left",
        ),
    ],
)
def test_a_refusal_names_the_field_the_reason_and_the_nearest_value(
    operation: str, arguments: dict[str, Any], shape: Shape, expected: tuple[str, str, object]
) -> None:
    assert refusal(operation, arguments, shape) == expected


def test_what_needs_two_changes_says_both() -> None:
    layer = layer_of("conv2d", {"out_channels": 4, "kernel_size": 9, "groups": 3})
    with pytest.raises(InvalidSpec) as refused:
        acceptance.check(layer, (4, 7, 7))
    errors = (refused.value, *refused.value.also)
    assert [(each.field, each.nearest) for each in errors] == [("groups", 2), ("kernel_size", 7)]


def test_the_largest_arguments_are_explained_too() -> None:
    layer = layer_of("conv2d", {"out_channels": 1, "kernel_size": 16_384, "dilation": 16_384})
    with pytest.raises(InvalidSpec) as refused:
        acceptance.check(layer, (1, 20_000, 1))
    assert refused.value.nearest == [2, 1]
