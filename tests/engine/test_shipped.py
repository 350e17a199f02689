"""The networks that are shipped are what was promised of them, and as good as their cards say."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.arithmetic.layers import BatchNorm1d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU
from app.arithmetic.specification import walk
from app.engine import checkpoints, recipes
from app.engine.checkpoints import Checkpoint
from app.engine.datasets import cifar10
from app.engine.evaluation import accuracy
from app.engine.folding import fold_batch_norm
from app.engine.networks import build
from app.settings import Settings
from tests.engine.test_datasets import REAL, needs_cifar10

MODELS = Settings().models_dir
LEAST_ACCURACY = {"mlp": 0.60, "lenet": 0.76, "tinyvgg": 0.80, "convnet": 0.94}
by_name = pytest.mark.parametrize("name", LEAST_ACCURACY)


def shipped(name: str) -> Checkpoint:
    return checkpoints.read(MODELS, name)


def convolutions(name: str) -> list[Conv2d]:
    return [place.layer for place in walk(shipped(name).network.layers) if isinstance(place.layer, Conv2d)]


@by_name
def test_it_is_as_accurate_as_was_promised(name: str) -> None:
    assert shipped(name).card.test_accuracy >= LEAST_ACCURACY[name]


@needs_cifar10
@pytest.mark.parametrize("name", ["mlp", "lenet", "tinyvgg", pytest.param("convnet", marks=pytest.mark.slow)])
def test_its_card_gives_the_accuracy_of_its_weights(name: str) -> None:
    assert REAL is not None
    checkpoint = shipped(name)
    measured = accuracy(checkpoints.load(checkpoint), cifar10(REAL, train=False))
    # Another processor adds in another order, which can turn a picture that is on the edge.
    assert measured == pytest.approx(checkpoint.card.test_accuracy, abs=5e-4)


@by_name
def test_it_is_the_network_of_its_recipe(name: str) -> None:
    config = recipes.read(MODELS, name).training
    described = config.network
    if config.fold_batch_norm:
        described, _ = fold_batch_norm(described, build(described).eval())
    checkpoint = shipped(name)
    assert checkpoint.network == described
    assert checkpoint.card.command.startswith(f"convscope train --network {name}")
    parameters = sum(parameter.numel() for parameter in checkpoints.load(checkpoint).parameters())
    assert checkpoint.card.parameters == parameters


def test_the_mlp_has_dense_layers_only() -> None:
    allowed = Flatten | Linear | ReLU | BatchNorm1d | Dropout
    assert all(isinstance(layer, allowed) for layer in shipped("mlp").network.layers)


def test_lenet_is_in_the_lectures_manner() -> None:
    assert [layer.kernel_size for layer in convolutions("lenet")] == [(5, 5), (5, 5)]
    assert sum(isinstance(layer, MaxPool2d) for layer in shipped("lenet").network.layers) == 2
    assert shipped("lenet").card.parameters <= 100_000


def test_every_number_of_tinyvgg_can_be_read() -> None:
    assert max(layer.out_channels for layer in convolutions("tinyvgg")) <= 16


def test_the_first_filters_of_convnet_can_be_looked_at() -> None:
    assert min(convolutions("convnet")[0].kernel_size) >= 3
    weights: Path = shipped("convnet").folder / checkpoints.WEIGHTS
    assert weights.stat().st_size <= 20_000_000
