"""Repairs are offered wherever an axis does not fit, and each mends all of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given

from app.arithmetic import acceptance, geometry
from app.arithmetic.geometry import Axis, Slide
from app.arithmetic.repairs import repairs
from tests.arithmetic.configurations import Dice, configuration, dice, examples, layer_of
from tests.arithmetic.oracle.test_acceptance import asked

SLIDING = ("conv1d", "conv2d", "conv3d", "max_pool2d", "avg_pool2d")


def may_be_hopeless(axes: Sequence[Axis]) -> bool:
    """A kernel larger than the padded input, accepted because ceil_mode reads past it, beside dilation."""
    sliding = [axis for axis in axes if isinstance(axis, Slide)]
    return any(axis.extent > axis.padded for axis in sliding) and any(axis.dilation > 1 for axis in sliding)


@pytest.mark.parametrize("operation", SLIDING)
@examples(300)
@given(dice=dice)
def test_a_repair_changes_one_argument_and_every_axis_fits(operation: str, dice: Dice) -> None:
    arguments, shape = configuration(operation, dice)
    layer = layer_of(operation, arguments)
    if acceptance.violation(layer, shape) is not None:
        return
    found = repairs(layer, shape)
    axes = geometry.axes(layer, shape)
    fits = all(axis.exact.denominator == 1 for axis in axes)
    assert not (found and fits)
    assert found or fits or may_be_hopeless(axes)
    for repair in found:
        answer = asked(operation, arguments | {repair.field: repair.value}, shape)
        assert answer is not None, "PyTorch refuses the repair"
        assert answer[1][1:] == tuple(repair.output.values())
        mended = layer_of(operation, arguments | {repair.field: repair.value})
        assert all(axis.exact.denominator == 1 for axis in geometry.axes(mended, shape))


@examples(200)
@given(dice=dice)
def test_no_nearer_stride_would_do(dice: Dice) -> None:
    size, kernel = dice.number(3, 40), dice.number(1, 9)
    stride = dice.number(2, 9)
    layer = layer_of("conv1d", {"out_channels": 1, "kernel_size": kernel, "stride": stride})
    if acceptance.violation(layer, (1, size)) is not None:
        return
    strides = [each.value for each in repairs(layer, (1, size)) if each.field == "stride"]
    if strides:
        fitting = [s for s in range(1, size + 20) if Slide(size, kernel, s).exact.denominator == 1]
        assert strides == [min(fitting, key=lambda s: (abs(s - stride), s))]


def test_only_the_axis_that_does_not_fit_is_changed() -> None:
    layer = layer_of("conv2d", {"out_channels": 1, "kernel_size": 3, "stride": 3})
    assert [(each.field, each.value) for each in repairs(layer, (1, 7, 9))] == [
        ("padding", [1, 0]),
        ("kernel_size", [4, 3]),
        ("stride", [2, 3]),
    ]


def test_where_no_padding_helps_none_is_offered() -> None:
    """27 − 2 + 2P is odd for every P, so a stride of 2 never fits."""
    layer = layer_of("conv1d", {"out_channels": 1, "kernel_size": 2, "stride": 2})
    assert [each.field for each in repairs(layer, (1, 27))] == ["kernel_size", "stride"]
