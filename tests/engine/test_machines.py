"""Two machines train one network; with a process killed it ends with the weights of an unbroken run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.engine import machines
from tests.engine.machines import Machine
from tests.engine.training_data import small_network

ROOT = Path(__file__).resolve().parents[2]
PORT = 29400
WAIT_SECONDS = 120
RECIPE = {
    "title": {"en": "Small", "ko": "작은"},
    "training": {
        "network": small_network().dump(),
        "dataset": "digits",
        "batch_size": 101,
        "epochs": 40,
        "precision": "float32",
    },
}


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Machine, Machine]]:
    try:
        with machines.two() as made:
            yield made
    except machines.NoMachines as error:
        pytest.skip(f"no two machines: {error}")


class Run:
    """One training on two machines, each with its own disk and its own ``torchrun``."""

    def __init__(self, pair: tuple[Machine, Machine], folder: Path) -> None:
        self.pair, self.folder = pair, folder
        self.launchers: dict[Machine, subprocess.Popen[bytes]] = {}
        for machine in pair:
            models = self.disk(machine) / "models" / "small"
            models.mkdir(parents=True)
            (models / "recipe.json").write_text(json.dumps(RECIPE))
            self.start(machine)

    def disk(self, machine: Machine) -> Path:
        return self.folder / machine.address

    def start(self, machine: Machine) -> None:
        """What a person types on each machine."""
        meeting = ["--rdzv-backend=c10d", f"--rdzv-endpoint={self.pair[0].address}:{PORT}", "--rdzv-id=test"]
        meeting += [f"--rdzv-conf=is_host={int(machine is self.pair[0])}"]
        launch = ["--nnodes=2", "--nproc-per-node=1", "--max-restarts=3", *meeting]
        launch += [f"--local-addr={machine.address}", "-m", "app.cli"]
        training = ["train", "--network", "small", "--device", "cpu", "--checkpoint-seconds", "0.2"]
        training += [
            "--models",
            str(self.disk(machine) / "models"),
            "--state",
            str(self.disk(machine) / "state"),
        ]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": machines.LINK}
        with (self.disk(machine) / "log").open("ab") as log:
            self.launchers[machine] = subprocess.Popen(
                machine.within([sys.executable, "-m", "torch.distributed.run", *launch, *training]),
                cwd=ROOT,
                env={**environment, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )

    def wait(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds():
            assert time.monotonic() < deadline, self.told()
            time.sleep(0.02)

    def told(self) -> str:
        return "\n".join((self.disk(machine) / "log").read_text() for machine in self.pair)

    def saved(self) -> int:
        """The step of the newest checkpoint on either disk."""
        return max((int(path.stem[5:]) for path in self.folder.glob("*/state/step-*.json")), default=0)

    def weights(self) -> dict[str, Tensor]:
        """Those it ends with, wherever they were written."""
        for launcher in self.launchers.values():
            self.wait(lambda launcher=launcher: launcher.poll() is not None)  # type: ignore[misc]
            assert launcher.returncode == 0, self.told()
        (written,) = self.folder.glob("*/models/small/weights.safetensors")
        return load_file(written)


def kill(numbers: list[int]) -> None:
    assert numbers
    for number in numbers:
        os.kill(number, signal.SIGKILL)


@pytest.fixture(scope="module")
def unbroken(pair: tuple[Machine, Machine], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tensor]:
    return Run(pair, tmp_path_factory.mktemp("unbroken")).weights()


@pytest.mark.slow
@pytest.mark.parametrize("place", [0, 1], ids=["where they meet", "the other"])
def test_a_process_that_is_killed_is_started_again_and_the_run_ends_as_if_it_had_not_been(
    place: int, pair: tuple[Machine, Machine], unbroken: dict[str, Tensor], tmp_path: Path
) -> None:
    run = Run(pair, tmp_path)
    run.wait(lambda: run.saved() > 50)
    kill(pair[place].processes("-u -m app.cli"))
    weights = run.weights()
    assert "going on from step" in run.told()
    assert weights.keys() == unbroken.keys()
    assert all(torch.equal(value, weights[key]) for key, value in unbroken.items())
