"""A rearranged network computes what it did, with the same gradients, under the same names."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from app.arithmetic.specification import NetworkSpec
from app.engine.networks import build
from app.engine.rearrangement import GlobalAveragePool, rearrange

CONVOLUTION = {"type": "conv2d", "out_channels": 6, "kernel_size": 3, "padding": 1}
NORM, RELU, SIGMOID = {"type": "batch_norm2d"}, {"type": "relu"}, {"type": "sigmoid"}
POOL, GLOBAL = {"type": "max_pool2d", "kernel_size": 2}, {"type": "adaptive_avg_pool2d", "output_size": 1}
HEAD = [{"type": "flatten"}, {"type": "linear", "out_features": 10}]


def network(*layers: object) -> nn.Sequential:
    torch.manual_seed(0)
    named = {"name": "small", "input": {"channels": 3, "height": 32, "width": 32}}
    return build(NetworkSpec.model_validate({**named, "layers": [*layers, *HEAD]}))


def results(module: nn.Sequential) -> dict[str, Tensor]:
    """The logits of some pictures, and the gradient of every weight and of the pictures."""
    pictures = torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(1)).requires_grad_()
    logits = module(pictures.contiguous(memory_format=torch.channels_last))
    nn.functional.cross_entropy(logits, torch.arange(8)).backward()  # type: ignore[no-untyped-call]
    gradients = {name: weight.grad for name, weight in [*module.named_parameters(), ("pictures", pictures)]}
    return {"logits": logits.detach(), **{name: each for name, each in gradients.items() if each is not None}}


@pytest.mark.parametrize(
    "layers",
    [
        [CONVOLUTION, NORM, RELU, POOL, CONVOLUTION, RELU, POOL, GLOBAL],
        [CONVOLUTION, POOL, NORM, RELU, {"type": "residual", "layers": [CONVOLUTION, RELU]}, GLOBAL],
        [CONVOLUTION, {"type": "residual", "layers": [RELU, CONVOLUTION, NORM]}, SIGMOID, RELU, CONVOLUTION],
        [
            {
                "type": "residual",
                "layers": [RELU, {"type": "max_pool2d", "kernel_size": 3, "stride": 1, "padding": 1}],
            }
        ],
        [RELU, POOL, RELU, POOL, {**GLOBAL, "output_size": 2}],
    ],
    ids=["plain", "residual", "pre-activated", "shared", "nothing-before"],
)
def test_it_computes_what_it_did_with_the_same_gradients(layers: list[object]) -> None:
    plain = network(*layers)
    rearranged = copy.deepcopy(plain)
    rearrange(rearranged)
    expected, got = results(plain), results(rearranged)
    assert expected.keys() == got.keys()
    for name, value in expected.items():
        torch.testing.assert_close(got[name], value, rtol=1e-5, atol=1e-7, msg=name)
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(rearranged.state_dict()[name], value)


def test_it_moves_fewer_bytes() -> None:
    module = network(CONVOLUTION, NORM, RELU, POOL, GLOBAL)
    rearrange(module)
    assert [type(layer) for layer in module[1:5]] == [
        nn.BatchNorm2d,
        nn.MaxPool2d,
        nn.ReLU,
        GlobalAveragePool,
    ]
    assert module[3].inplace
