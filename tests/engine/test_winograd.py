"""Convolutions by Winograd's minimal filtering are PyTorch's, and so are their gradients."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from app.engine import winograd


def learned(by: str, layer: nn.Conv2d, pictures: Tensor, gradient: Tensor) -> list[Tensor]:
    """What it puts out, and the gradients of the pictures and of its parameters."""
    pictures = pictures.clone().requires_grad_()
    weight, bias = layer.weight.detach().clone().requires_grad_(), layer.bias
    asked = [pictures, weight]
    if bias is not None:
        bias = bias.detach().clone().requires_grad_()
        asked.append(bias)
    if by == "winograd":
        output = winograd.convolution(pictures, weight, bias)
    else:
        output = F.conv2d(pictures, weight, bias, padding=1)
    return [output.detach(), *torch.autograd.grad(output, asked, gradient)]


@settings(max_examples=150, deadline=None)
@given(
    pictures=st.integers(1, 9),
    channels=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    size=st.tuples(st.integers(1, 18), st.integers(1, 18)),
    bias=st.booleans(),
    last=st.booleans(),
    cached=st.sampled_from([1, 20_000, winograd.CACHED]),
    seed=st.integers(0, 2**31),
)
def test_it_is_the_plain_convolution_in_float64(
    pictures: int,
    channels: tuple[int, int],
    size: tuple[int, int],
    bias: bool,
    last: bool,
    cached: int,
    seed: int,
) -> None:
    """Whatever lies in a part of the batch, in which layout, with an edge that ends within a tile or not."""
    torch.manual_seed(seed)
    layer = nn.Conv2d(*channels, 3, padding=1, bias=bias)
    layout = torch.channels_last if last else torch.contiguous_format
    given = torch.randn(pictures, channels[0], *size).contiguous(memory_format=layout)
    gradient = torch.randn(pictures, channels[1], *size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(winograd, "CACHED", cached)
        got = learned("winograd", layer, given, gradient)
    expected = learned("torch", layer.double(), given.double(), gradient.double())
    for one, other in zip(got, expected, strict=True):
        assert one.shape == other.shape
        assert (one - other).norm() <= 2e-5 * other.norm() + 1e-6


def test_pictures_that_do_not_learn_get_no_gradient() -> None:
    weight = torch.randn(4, 3, 3, 3).requires_grad_()
    pictures = torch.randn(2, 3, 8, 8)
    winograd.convolution(pictures, weight, None).sum().backward()  # type: ignore[no-untyped-call]
    assert weight.grad is not None
    assert pictures.grad is None
