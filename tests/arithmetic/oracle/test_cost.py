"""Multiply-accumulates are half of PyTorch's floating-point operations; factors multiply to the weights."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from torch.utils.flop_counter import FlopCounterMode

from app.arithmetic import acceptance
from app.arithmetic.cost import cost
from app.arithmetic.parsing import OPERATIONS
from tests.arithmetic.configurations import Dice, configuration, dice, examples, layer_of
from tests.cases.modules import module


@pytest.mark.parametrize("operation", OPERATIONS)
@examples(150)
@given(dice=dice)
def test_macs_and_bytes_are_pytorchs(operation: str, dice: Dice) -> None:
    arguments, shape = configuration(operation, dice)
    layer = layer_of(operation, arguments)
    if acceptance.violation(layer, shape) is not None:
        return
    built = module(operation, arguments, shape[0])
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        output = built(torch.zeros(1, *shape))
    found = cost(layer, shape, tuple(output.shape[1:]))
    assert 2 * found.macs == counter.get_total_flops()
    assert found.activation_bytes == output.nbytes


def test_every_factor_has_a_name() -> None:
    layer = layer_of("conv2d", {"out_channels": 10, "kernel_size": (3, 5), "groups": 2})
    found = cost(layer, (4, 7, 7), (10, 5, 3))
    assert found.weight_factors == (
        ("out_channels", 10),
        ("in_channels / groups", 2),
        ("kernel height", 3),
        ("kernel width", 5),
    )
    assert (found.weight, found.bias, found.parameters) == (300, 10, 310)
