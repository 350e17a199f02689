"""Weights that begin as speedruns do: what the first convolution puts out is white, the rest passes it on."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from app.arithmetic.specification import NetworkSpec
from app.engine import epochs, optimizers
from app.engine.beginning import begin, whitening
from app.engine.configuration import TrainingConfig
from app.engine.datasets import digits, normalise, split
from app.engine.devices import CPU
from app.engine.evaluation import accuracy
from app.engine.events import EpochEnded, Finished
from app.engine.networks import build
from app.engine.training import train
from tests.engine.training_data import coloured_pictures

INPUT = {"channels": 3, "height": 32, "width": 32}
FIRST: dict[str, object] = {"type": "conv2d", "out_channels": 24, "kernel_size": 2}
BETWEEN: list[dict[str, object]] = [
    {"type": "gelu"},
    {"type": "conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1, "bias": False},
    {"type": "batch_norm2d"},
    {"type": "max_pool2d", "kernel_size": 31},
    {"type": "flatten"},
]
LAST: dict[str, object] = {"type": "linear", "out_features": 10}


def config(layers: list[dict[str, object]], **fields: object) -> TrainingConfig:
    network = NetworkSpec.model_validate({"name": "begun", "input": INPUT, "layers": layers})
    plain = {"network": network, "dataset": "digits", "epochs": 1, "batch_size": 50, "precision": "float32"}
    return TrainingConfig(**{**plain, "initialisation": "whitened", **fields})  # type: ignore[arg-type]


def test_outputs_are_uncorrelated_and_of_one_size_wherever_pictures_vary() -> None:
    inputs = normalise(coloured_pictures(400).pixels) + 0.1 * torch.randn(400, 3, 32, 32)
    weights = whitening(inputs, torch.Size((24, 3, 2, 2)))
    outputs = F.conv2d(inputs.double(), weights.double()).transpose(0, 1).flatten(1)
    covariance = outputs @ outputs.T / outputs.shape[1]
    half = covariance[::2, ::2]
    variances = half.diagonal()
    assert (half - variances.diag()).abs().max() < 1e-3
    # 5e-4 beside a direction's own variance keeps those along which nothing varies from being blown up.
    assert variances.max() <= 1
    assert variances[:6].min() > 0.9
    assert torch.equal(weights[1::2], -weights[::2])
    assert torch.equal(whitening(inputs, torch.Size((5, 3, 2, 2))), weights[:5]), "the widest first"


def test_the_others_pass_their_channels_on_and_the_last_says_little() -> None:
    pictures = digits(train=True)
    network = build(config([FIRST, *BETWEEN, LAST]).network)
    begin(network, normalise(pictures.pixels[:500]))
    inputs = torch.randn(2, 24, 9, 9)
    convolution = network[2]
    assert isinstance(convolution, nn.Conv2d)
    assert torch.equal(convolution(inputs)[:, :24], inputs)
    assert convolution.weight[24:].abs().min() > 0
    last = network[-1]
    assert isinstance(last, nn.Linear)
    assert last.weight.std().item() == pytest.approx(1 / 32, rel=1e-3)


def test_what_is_to_stay_stays_also_in_a_run_that_is_interrupted_or_forked(tmp_path: Path) -> None:
    asked = config([FIRST, *BETWEEN, LAST], optimizer=optimizers.Muon(dense_lr=0.01))
    pictures = digits(train=True)[:500]
    pauses = iter([False, False, True, *[False] * 100])
    broken = list(train(asked, pictures, CPU, tmp_path / "one", should_pause=lambda: next(pauses)))
    assert not isinstance(broken[-1], Finished)
    *_, again = train(asked, pictures, CPU, tmp_path / "one")
    *_, whole = train(asked, pictures, CPU, tmp_path / "two")
    assert isinstance(again, Finished)
    assert isinstance(whole, Finished)
    first, norm, dense = whole.network[0], whole.network[3], whole.network[-1]
    assert isinstance(first, nn.Conv2d)
    seen, _held_out = split(pictures, asked.held_out)
    mean, std = pictures.source.mean, pictures.source.std
    torch.testing.assert_close(
        first.weight, whitening(normalise(seen.pixels, mean, std), first.weight.shape), rtol=1e-3, atol=1e-3
    )
    assert torch.equal(norm.state_dict()["weight"], torch.ones(32))
    assert norm.state_dict()["bias"].abs().max() > 0
    for key, value in whole.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[key], value), key
    assert dense.state_dict()["weight"].isfinite().all()


def test_the_first_bias_learns_in_the_first_third_alone(tmp_path: Path) -> None:
    asked = config([FIRST, *BETWEEN, LAST], epochs=6, batch_size=100, held_out=0)
    seen = []
    for event in train(asked, digits(train=True)[:200], CPU, tmp_path, keep_epochs=True):
        if isinstance(event, EpochEnded):
            weights = load_file(epochs.path_of(tmp_path, event.epoch))
            seen.append((weights["0.bias"], weights["2.weight"]))
    changes = [[not torch.equal(*two) for two in zip(*pair, strict=True)] for pair in pairwise(seen)]
    assert changes == [[True, True], *[[False, True]] * 4]


@pytest.mark.parametrize(
    "layers",
    [
        [FIRST, *BETWEEN, LAST, {"type": "softmax"}],
        [{"type": "relu"}, FIRST, *BETWEEN, LAST],
        [{**FIRST, "out_channels": 25}, *BETWEEN, LAST],
        [{**FIRST, "groups": 3}, *BETWEEN, LAST],
    ],
)
def test_a_network_that_cannot_begin_so_is_refused_at_the_field(layers: list[dict[str, object]]) -> None:
    with pytest.raises(ValidationError) as caught:
        config(layers)
    (error,) = caught.value.errors()
    assert error["ctx"]["error"].field == "initialisation"
    config(layers, initialisation="usual")


def test_with_mirror_images_a_picture_is_seen_from_both_sides() -> None:
    """A network that only looks to the left, at how bright it is there, sees the right in the mirror."""
    pictures = coloured_pictures(64)

    class LeftOrNot(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            left = x[..., :10].mean((1, 2, 3))
            return torch.stack([left, -left, *[torch.full_like(left, -9)] * 8], 1)

    inputs = normalise(pictures.pixels)
    both = (inputs[..., :10].mean((1, 2, 3)) + inputs[..., 22:].mean((1, 2, 3))) / 2
    expected = ((both < 0).long() == pictures.labels).float().mean().item()
    assert accuracy(LeftOrNot(), pictures, mirrored=True) == pytest.approx(expected)
