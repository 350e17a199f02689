"""The mistakes of other tools, and what learners get wrong, each pinned."""

from __future__ import annotations

from typing import Any

import pytest

from app.arithmetic.description import Description, describe
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.network import Table, tabulate
from app.arithmetic.specification import NetworkSpec
from app.arithmetic.walkthrough import Unit, walk_through
from tests.arithmetic.configurations import layer_of


def of(operation: str, shape: tuple[int, ...], **arguments: Any) -> Description:
    return describe(layer_of(operation, arguments), shape)


def table(*layers: dict[str, Any], channels: int = 3, side: int = 32) -> Table:
    data = {"input": {"channels": channels, "height": side, "width": side}, "layers": layers}
    return tabulate(NetworkSpec.model_validate(data))


def test_not_square_only() -> None:
    found = of("conv2d", (2, 9, 14), out_channels=1, kernel_size=(3, 5), stride=(1, 2), padding=(0, 1))
    assert (found.output["height"], found.output["width"]) == (7, 6)


def test_not_divisible_only() -> None:
    assert of("conv2d", (1, 7, 7), out_channels=1, kernel_size=3, stride=3).output["height"] == 2


def test_dilation_is_in_the_formula() -> None:
    found = of("conv2d", (1, 7, 7), out_channels=1, kernel_size=3, dilation=2)
    assert found.output["height"] == 3
    assert "D(F - 1)" in found.formula.latex
    assert r"2 \cdot (3 - 1)" in found.formula.latex_substituted


def test_the_padding_of_a_transposed_convolution_is_cut_off_and_output_padding_is_at_the_end() -> None:
    assert of("conv_transpose2d", (1, 4, 4), out_channels=1, kernel_size=3, stride=2).output["height"] == 9
    cut = layer_of("conv_transpose2d", {"out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1})
    assert describe(cut, (1, 4, 4)).output["height"] == 7
    longer = cut.model_copy(update={"output_padding": (1, 1)})
    assert describe(longer, (1, 4, 4)).output["height"] == 8
    entering, weight = [[[1, 2, 3, 4]] * 4], [[[[1, 10, 100]] * 3]]
    for column in range(7):
        unit = Unit(0, (0, column))
        first = walk_through(cut, (1, 4, 4), unit, entering, weight)
        second = walk_through(longer, (1, 4, 4), unit, entering, weight)
        assert first == second


def test_multiply_accumulates_are_not_counted_twice_through_containers() -> None:
    conv = {"type": "conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}
    alone, inside = table(conv), table({"type": "residual", "layers": [conv]})
    assert inside.total.macs == alone.total.macs == 3 * 3 * 9 * 32 * 32
    assert inside.total.parameters == alone.total.parameters == 3 * 3 * 9 + 3


def test_a_filter_sees_every_input_channel_and_makes_one_map() -> None:
    """16 filters on 36 maps make 16 maps, not 576; each has 36 kernels of its own."""
    found = of("conv2d", (36, 8, 8), out_channels=16, kernel_size=3)
    assert found.output["channels"] == 16
    assert [(each.name, each.value) for each in found.parameters.factors][:2] == [
        ("out_channels", 16),
        ("in_channels / groups", 36),
    ]


def test_each_input_channel_has_a_kernel_of_its_own() -> None:
    layer = layer_of("conv2d", {"out_channels": 1, "kernel_size": 1})
    found = walk_through(layer, (2, 1, 1), Unit(0, (0, 0)), [[[1]], [[1]]], [[[[3]], [[5]]]])
    assert (found.channel_sums, found.value) == ([3.0, 5.0], 8.0)


def test_negative_values_stay_negative() -> None:
    layer = layer_of("conv2d", {"out_channels": 1, "kernel_size": 1, "bias": False})
    assert walk_through(layer, (1, 1, 1), Unit(0, (0, 0)), [[[2]]], [[[[-3]]]]).value == -6.0


def test_channels_are_not_taken_for_an_axis() -> None:
    found = of("conv2d", (28, 3, 5), out_channels=7, kernel_size=(3, 2))
    assert found.output == {"channels": 7, "height": 1, "width": 4}


@pytest.mark.parametrize(("ceil_mode", "output"), [(False, 13), (True, 14)])
def test_thirteen_and_a_half(ceil_mode: bool, output: int) -> None:
    """28, F = 3, S = 2 is 13.5; whether it is rounded down or up is said."""
    found = of("max_pool2d", (1, 28, 28), kernel_size=3, stride=2, ceil_mode=ceil_mode)
    assert found.output["height"] == output
    assert (found.exact["height"].numerator, found.exact["height"].denominator) == (27, 2)
    assert "13.5" in found.formula.latex_substituted


def test_features_of_a_dense_layer_come_from_the_flatten_before_it() -> None:
    found = table(
        {"type": "conv2d", "out_channels": 16, "kernel_size": 5},
        {"type": "flatten"},
        {"type": "linear", "out_features": 10},
    )
    assert "nn.Linear(12544, 10)" in found.pytorch
    with pytest.raises(InvalidSpec) as broken:
        table(
            {"type": "conv2d", "out_channels": 16, "kernel_size": 5}, {"type": "linear", "out_features": 10}
        )
    assert broken.value.address == "1"
    assert broken.value.nearest == {"insert_before": {"type": "flatten"}}


@pytest.mark.parametrize("stride", [0, -1])
def test_an_impossible_number_is_refused_not_drawn(stride: int) -> None:
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        layer_of("conv2d", {"out_channels": 1, "kernel_size": 3, "stride": stride})
