"""What a second process brings a training, and what its checkpoints cost it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from app.engine import epochs, recipes, resume, training
from app.engine.configuration import TrainingConfig
from app.engine.devices import CPU
from app.engine.processes import join, leave
from app.settings import Settings
from tests.bench.measurement import Measurement
from tests.bench.training import noise

NETWORKS = ("tinyvgg", "convnet")
STEPS, ROUNDS = 8, 3
MOST_PERCENT = 2.0


def measure() -> Iterator[Measurement]:
    """Rates of one and of two processes with a thread each, in turn; then what is written for resuming."""
    for name in NETWORKS:
        pairs = [(_rate(name, 1), _rate(name, 2)) for _ in range(ROUNDS)]
        one, two = (statistics.median(rates) for rates in zip(*pairs, strict=True))
        yield Measurement(f"{name}: one process of one thread", one, "examples/s")
        yield Measurement(f"{name}: two processes / one", two / one)
    for name in NETWORKS:
        yield Measurement(
            f"{name}: checkpoints and epochs' weights", _percent(name), "% time", at_most=MOST_PERCENT
        )


def _config(name: str) -> TrainingConfig:
    """The recipe's, at full picture size."""
    recipe = recipes.read(Settings().models_dir, name).training
    return recipe.model_copy(update={"epochs": 1, "held_out": 0, "smaller_until": ()})


def _rate(name: str, processes: int) -> float:
    """Examples a second that this many processes get together."""
    with tempfile.TemporaryDirectory() as folder:
        launch = ["torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", "-m"]
        command = [sys.executable, "-m", *launch, "tests.bench.scaling", name, folder]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        return float(json.loads((Path(folder) / "rate").read_bytes()))


def _train_as_one_of_several(name: str, folder: Path) -> None:
    """What each of the processes does; the first one writes the rate."""
    torch.set_num_threads(1)
    together, device = join(CPU)
    config = _config(name)
    pictures = noise(config.batch_of(50_000) * STEPS)
    events = training.train(config, pictures, device, folder / "state", 1e9, processes=together)
    rates = [event.examples_per_second for event in events if isinstance(event, training.Stepped)]
    if together.leads:
        (folder / "rate").write_text(json.dumps(statistics.median(rates[1:])))
    leave()


def _percent(name: str) -> float:
    """The time that goes into checkpoints, written as often as a server's runs do, and epochs' weights."""
    config = _config(name)
    pictures = noise(config.batch_of(50_000) * STEPS)
    checkpoints, weights = _Timed(resume.save), _Timed(epochs.keep)
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(resume, "save", checkpoints),
        patch.object(epochs, "keep", weights),
    ):
        events = training.train(config, pictures, CPU, Path(folder), 0, keep_epochs=True)
        rates = [event.examples_per_second for event in events if isinstance(event, training.Stepped)]
    epoch_seconds = 50_000 / statistics.median(rates[1:])
    share = checkpoints.seconds / Settings().run_checkpoint_seconds + weights.seconds / epoch_seconds
    return 100 * share


class _Timed:
    """A function that remembers how long each call took."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._all: list[float] = []

    @property
    def seconds(self) -> float:
        """The median call's."""
        return statistics.median(self._all)

    def __call__(self, *arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return self._function(*arguments)
        finally:
            self._all.append(time.perf_counter() - began)


if __name__ == "__main__":
    _train_as_one_of_several(sys.argv[1], Path(sys.argv[2]))
