"""`convscope train` with what a person would change; `evaluate` finds what it wrote."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, load_file
from typer.testing import CliRunner, Result

from app.cli import app
from app.engine import checkpoints
from tests import small_networks
from tests.engine.training_data import small_network

RECIPE: dict[str, Any] = {
    "title": {"en": "Small", "ko": "작은"},
    "training": {"network": small_network().dump(), "batch_size": 100, "epochs": 1, "precision": "float32"},
}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with one recipe, and nothing trained."""
    (tmp_path / "models" / "small").mkdir(parents=True)
    (tmp_path / "models" / "small" / "recipe.json").write_text(json.dumps(RECIPE))
    return tmp_path / "models"


def run(models: Path, *arguments: str) -> Result:
    state = str(models.parent / "state")
    every = ["--network", "small", "--models", str(models), "--state", state, "--device", "cpu"]
    return CliRunner().invoke(app, ["train", *every, *arguments])


def test_digits_are_trained_with_the_options_given_and_written_beside_the_others(models: Path) -> None:
    options = ["--dataset", "digits", "--optimizer", "sgd", "--lr", "0.05", "--batch-size", "50"]
    result = run(models, *options, "--schedule", "linear", "--epochs", "2")
    assert result.exit_code == 0, result.output
    card = checkpoints.read(models, "small-digits").card
    assert card.dataset == "digits"
    assert card.classes == list("0123456789")
    assert card.test_accuracy > 0.5
    given = "--epochs 2 --dataset digits --optimizer sgd --lr 0.05 --batch-size 50 --schedule linear"
    assert card.command == f"convscope train --network small {given}"
    measured = CliRunner().invoke(app, ["evaluate", "small-digits", "--models", str(models), "--json"])
    assert json.loads(measured.output)["test_accuracy"] == pytest.approx(card.test_accuracy)


def test_it_is_called_as_asked(models: Path) -> None:
    result = run(models, "--dataset", "digits", "--name", "mine")
    assert result.exit_code == 0, result.output
    assert checkpoints.names(models) == ["mine"]


def test_what_follows_in_a_recipe_begins_with_what_came_before(models: Path) -> None:
    still = {"epochs": 1, "optimizer": {"name": "sgd", "lr": 1e-9, "weight_decay": 0}, "warmup": 0}
    then = [{"epochs": 1, "optimizer": {"name": "sgd", "lr": 0.05}}, still]
    training = {**RECIPE["training"], "dataset": "digits", "epochs": 2}
    (models / "small" / "recipe.json").write_text(json.dumps({**RECIPE, "training": training, "then": then}))
    whole = run(models)
    assert whole.exit_code == 0, whole.output
    assert [f"part {number} of 3" in whole.output for number in (1, 2, 3)] == [False, True, True]
    card = checkpoints.read(models, "small").card
    assert (card.epochs, card.command) == (4, "convscope train --network small")
    weights = (models / "small" / "weights.safetensors").read_bytes()
    before = load_file(max((models.parent / "state" / "then").glob("step-*.safetensors")))
    for name, value in load(weights).items():
        if name.endswith(("weight", "bias")):
            torch.testing.assert_close(value, before[f"network.{name}"], rtol=1e-5, atol=1e-6)
    assert run(models).exit_code == 0  # from what was kept of its parts
    assert (models / "small" / "weights.safetensors").read_bytes() == weights
    seeded = run(models, "--seed", "3", "--name", "other", "--state", str(models.parent / "seeded"))
    assert checkpoints.read(models, "other").card.epochs == 4, seeded.output
    shorter = run(models, "--epochs", "1")
    assert "only the first of its 3 trainings" in shorter.output
    assert checkpoints.read(models, "small").card.epochs == 1


@pytest.mark.parametrize(("then", "word"), [({"epochs": 0}, "epochs"), ({"held_out": 5}, "held_out")])
def test_what_is_wrong_with_what_follows_is_told_before_anything_is_trained(
    models: Path, then: dict[str, int], word: str
) -> None:
    (models / "small" / "recipe.json").write_text(json.dumps({**RECIPE, "then": [then]}))
    result = run(models)
    assert result.exit_code == 1
    assert word in result.output


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--optimizer", "lion"], "optimizer"),
        (["--lr", "-1"], "lr"),
        (["--batch-size", "half"], "batch_size"),
        (["--schedule", "sine"], "schedule"),
        (["--dataset", "mnist"], "dataset"),
        (["--name", "../out"], "name"),
    ],
)
def test_an_option_that_is_none_is_named(models: Path, arguments: list[str], word: str) -> None:
    result = run(models, *arguments)
    assert result.exit_code == 2
    assert word in result.output
    assert "warmup" not in result.output  # its default follows from the schedule: not a fault of its own
    assert "Traceback" not in result.output


@pytest.mark.parametrize("device", ["banana", "meta", "xla"])
def test_a_device_that_is_not_here_is_one_sentence(models: Path, device: str) -> None:
    result = run(models, "--device", device)
    assert result.exit_code == 1
    assert (device in result.output, "Traceback" in result.output) == (True, False)
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize(("target", "status"), [("0.5", 0), ("1", 1)])
def test_a_target_that_is_missed_is_told_by_the_status(models: Path, target: str, status: int) -> None:
    result = run(models, "--dataset", "digits", "--epochs", "3", "--target-accuracy", target)
    assert result.exit_code == status, result.output
    told = re.search(r"([\d.]+)% with mirror images, where the target is ([\d.]+)%", result.output)
    assert told
    assert float(told[2]) == 100 * float(target)
    assert (float(told[1]) >= float(told[2])) == (status == 0)


def test_divergence_is_one_sentence(models: Path) -> None:
    result = run(
        models, "--dataset", "digits", "--optimizer", "sgd", "--lr", "1000", "--schedule", "constant"
    )
    assert result.exit_code == 1
    assert "learning rate" in result.output


def test_pictures_are_downloaded_for_a_training_and_for_nothing_else(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[object] = []
    monkeypatch.setattr(
        "torchvision.datasets.cifar.download_and_extract_archive", lambda *given, **_: fetched.append(given)
    )
    small_networks.write(models, "plain", small_networks.PLAIN)
    data = ["--data", str(models.parent / "data")]
    evaluated = CliRunner().invoke(app, ["evaluate", "plain", "--models", str(models), *data])
    assert (evaluated.exit_code, fetched) == (1, [])
    assert run(models, *data).exit_code == 1
    assert len(fetched) == 1
