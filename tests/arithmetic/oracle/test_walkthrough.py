"""Every output cell written out has the value that the real module computes, in double precision."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch
from hypothesis import given
from torch import Tensor, nn

from app.arithmetic import acceptance
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.geometry import Operation
from app.arithmetic.parsing import OPERATIONS
from app.arithmetic.walkthrough import Unit, Walkthrough, walk_through
from tests.arithmetic.configurations import Dice, configuration, dice, examples, layer_of
from tests.cases.modules import module


def flat(nested: Any) -> list[Any]:
    return [each for inner in nested for each in flat(inner)] if isinstance(nested, list) else [nested]


def weights(built: nn.Module) -> dict[str, Any]:
    return {name.rpartition(".")[2]: value.tolist() for name, value in built.named_parameters()}


def check_unit(layer: Operation, found: Walkthrough, entering: Tensor, expected: float, unit: Unit) -> None:
    """The parts make the whole, and the whole is PyTorch's."""
    if math.isinf(expected):  # a dilated window of max pooling may lie wholly in the padding
        assert (found.value, found.winner) == (None, None)
        return
    assert found.value == pytest.approx(expected, rel=1e-12, abs=1e-12)
    if found.products is not None:
        operands, factors = flat(found.operands), flat(found.weights)
        assert flat(found.products) == [a * b for a, b in zip(operands, factors, strict=True)]
        assert [math.fsum(flat(each)) for each in found.products] == found.channel_sums
        total = math.fsum(flat(found.products)) + (found.bias or 0.0)
        assert found.value == pytest.approx(total, rel=1e-12, abs=1e-12)
    elif found.winner is not None:
        row, column = found.winner
        assert entering[0, unit.channel, row, column] == expected
        assert found.value == max(each for each in flat(found.operands) if each is not None)
    else:
        counted = [each for each in flat(found.operands) if each is not None]
        assert found.divisor == len(counted)
        assert found.value == pytest.approx(sum(counted) / len(counted), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("operation", OPERATIONS)
@examples(150)
@given(dice=dice)
def test_every_cell_is_pytorchs(operation: str, dice: Dice) -> None:
    arguments, shape = configuration(operation, dice)
    layer = layer_of(operation, arguments)
    if acceptance.violation(layer, shape) is not None:
        return
    torch.manual_seed(0)
    built = module(operation, arguments, shape[0]).double()
    entering = torch.randn(1, *shape, dtype=torch.float64)
    with torch.inference_mode():
        output = built(entering)[0]
    places = list(itertools.product(*map(range, output.shape)))
    for channel, *place in places[:: len(places) // 60 + 1] + places[-1:]:
        unit = Unit(channel, tuple(place))
        found = walk_through(layer, shape, unit, entering[0].tolist(), **weights(built))
        check_unit(layer, found, entering, float(output[channel, *place]), unit)


def test_a_cell_by_hand() -> None:
    layer = layer_of("conv2d", {"out_channels": 1, "kernel_size": 2, "padding": (1, 0, 1, 0)})
    found = walk_through(layer, (1, 2, 2), Unit(0, (0, 1)), [[[1, 2], [3, 4]]], [[[[5, 6], [7, 8]]]], [0.5])
    assert found.cells == ([-1, 0], [0, 1])
    assert found.operands == [[[0.0, 0.0], [1.0, 2.0]]]
    assert found.weights == [[[5.0, 6.0], [7.0, 8.0]]]
    assert found.products == [[[0.0, 0.0], [7.0, 16.0]]]
    assert (found.channel_sums, found.bias, found.value) == ([23.0], 0.5, 23.5)


def test_the_first_of_equal_values_wins_as_in_pytorch() -> None:
    layer = layer_of("max_pool2d", {"kernel_size": 2})
    found = walk_through(layer, (1, 2, 2), Unit(0, (0, 0)), [[[1, 3], [3, 3]]])
    _, winner = nn.MaxPool2d(2, return_indices=True)(torch.tensor([[[1.0, 3], [3, 3]]]))
    assert found.winner == divmod(int(winner), 2) == (0, 1)


def test_padding_of_max_pooling_takes_no_part() -> None:
    layer = layer_of("max_pool2d", {"kernel_size": 2, "padding": 1})
    found = walk_through(layer, (1, 2, 2), Unit(0, (0, 0)), [[[-5, -6], [-7, -8]]])
    assert (found.operands, found.value) == ([[None, None], [None, -5.0]], -5.0)


def test_what_doubles_cannot_hold_is_none() -> None:
    layer = layer_of("conv1d", {"out_channels": 1, "kernel_size": 1})
    found = walk_through(layer, (1, 1), Unit(0, (0,)), [[1e200]], [[[1e200]]])
    assert (found.products, found.channel_sums, found.value) == ([[None]], [None], None)


@pytest.mark.parametrize(
    ("given_values", "unit", "field", "reason", "nearest"),
    [
        pytest.param(
            {"input": [[[1]]]}, (0, 0, 0), "input", "The input must be 1 × 2 × 2.", None, id="input"
        ),
        pytest.param(
            {"input": [[[1, 2], [3]]]},
            (0, 0, 0),
            "input",
            "The rows of these lists are not equally long.",
            None,
            id="ragged",
        ),
        pytest.param(
            {"input": [[[1, 2], [3, True]]]},
            (0, 0, 0),
            "input",
            "This must be finite numbers in nested lists.",
            None,
            id="not numbers",
        ),
        pytest.param(
            {"weight": [[[[1]]]]}, (0, 0, 0), "weight", "The weight must be 2 × 1 × 2 × 2.", None, id="weight"
        ),
        pytest.param(
            {"weight": None}, (0, 0, 0), "weight", "The weight must be 2 × 1 × 2 × 2.", None, id="no weight"
        ),
        pytest.param({"bias": [1, 2, 3]}, (0, 0, 0), "bias", "The bias must be 2.", None, id="bias"),
        pytest.param({}, (2, 0, 0), "channel", "The output has 2 here, counted from 0.", 1, id="channel"),
        pytest.param({}, (0, 1, 0), "row", "The output has 1 here, counted from 0.", 0, id="row"),
        pytest.param({}, (0, 0, 9), "column", "The output has 1 here, counted from 0.", 0, id="column"),
    ],
)
def test_what_does_not_go_with_the_layer_is_refused(
    given_values: dict[str, Any], unit: tuple[int, ...], field: str, reason: str, nearest: object
) -> None:
    layer = layer_of("conv2d", {"out_channels": 2, "kernel_size": 2})
    usual: dict[str, Any] = {"input": [[[1, 2], [3, 4]]], "weight": [[[[1, 0], [0, 1]]]] * 2, "bias": [0, 0]}
    channel, *place = unit
    with pytest.raises(InvalidSpec) as refused:
        walk_through(layer, (1, 2, 2), Unit(channel, tuple(place)), **(usual | given_values))
    assert (refused.value.field, refused.value.reason, refused.value.nearest) == (field, reason, nearest)


def test_a_bias_is_refused_where_the_layer_has_none() -> None:
    layer = layer_of("conv1d", {"out_channels": 1, "kernel_size": 1, "bias": False})
    with pytest.raises(InvalidSpec, match="has no bias"):
        walk_through(layer, (1, 1), Unit(0, (0,)), [[1]], [[[1]]], [1])
