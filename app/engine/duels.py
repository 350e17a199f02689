"""Duels: a few runs that differ in one thing, what they are, and what came of them. Never PyTorch.

``models/duels/<name>.json`` is what :mod:`app.engine.duelling` measured, and the command that does it again.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from app.arithmetic.specification import NetworkSpec
from app.engine.configuration import TrainingConfig

FOLDER = "duels"
PRUNED_SHARES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99)
_INPUT = {"channels": 3, "height": 32, "width": 32}
_MLP: list[dict[str, Any]] = [
    {"type": "flatten"},
    {"type": "linear", "out_features": 64},
    {"type": "relu"},
    {"type": "linear", "out_features": 10},
]
_CNN: list[dict[str, Any]] = [
    {"type": "conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1, "bias": False},
    {"type": "batch_norm2d"},
    {"type": "relu"},
    {"type": "max_pool2d", "kernel_size": 2},
    {"type": "conv2d", "out_channels": 64, "kernel_size": 3, "padding": 1, "bias": False},
    {"type": "batch_norm2d"},
    {"type": "relu"},
    {"type": "max_pool2d", "kernel_size": 2},
    {"type": "conv2d", "out_channels": 240, "kernel_size": 3, "padding": 1, "bias": False},
    {"type": "batch_norm2d"},
    {"type": "relu"},
    {"type": "max_pool2d", "kernel_size": 2},
    {"type": "flatten"},
    {"type": "linear", "out_features": 10},
]
"""Within 2 % of the MLP's parameters."""

_LOW, _MIDDLE, _HIGH = (0.001, 0.003, 0.01), (0.003, 0.01, 0.03), (0.03, 0.1, 0.3)
RACERS: dict[str, tuple[dict[str, Any], tuple[float, ...]]] = {
    "sgd": ({"name": "sgd", "momentum": 0, "nesterov": False}, _HIGH),
    "momentum": ({"name": "sgd", "momentum": 0.9, "nesterov": False}, _MIDDLE),
    "nesterov": ({"name": "sgd", "momentum": 0.9, "nesterov": True}, _MIDDLE),
    "adagrad": ({"name": "adagrad"}, _MIDDLE),
    "rmsprop": ({"name": "rmsprop"}, (0.0003, 0.001, 0.003)),
    "adam": ({"name": "adam"}, _LOW),
    "adamw": ({"name": "adamw"}, _LOW),
    "muon": ({"name": "muon"}, (0.01, 0.03, 0.1)),
}
"""Optimizers by the names of their colours, and the learning rates that each is tried with."""
BATCHES: dict[str, tuple[int | str, tuple[float, ...]]] = {
    "full": ("full", _HIGH),
    "mini": (100, _HIGH),
    "single": (1, (0.0003, 0.001, 0.003)),
}
"""How many pictures make an update, and the learning rates that each is tried with."""


def _halving(kind: str, *maps: int) -> list[dict[str, Any]]:
    """Layers of this kind, each of which halves height and width, and a dense one."""
    layers = [
        {"type": kind, "out_channels": count, "kernel_size": 3, "stride": 2, "padding": 1} for count in maps
    ]
    steps = [step for layer in layers for step in (layer, {"type": "relu"})]
    return [*steps, {"type": "flatten"}, {"type": "linear", "out_features": 10}]


@dataclasses.dataclass(frozen=True)
class Contender:
    """One run of a duel.

    Attributes:
        group: whose try it is, where several are tried and the one that held-out pictures prefer is shown.
    """

    name: str
    config: TrainingConfig
    group: str = ""


@dataclasses.dataclass(frozen=True)
class Duel:
    """Runs to compare; with `prunes` the one of that name loses its smallest weights afterwards."""

    name: str
    contenders: tuple[Contender, ...]
    prunes: str | None = None


class UnknownDuel(ValueError):
    """There is no duel of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no duel called {name}. There are: {', '.join(names())}.")


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Outcome(_Read):
    """What a run did; accuracies are fractions, of the training pictures as they were trained on."""

    name: str
    parameters: int
    configuration: dict[str, Any]
    epochs: tuple[int, ...]
    train_accuracy: tuple[float, ...]
    test_accuracy: tuple[float, ...]
    held_out_accuracy: tuple[float, ...] = ()
    group: str = ""


class Pruned(_Read):
    """The test accuracy left when this share of the weights, the smallest, is 0."""

    share: float
    test_accuracy: float


class Report(_Read):
    """What a duel measured, where and by which command."""

    name: str
    command: str
    device: str
    torch_version: str
    outcomes: tuple[Outcome, ...]
    pruned: tuple[Pruned, ...] = ()

    def outcome(self, name: str) -> Outcome:
        """The run of that name."""
        return next(each for each in self.outcomes if each.name == name)

    def chosen(self) -> dict[str, Outcome]:
        """Of each group the run that ended best on the pictures held out, by the groups' names, in order."""
        best: dict[str, Outcome] = {}
        for each in self.outcomes:
            rival = best.get(each.group)
            if rival is None or each.held_out_accuracy[-1] > rival.held_out_accuracy[-1]:
                best[each.group] = each
        return best


def names() -> tuple[str, ...]:
    """Of all duels."""
    return tuple(_MADE)


def contender(name: str) -> Contender:
    """A run of a duel, by the name of both: ``pixels/cnn-shuffled``.

    Raises:
        UnknownDuel: there is no such run.
    """
    duel_name, _slash, run_name = name.partition("/")
    for each in duel(duel_name).contenders:
        if each.name == run_name:
            return each
    raise UnknownDuel(name)


def duel(name: str) -> Duel:
    """What is run in the duel `name`.

    Raises:
        UnknownDuel
    """
    if name not in _MADE:
        raise UnknownDuel(name)
    return _MADE[name]()


def reports(models: Path) -> tuple[Report, ...]:
    """What was measured, of the duels that were, in their order."""
    paths = (models / FOLDER / f"{name}.json" for name in names())
    return tuple(Report.model_validate_json(path.read_bytes()) for path in paths if path.exists())


def _config(name: str, layers: list[dict[str, Any]], **fields: Any) -> TrainingConfig:
    network = NetworkSpec.model_validate_json(json.dumps({"name": name, "input": _INPUT, "layers": layers}))
    values = {
        "optimizer": {"name": "adamw", "lr": 0.002},
        "batch_size": 250,
        # A crop or a mirror image of shuffled pixels would be another shuffle: no one gets any.
        "augmentation": {"crop_padding": 0, "flip": False},
        "held_out": 0,
        "precision": "bfloat16",
        **fields,
    }
    return TrainingConfig.model_validate_json(json.dumps({"network": network.dump(), **values}))


def _pixels() -> Duel:
    settings = {"train_examples": 20_000, "epochs": 12}
    mlp, cnn = _config("mlp", _MLP, **settings), _config("cnn", _CNN, **settings)
    shuffled = {"shuffled": "pixels"}
    return Duel(
        "pixels",
        (
            Contender("mlp", mlp),
            Contender("cnn", cnn),
            Contender("mlp-shuffled", mlp.model_copy(update=shuffled)),
            Contender("cnn-shuffled", cnn.model_copy(update=shuffled)),
        ),
    )


def _sharing() -> Duel:
    """Of as many maps, and of as many parameters as without sharing (within 1 %)."""
    networks = {
        "shared": _halving("conv2d", 16, 16),
        "local": _halving("locally_connected2d", 16, 16),
        "wide": _halving("conv2d", 96, 180),
    }
    configs = {
        name: _config(name, layers, train_examples=20_000, epochs=12) for name, layers in networks.items()
    }
    return Duel("sharing", tuple(Contender(name, config) for name, config in configs.items()))


def _optimizers() -> Duel:
    """Eight optimizers at three rates each, which stay: the first steps and the last are of one size."""
    layers = _halving("conv2d", 16, 32)
    settings: dict[str, Any] = {"train_examples": 10_000, "held_out": 2000, "epochs": 8, "batch_size": 100}
    settings |= {"schedule": {"name": "constant"}, "precision": "float32"}
    contenders = []
    for group, (optimizer, rates) in RACERS.items():
        for rate in rates:
            config = _config("racer", layers, **settings, optimizer={**optimizer, "lr": rate})
            contenders.append(Contender(f"{group}-{rate}", config, group=group))
    return Duel("optimizers", tuple(contenders))


def _batches() -> Duel:
    """Plain gradient descent by all pictures at once, by some and by one, at three rates each."""
    layers = _halving("conv2d", 16, 32)
    settings: dict[str, Any] = {"train_examples": 5000, "held_out": 2000, "epochs": 10}
    settings |= {"schedule": {"name": "constant"}, "precision": "float32"}
    contenders = []
    for group, (size, rates) in BATCHES.items():
        for rate in rates:
            optimizer = {"name": "sgd", "momentum": 0, "nesterov": False, "lr": rate}
            config = _config("racer", layers, **settings, batch_size=size, optimizer=optimizer)
            contenders.append(Contender(f"{group}-{rate}", config, group=group))
    return Duel("batches", tuple(contenders))


def _labels() -> Duel:
    cnn = _config("cnn", _CNN, train_examples=2000, epochs=60)
    shuffled = cnn.model_copy(update={"shuffled": "labels"})
    return Duel("labels", (Contender("cnn", cnn), Contender("cnn-shuffled", shuffled)))


def _pruning() -> Duel:
    mlp = _config("mlp", _MLP, train_examples=50_000, epochs=12)
    return Duel("pruning", (Contender("mlp", mlp),), prunes="mlp")


_MADE = {
    "pixels": _pixels,
    "sharing": _sharing,
    "batches": _batches,
    "optimizers": _optimizers,
    "pruning": _pruning,
    "labels": _labels,
}
