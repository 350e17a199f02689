"""Which way a convolution learns: by plain PyTorch, side by side in bfloat16, or by Winograd's in float32."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from app.engine import side_by_side, winograd
from app.engine.convolutions import LearningConv2d


def test_it_shares_the_parameters() -> None:
    layer = nn.Conv2d(3, 5, 3, padding=1)
    changed = LearningConv2d.of(layer)
    assert changed.weight is layer.weight
    assert list(changed.state_dict()) == list(layer.state_dict())


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(4, 4, 3),
        nn.Conv2d(4, 4, 3, padding=1, stride=2),
        nn.Conv2d(4, 4, 3, padding=2, dilation=2),
        nn.Conv2d(4, 4, 3, padding=1, groups=2),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular"),
        nn.Conv2d(4, 4, 3, padding="same"),
        nn.Conv2d(4, 4, 4, padding=1),
        nn.Linear(4, 4),
    ],
    ids=str,
)
def test_others_are_left_alone(layer: nn.Module) -> None:
    assert not LearningConv2d.suits(layer)


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the ways taken so far, on a processor with AVX2."""
    taken: list[str] = []

    def watched(module: object, name: str) -> None:
        original = getattr(module, "convolution")  # noqa: B009  of either module

        def convolution(*arguments: object) -> object:
            taken.append(name)
            return original(*arguments)

        monkeypatch.setattr(module, "convolution", convolution)

    watched(winograd, "winograd")
    watched(side_by_side, "side by side")
    monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: "AVX2")
    return taken


def test_the_number_format_decides(ways: list[str]) -> None:
    layer = LearningConv2d.of(nn.Conv2d(64, 128, 3, padding=1))
    pictures = torch.randn(24, 64, 8, 8)
    layer(pictures)
    assert ways == ["winograd"]
    with torch.autocast("cpu", torch.bfloat16):
        layer(pictures)
    assert ways == ["winograd", "side by side"]
    with torch.autocast("cpu", torch.float16):
        layer(pictures)
    with torch.autocast("cpu", torch.bfloat16):
        layer(torch.randn(24, 64, 16, 16))  # too wide to be laid side by side
    assert len(ways) == 2


def test_an_accelerator_has_its_own_ways(ways: list[str]) -> None:
    layer = LearningConv2d.of(nn.Conv2d(64, 128, 3, padding=1, device="meta"))
    layer(torch.randn(24, 64, 8, 8, device="meta"))
    assert not ways


def test_what_does_not_learn_goes_the_plain_way(ways: list[str]) -> None:
    layer = LearningConv2d.of(nn.Conv2d(64, 128, 3, padding=1))
    pictures = torch.randn(24, 64, 8, 8)
    with torch.no_grad():
        layer(pictures)
    layer.requires_grad_(requires_grad=False)
    layer(pictures)
    assert not ways


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv2d(32, 512, 3, padding=1), (24, 8, 8)),
        (nn.Conv2d(64, 64, 3, padding=1), (24, 8, 8)),
        (nn.Conv2d(128, 128, 5, padding=2), (24, 8, 8)),
        (nn.Conv2d(128, 128, 1), (24, 8, 8)),
        (nn.Conv2d(128, 128, 3, padding=1), (24, 5, 8)),
        (nn.Conv2d(128, 128, 3, padding=1), (96, 2, 2)),
        (nn.Conv2d(128, 128, 3, padding=1), (23, 8, 8)),
        (nn.Conv2d(128, 128, 3, padding=1), (0, 8, 8)),
        (nn.Conv2d(512, 576, 3, padding=1), (24, 8, 8)),
        (nn.Conv2d(64, 128, 3, padding=1, dtype=torch.float64), (24, 8, 8)),
    ],
    ids=str,
)
def test_where_it_would_not_pay_the_plain_way_is_gone(
    ways: list[str], layer: nn.Conv2d, shape: tuple[int, int, int]
) -> None:
    pictures, *size = shape
    LearningConv2d.of(layer)(torch.randn(pictures, layer.in_channels, *size, dtype=layer.weight.dtype))
    assert not ways


@pytest.mark.parametrize("bias", [True, False])
def test_what_follows_may_write_over_what_it_puts_out(ways: list[str], bias: bool) -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(64, 128, 3, padding=1, bias=bias)
    pictures = torch.randn(24, 64, 8, 8)
    found = []
    for each in (layer, LearningConv2d.of(layer)):
        layer.zero_grad()
        output = nn.functional.relu(each(pictures), inplace=True)
        output.square().mean().backward()  # type: ignore[no-untyped-call]
        found.append([output.detach(), *(parameter.grad for parameter in layer.parameters())])
    assert ways == ["winograd"]
    for one, other in zip(*found, strict=True):
        assert (one - other).norm() < 2e-5 * other.norm()


def test_another_processor_than_it_was_measured_on_goes_the_plain_way(
    ways: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: "AVX512")
    LearningConv2d.of(nn.Conv2d(64, 128, 3, padding=1))(torch.randn(24, 64, 8, 8))
    assert not ways
