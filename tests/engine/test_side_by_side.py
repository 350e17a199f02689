"""Convolutions that lay narrow pictures side by side learn what torch's own learn."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from app.engine.convolutions import LearningConv2d
from app.engine.side_by_side import NARROW, side_by_side, together


def learned(layer: nn.Conv2d, pictures: Tensor, seed: int) -> list[Tensor]:
    """What it puts out under bfloat16, and the gradients of the pictures and of its parameters."""
    pictures = pictures.clone().contiguous(memory_format=torch.channels_last).requires_grad_()
    layer.zero_grad(set_to_none=True)
    with torch.autocast("cpu", torch.bfloat16):
        output = layer(pictures)
    draw = torch.Generator().manual_seed(seed)
    output.backward(torch.randint(-2, 3, output.shape, generator=draw).to(output.dtype))
    gradients = [pictures.grad, *(parameter.grad for parameter in layer.parameters())]
    return [output.detach(), *(each for each in gradients if each is not None)]


@settings(max_examples=60, deadline=None)
@given(
    pictures=st.integers(1, 24),
    channels=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    size=st.tuples(st.integers(1, 6), st.integers(1, NARROW + 1)),
    padding=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    bias=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_whole_numbers_come_out_the_same_to_the_bit(
    pictures: int,
    channels: tuple[int, int],
    size: tuple[int, int],
    padding: tuple[int, int],
    bias: bool,
    seed: int,
) -> None:
    """Sums of whole numbers are exact in any order, so the two ways may differ in nothing."""
    torch.manual_seed(seed)
    kernel = (2 * padding[0] + 1, 2 * padding[1] + 1)
    layer = nn.Conv2d(*channels, kernel, padding=padding, bias=bias)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.randint(-2, 3, parameter.shape))
    assert LearningConv2d.suits(layer)
    inputs = torch.randint(-2, 3, (pictures, channels[0], *size)).float()
    for expected, got in zip(
        learned(layer, inputs, seed), learned(LearningConv2d.of(layer), inputs, seed), strict=True
    ):
        assert got.dtype == expected.dtype
        assert torch.equal(got, expected)


@pytest.mark.parametrize(
    ("pictures", "width", "expected"),
    [(1000, 4, 10), (1000, 7, 4), (1000, 9, 2), (1000, 10, 1), (128, 4, 8), (7, 4, 7), (13, 7, 1), (1, 1, 1)],
)
def test_as_many_lie_together_as_divide_the_batch(pictures: int, width: int, expected: int) -> None:
    assert together(pictures, width) == expected


def test_a_wide_picture_has_gaps_of_zeros() -> None:
    wide = side_by_side(torch.arange(1.0, 9).view(4, 1, 1, 2), 2, 1)
    assert wide.shape == (2, 1, 1, 6)
    assert wide.flatten().tolist() == [1, 2, 0, 3, 4, 0, 5, 6, 0, 7, 8, 0]
