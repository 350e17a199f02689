"""A configuration refuses what cannot be trained, and means what it meant when fields are added."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.engine import recipes
from app.engine.configuration import TrainingConfig, changed, fingerprint
from app.settings import Settings
from tests.engine.training_data import small_network

MODELS = Settings().models_dir
FIRST_PLAIN = "08db01b5a8244295992919d8851d7aea24638d33b42dad994dafa7a258a5ec76"
FIRST_SGD = "47f6487743c878fa082a205856c7b305905e6240124dcc25a4ab1b89ed4a041b"
FIRST_MUON = "4eed6c59aa9f6e9990918ab6533043e99efaeb7457fae471051bb2e2d4026fba"
HEAD: list[dict[str, Any]] = [{"type": "flatten"}, {"type": "linear", "out_features": 10}]


def read(**fields: Any) -> TrainingConfig:
    network = small_network().dump()
    return TrainingConfig.model_validate_json(json.dumps({"network": network, **fields}))


def with_layers(*layers: dict[str, Any]) -> dict[str, Any]:
    return {**small_network().dump(), "layers": list(layers)}


def test_the_fingerprint_of_an_earlier_version_is_still_that_of_what_it_configured() -> None:
    assert fingerprint(read()) == FIRST_PLAIN
    assert fingerprint(read(optimizer={"name": "sgd", "lr": 0.05}, warmup=0.3)) == FIRST_SGD
    assert fingerprint(read(optimizer={"name": "muon"}, augmentation={"cutout": 4})) == FIRST_MUON


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": {"name": "adamw", "eps": 1e-7}},
        {"optimizer": {"name": "adam"}},
        {"schedule": {"name": "constant"}},
        {"warmup": 0.1},
        {"dataset": "digits"},
        {"batch_size": "full"},
        {"train_examples": 100},
        {"network": {**small_network().dump(), "name": "other"}},
    ],
    ids=str,
)
def test_whatever_changes_the_weights_changes_the_fingerprint(change: dict[str, Any]) -> None:
    assert fingerprint(read(**change)) != fingerprint(read())


def test_the_weights_begun_with_are_part_of_the_fingerprint() -> None:
    config = read()
    assert len({fingerprint(config), fingerprint(config, b"one"), fingerprint(config, b"two")}) == 3


def test_every_committed_recipe_can_be_read_and_means_what_it_did() -> None:
    found = sorted(MODELS.glob("*/recipe.json"))
    assert found
    for path in found:
        config = recipes.read(MODELS, path.parent.name).training
        said = json.loads(path.read_bytes())["training"]
        assert config.warmup == said["warmup"]
        assert config.dataset == said.get("dataset", "cifar10")
        assert config.schedule.name == said.get("schedule", {}).get("name", "cosine")
        assert config.held_out == said.get("held_out", 5000)


@pytest.mark.parametrize(
    ("schedule", "warmup"), [("cosine", 0.2), ("one_cycle", 0.3), ("constant", 0), ("step", 0), ("linear", 0)]
)
def test_each_schedule_has_its_usual_warmup(schedule: str, warmup: float) -> None:
    assert read(schedule={"name": schedule}).warmup == warmup
    assert read(schedule={"name": schedule}, warmup=0.15).warmup == 0.15


def test_a_dataset_decides_what_is_held_out_and_whether_pictures_are_mirrored() -> None:
    assert (read().held_out, read().examples, read().mirrors) == (5000, 45_000, True)
    digits = read(dataset="digits", augmentation={"flip": True})
    assert (digits.held_out, digits.examples, digits.mirrors) == (237, 1200, False)
    assert read(dataset="digits", train_examples=50).examples == 50


def test_a_full_batch_is_every_training_picture() -> None:
    assert read(batch_size="full").batch_of(45_000) == 45_000
    assert read(batch_size=64).batch_of(45_000) == 64
    assert read(batch_size=64).batch_of(50) == 50


def test_stages_follow_the_sizes_of_the_pictures() -> None:
    pooled = with_layers(
        {"type": "conv2d", "out_channels": 4, "kernel_size": 3},
        {"type": "adaptive_avg_pool2d", "output_size": 1},
        *HEAD,
    )
    config = read(network=pooled, smaller_until=[[0.3, 20], [0.6, 24]])
    assert list(config.stages()) == [(0.0, 0.3), (0.3, 0.6), (0.6, 1.0)]
    assert [config.side_at(progress) for progress in (0, 0.29, 0.3, 0.6, 0.99)] == [20, 20, 24, 32, 32]
    assert list(read().stages()) == [(0.0, 1.0)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"network": with_layers(*HEAD[:1], {"type": "linear", "out_features": 9})}, "end in 10 numbers"),
        ({"network": with_layers({"type": "relu"})}, "ends in 3 × 32 × 32"),
        (
            {"network": {**with_layers(*HEAD), "input": {"channels": 1, "height": 28, "width": 28}}},
            "1 × 28 × 28",
        ),
        ({"network": with_layers({"type": "linear", "out_features": 10})}, "flatten"),
        (
            {
                "network": with_layers(
                    {"type": "adaptive_avg_pool2d", "output_size": [2, 5]}, {"type": "relu"}
                )
            },
            "end in 10 numbers",
        ),
        ({"smaller_until": [[0.5, 20]]}, "20 × 20 as well"),
        ({"dataset": "digits", "held_out": 1437}, "at most 1435"),
        (
            {"batch_size": 1, "network": with_layers({"type": "flatten"}, {"type": "batch_norm1d"}, HEAD[1])},
            "batch_norm1d_1",
        ),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": "half"}, "full"),
        ({"dataset": "mnist"}, "dataset"),
        ({"learning_rate": 1}, "learning_rate"),
    ],
    ids=lambda value: "",
)
def test_what_cannot_be_trained_is_refused_in_words(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        read(**fields)


def test_a_batch_of_one_is_fine_where_batch_norms_see_a_whole_map() -> None:
    assert read(batch_size=1).batch_size == 1


def test_a_change_takes_the_place_of_the_recipes_own() -> None:
    recipe = recipes.read(MODELS, "tinyvgg").training
    assert changed(recipe) == recipe
    assert changed(recipe, lr=0.2).optimizer.model_dump() == {**recipe.optimizer.model_dump(), "lr": 0.2}
    assert changed(recipe, optimizer="adam").optimizer.model_dump()["betas"] == (0.9, 0.999)
    other = changed(
        recipe, optimizer="sgd", lr=0.3, schedule="constant", batch_size="full", dataset="digits", epochs=3
    )
    assert (other.optimizer.lr, other.schedule.name, other.warmup, other.batch_size) == (
        0.3,
        "constant",
        0,
        "full",
    )
    assert (other.held_out, other.epochs, other.network) == (237, 3, recipe.network)
    for refused in ({"optimizer": "lion"}, {"lr": 0.0}, {"batch_size": "half"}, {"dataset": "mnist"}):
        with pytest.raises(ValidationError):
            changed(recipe, **refused)


def test_a_configuration_is_read_without_pytorch() -> None:
    code = "import sys, app.engine.configuration, app.engine.events; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path.cwd()).returncode == 0
