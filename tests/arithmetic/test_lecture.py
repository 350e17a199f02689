"""Every number on the lecture's slides."""

from __future__ import annotations

from typing import Any

import pytest

from app.arithmetic.description import Description, describe
from app.arithmetic.network import tabulate
from app.arithmetic.specification import NetworkSpec
from tests.arithmetic.configurations import layer_of


def of(operation: str, shape: tuple[int, ...], **arguments: Any) -> Description:
    return describe(layer_of(operation, arguments), shape)


def network(*layers: dict[str, Any], side: int = 32) -> NetworkSpec:
    data = {"input": {"channels": 3, "height": side, "width": side}, "layers": layers}
    return NetworkSpec.model_validate(data)


@pytest.mark.parametrize(
    ("stride", "output", "exact", "fits"), [(1, 5, (5, 1), True), (2, 3, (3, 1), True), (3, 2, (7, 3), False)]
)
def test_seven_by_seven_with_a_three_by_three_filter(
    stride: int, output: int, exact: tuple[int, int], fits: bool
) -> None:
    found = of("conv2d", (1, 7, 7), out_channels=1, kernel_size=3, stride=stride)
    assert found.output == {"channels": 1, "height": output, "width": output}
    assert (found.exact["height"].numerator, found.exact["height"].denominator) == exact
    assert found.fits == {"height": fits, "width": fits}


def test_stride_three_is_two_point_three_three_and_offers_three_repairs() -> None:
    found = of("conv2d", (1, 7, 7), out_channels=1, kernel_size=3, stride=3)
    assert r"\left\lfloor \frac{7 - 3 + 2 \cdot 0}{3} + 1 \right\rfloor" in found.formula.latex_substituted
    assert r"\left\lfloor 2.33 \right\rfloor = 2" in found.formula.latex_substituted
    assert found.unread == {"top": 0, "bottom": 1, "left": 0, "right": 1}
    assert [(each.change, each.output["height"]) for each in found.repairs] == [
        ({"padding": 1}, 3),
        ({"kernel_size": 4}, 2),
        ({"stride": 2}, 3),
    ]


def test_padding_one_keeps_seven() -> None:
    found = of("conv2d", (1, 7, 7), out_channels=1, kernel_size=3, padding=1)
    assert found.output == {"channels": 1, "height": 7, "width": 7}


@pytest.mark.parametrize(("kernel_size", "padding"), [(3, 1), (5, 2), (7, 3)])
def test_half_a_filter_of_padding_preserves_the_size(kernel_size: int, padding: int) -> None:
    same = of("conv2d", (1, 7, 7), out_channels=1, kernel_size=kernel_size, padding="same")
    half = of("conv2d", (1, 7, 7), out_channels=1, kernel_size=kernel_size, padding=padding)
    assert half.output == same.output == same.input


def test_the_dimension_formula() -> None:
    """W2 = (W1 − F + 2P)/S + 1, H2 likewise, D2 = K; F·F·D1 weights a filter, K biases."""
    found = of("conv2d", (3, 11, 17), out_channels=10, kernel_size=5, stride=2, padding=1)
    assert found.output == {
        "channels": 10,
        "height": (11 - 5 + 2 * 1) // 2 + 1,
        "width": (17 - 5 + 2 * 1) // 2 + 1,
    }
    assert (found.parameters.weight, found.parameters.bias) == (5 * 5 * 3 * 10, 10)
    assert found.formula.latex == r"O = \left\lfloor \frac{N - F + 2P}{S} + 1 \right\rfloor"


def test_a_filter_is_a_dot_product_of_75_numbers() -> None:
    found = of("conv2d", (3, 32, 32), out_channels=1, kernel_size=5)
    assert (found.parameters.weight, found.parameters.bias) == (75, 1)
    assert found.output == {"channels": 1, "height": 28, "width": 28}


def test_six_filters_make_28_by_28_by_6_and_ten_more_24_by_24_by_10() -> None:
    table = tabulate(
        network(
            {"type": "conv2d", "out_channels": 6, "kernel_size": 5},
            {"type": "relu"},
            {"type": "conv2d", "out_channels": 10, "kernel_size": 5},
            {"type": "relu"},
        )
    )
    assert [row.output_shape for row in table.layers] == [[6, 28, 28]] * 2 + [[10, 24, 24]] * 2


def test_a_picture_stretched_is_3072_and_its_classifier_10_by_3072() -> None:
    table = tabulate(network({"type": "flatten"}, {"type": "linear", "out_features": 10}))
    assert table.layers[0].output_shape == [3072]
    assert table.layers[1].parameters == 10 * 3072 + 10


def test_a_dense_layer_has_31_467_520_parameters_where_a_convolution_has_760() -> None:
    dense = tabulate(network({"type": "flatten"}, {"type": "linear", "out_features": 32 * 32 * 10}))
    assert dense.total.parameters == 31_467_520
    conv = of("conv2d", (3, 32, 32), out_channels=10, kernel_size=5, padding=2)
    assert conv.parameters.total == 760
    assert conv.output == {"channels": 10, "height": 32, "width": 32}


def test_max_pooling_two_by_two_halves_each_map_by_itself() -> None:
    found = of("max_pool2d", (64, 224, 224), kernel_size=2, stride=2)
    assert found.output == {"channels": 64, "height": 112, "width": 112}
    assert (found.parameters.total, found.macs) == (0, 0)
