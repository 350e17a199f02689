"""From a committed configuration to a network on disk: ``models/<name>/recipe.json`` is how it is trained."""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path

import torch
from pydantic import ValidationError

from app.arithmetic.fields import Spec
from app.arithmetic.layers import InvalidSpec
from app.engine import checkpoints, datasets
from app.engine.checkpoints import Card, Normalisation, Title, UnknownNetwork
from app.engine.evaluation import accuracy
from app.engine.folding import fold_batch_norm
from app.engine.training import Finished, TrainingConfig

RECIPE = "recipe.json"


class Recipe(Spec):
    """A network's title and everything that decides its weights."""

    title: Title
    training: TrainingConfig


class BrokenRecipe(ValueError):
    """A recipe that does not say what it must."""


def read(models: Path, name: str) -> Recipe:
    """The recipe of the network `name`.

    Raises:
        UnknownNetwork: there is none.
        BrokenRecipe: it cannot be read.
    """
    available = {path.parent.name: path for path in models.glob(f"*/{RECIPE}")}
    if name not in available:
        raise UnknownNetwork(name)
    try:
        return Recipe.model_validate_json(available[name].read_bytes())
    except (ValidationError, InvalidSpec) as error:
        raise BrokenRecipe(f"{available[name]}: {error}") from error


def ship(
    models: Path,
    recipe: Recipe,
    finished: Finished,
    held_out_accuracy: float | None,
    data: Path,
    command: str,
    device: torch.device,
) -> Card:
    """Writes the trained network's folder. This is where the test set is looked at, once."""
    config = recipe.training
    network, built = config.network, finished.network
    if config.fold_batch_norm:
        network, built = fold_batch_norm(network, built)
    weights = checkpoints.weights_of(built)
    card = Card(
        name=network.name,
        title=recipe.title,
        classes=list(datasets.CLASSES),
        normalisation=Normalisation(mean=datasets.MEAN, std=datasets.STD),
        test_accuracy=accuracy(built, datasets.cifar10(data, train=False)),
        held_out_accuracy=held_out_accuracy,
        parameters=sum(parameter.numel() for parameter in built.parameters()),
        sha256=hashlib.sha256(weights).hexdigest(),
        seed=config.seed,
        epochs=config.epochs,
        command=command,
        trained_seconds=round(finished.seconds, 1),
        device=describe(device),
        torch_version=torch.__version__,
    )
    checkpoints.save(models, network, weights, card)
    return card


def describe(device: torch.device) -> str:
    """The device in words: ``CPU, 2 threads, x86_64`` or the accelerator's own name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"CPU, {threads} thread{'s' if threads > 1 else ''}, {platform.machine()}"
    return device.type
