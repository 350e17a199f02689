"""Whatever is killed, and when: a run ends with the weights of an unbroken one, and nothing is left over."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import torch
from safetensors.torch import load as tensors_of

from app.engine import training
from app.engine.events import Finished
from app.runs import identity
from tests.ports import free_port
from tests.runs.examples import body, config
from tests.runs.trainer import STEP_SECONDS, load

ROOT = Path(__file__).resolve().parents[2]
EPOCHS, STEPS_PER_EPOCH = 4, 18
WAIT_SECONDS = 240


class Served:
    """A server process that can be killed and started again, and what it looks after."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.port = free_port()
        self.folder, self.workers = folder, workers
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}/api/v1", timeout=30)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = {
            "PORT": self.port,
            "WORKERS": self.workers,
            "RUNS_DIR": self.folder,
            "RUN_CHECKPOINT_SECONDS": 0.3,
            "RUN_NICE": 0,
            "RUN_THREADS": 1,
            "RUNS_LOOK_SECONDS": 0.1,
            "RUN_WATCH_SECONDS": 0.1,
            "LOG_LEVEL": "warning",
        }
        environment = {f"CONVSCOPE_{name}": str(value) for name, value in options.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.runs.served"],
            cwd=ROOT,
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT), STEP_SECONDS: "0.03"},
        )
        self.wait(self.answers)

    def answers(self) -> bool:
        try:
            return self.client.get("/runs").status_code == 200
        except httpx2.TransportError:
            return False

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends a signal to the process that was started, and waits until its workers have ended too."""
        if self.process is not None:
            workers = children(self.process.pid) if self.workers > 1 else []
            self.process.send_signal(number)
            self.process.wait(40)
            self.process = None
            self.wait(lambda: not any(map(identity.started, workers)))

    def run(self, run_id: str) -> dict[str, Any]:
        answer = self.client.get(f"/runs/{run_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def wait(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.05)


Serve = Callable[[int], Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a server of so many processes."""
    started: list[Served] = []

    def start(workers: int) -> Served:
        started.append(served := Served(tmp_path, workers))
        served.start()
        return served

    try:
        yield start
    finally:
        for served in started:
            served.kill()
            served.client.close()
        for pid in trainers():
            os.kill(pid, signal.SIGKILL)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def trainers(run_id: str | None = None) -> list[int]:
    """The processes that train a run, or any run of these tests."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if "tests.runs.trainer" in words and (run_id is None or run_id in words):
            found.append(int(path.parent.name))
    return found


def unbroken(folder: Path) -> dict[str, torch.Tensor]:
    """The weights that the run must end with."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    asked = config(epochs=EPOCHS).training
    events = training.train(asked, load("cifar10", folder, train=True), torch.device("cpu"), folder)
    ended = next(event for event in events if isinstance(event, Finished))
    torch.set_num_threads(threads)
    return dict(ended.network.state_dict())


def events_of(served: Served, run_id: str) -> list[dict[str, Any]]:
    """The whole event stream of a run that has ended."""
    blocks = served.client.get(f"/runs/{run_id}/events").text.strip().split("\n\n")
    rows = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]
    return [{**row, "data": json.loads(row["data"])} for row in rows if "data" in row]


def blow(served: Served, run_id: str, target: str) -> None:
    """Kills at a random moment of a trainer's life: while it loads, trains or saves."""
    served.wait(lambda: bool(trainers(run_id)) or served.run(run_id)["state"] == "finished")
    time.sleep(random.uniform(0, 4))
    if target in ("trainer", "both"):
        for pid in trainers(run_id):
            os.kill(pid, signal.SIGKILL)
    if target in ("server", "both"):
        at_work = trainers(run_id)
        served.kill()
        served.start()
        if target == "server":
            # Where a server dies before its trainer has the run, there are two until one finds it taken.
            outlived = set(at_work) & set(trainers(run_id))
            assert outlived or served.run(run_id)["state"] == "finished"
            served.wait(lambda: len(trainers(run_id)) <= 1)
    if target == "shutdown":
        served.kill(signal.SIGTERM)
        assert trainers(run_id) == []
        served.start()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_trainer_outlives_a_killed_server_and_is_found_again(serve: Serve, workers: int) -> None:
    served = serve(workers)
    run_id = served.client.post("/runs", json=body(epochs=1000)).json()["id"]
    served.wait(lambda: served.run(run_id)["progress"]["step"] > 0)
    at_work = trainers(run_id)
    served.kill()
    assert trainers(run_id) == at_work
    served.start()
    told = served.run(run_id)
    served.wait(lambda: served.run(run_id)["progress"]["step"] > told["progress"]["step"])
    assert (told["state"], trainers(run_id)) == ("running", at_work)
    served.client.post(f"/runs/{run_id}/stop")
    served.wait(lambda: served.run(run_id)["state"] == "stopped")
    served.wait(lambda: not trainers(run_id))


MANY = ("trainer", "trainer", "server", "both", "shutdown") * 11


@pytest.mark.parametrize(
    ("workers", "targets"),
    [
        (1, ("trainer", "server", "trainer", "both", "shutdown")),
        pytest.param(1, MANY, marks=pytest.mark.slow),
        pytest.param(2, MANY, marks=pytest.mark.slow),
    ],
    ids=lambda value: str(value if isinstance(value, int) else len(value)),
)
def test_killed_at_random_moments_a_run_ends_as_if_it_had_not_been(
    serve: Serve, workers: int, targets: tuple[str, ...], tmp_path: Path
) -> None:
    served = serve(workers)
    run_id = served.client.post("/runs", json=body(epochs=EPOCHS)).json()["id"]
    for target in targets:
        blow(served, run_id, target)
    served.wait(lambda: served.run(run_id)["state"] in ("finished", "failed"))
    run = served.run(run_id)
    assert run["state"] == "finished"
    weights = tensors_of(served.client.get(f"/runs/{run_id}/weights.safetensors").content)
    expected = unbroken(tmp_path / "unbroken")
    assert weights.keys() == expected.keys()
    assert all(torch.equal(value, weights[key]) for key, value in expected.items())
    assert run["history"]["steps"]["step"] == list(range(1, EPOCHS * STEPS_PER_EPOCH + 1))
    assert run["history"]["epochs"]["epoch"] == list(range(1, EPOCHS + 1))
    told = events_of(served, run_id)
    assert [int(event["id"]) for event in told] == sorted({int(event["id"]) for event in told})
    assert told[-1]["data"] == {"state": "finished", "failure": None}
    served.wait(lambda: not trainers(run_id))
    names = [row["name"] for row in served.client.get("/networks").json()]
    assert f"run-{run_id}" in names
