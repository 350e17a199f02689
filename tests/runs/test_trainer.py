"""What a trainer does with a run, in this process: its end, its history, its failures, and going on."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from app.engine import checkpoints, durable
from app.engine.datasets import DataUnreachable, Pictures
from app.engine.sources import SourceName
from app.runs import recorder, trainer
from app.runs.claims import Claims
from app.runs.database import Database
from app.runs.folder import RunFolder, networks_folder
from app.runs.identity import this_process
from app.runs.journal import Event
from app.runs.recorder import GONE_STATUS
from app.runs.run import Run
from app.runs.store import RunStore
from app.runs.trainer import Load, Terms
from tests.runs.examples import NETWORK, ROOM, config
from tests.runs.trainer import load


class Place:
    """A store, a folder, and a trainer that is this process."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/runs.sqlite"
        self.folder = folder
        self.store = RunStore(Database(self.url))
        self.store.database.create()
        self.claims = Claims(self.store.database)

    def add(self, **changes: Any) -> str:
        return self.store.add(config(**changes), "someone", ROOM).id

    def train(self, run_id: str, load: Load = load, **changes: Any) -> Run:
        """What has become of the run once its trainer has ended."""
        assert self.claims.give_out(this_process(), 1) is not None
        plain: dict[str, Any] = {
            "url": self.url,
            "folder": self.folder,
            "data": self.folder,
            "wall_seconds": 600,
            "lease_seconds": 60,
            "checkpoint_seconds": 0,
            "epochs_bytes": 10**8,
            "nice": 0,
            "threads": 1,
        }
        trainer.main(run_id, Terms(**{**plain, **changes}), load)
        return self.store.get(run_id)

    def files(self, run_id: str) -> RunFolder:
        return RunFolder(self.folder, run_id)

    def events(self, run_id: str, kind: str) -> list[Event]:
        return [event for event in self.store.events(run_id) if event.kind == kind]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    threads = torch.get_num_threads()
    made = Place(tmp_path)
    yield made
    made.store.database.close()
    torch.set_num_threads(threads)


def same(first: Path, second: Path) -> bool:
    one, other = load_file(first), load_file(second)
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def test_a_run_ends_as_a_network_with_its_history(place: Place) -> None:
    run_id = place.add(epochs=3)
    run = place.train(run_id)
    assert (run.state, run.step, run.steps, run.steps_per_epoch) == ("finished", 54, 54, 18)
    assert run.test_accuracy is not None
    assert run.test_accuracy > 0.5
    measured = place.store.measured(run_id)
    assert [row["step"] for row in measured["step"]] == list(range(1, 55))
    assert set(measured["step"][0]) == {"step", "loss", "lr", "gradient_norm", "examples_per_second"}
    assert [(row["epoch"], row["step"]) for row in measured["epoch"]] == [(1, 18), (2, 36), (3, 54)]
    assert measured["epoch"][-1]["train_loss"] < measured["epoch"][0]["train_loss"]
    assert measured["epoch"][-1]["test_accuracy"] == run.test_accuracy
    assert {"train_accuracy", "held_out_loss", "held_out_accuracy"} <= set(measured["epoch"][0])
    assert place.files(run_id).epochs() == [0, 1, 2, 3]
    network = checkpoints.read(networks_folder(place.folder), f"run-{run_id}")
    assert network.card.test_accuracy == run.test_accuracy
    checkpoints.load(network)
    assert same(network.folder / "weights.safetensors", place.files(run_id).weights()[1])
    assert [event.data["state"] for event in place.events(run_id, "state")] == [
        "queued",
        "running",
        "finished",
    ]


def paused_at(place: Place, run_id: str, step: int, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Run:
    """Trains a run that is asked to pause while it makes a step."""
    note = recorder.Recorder.stepped

    def stepped(self: recorder.Recorder, event: Any) -> None:
        note(self, event)
        if event.step == step:
            place.store.pause(run_id)
            self.order = "pause"  # as the heartbeat would hear within a second

    with monkeypatch.context() as patched:
        patched.setattr(recorder.Recorder, "stepped", stepped)
        return place.train(run_id, **changes)


def test_a_paused_run_goes_on_to_the_same_weights_and_history(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbroken, broken = place.add(), place.add()
    place.train(unbroken)
    for step in (7, 18, 30):
        run = paused_at(place, broken, step, monkeypatch, checkpoint_seconds=3600)
        assert (run.state, run.step, run.saved_step) == ("paused", step, step)
        place.store.resume(broken, ROOM)
    assert place.train(broken).state == "finished"
    assert same(place.files(unbroken).weights()[1], place.files(broken).weights()[1])
    losses = [[row["loss"] for row in place.store.measured(run_id)["step"]] for run_id in (unbroken, broken)]
    assert losses[0] == losses[1]
    assert [event.data["step"] for event in place.events(broken, "start")] == [0, 7, 18, 30]


def test_a_run_that_diverges_says_at_which_step_and_rate(place: Place) -> None:
    run_id = place.add(optimizer={"name": "sgd", "lr": 1000.0, "weight_decay": 10.0}, warmup=0.0)
    run = place.train(run_id)
    assert (run.state, run.failure) == ("failed", "diverged")
    assert set(run.reasons) == {"message", "step", "lr", "batch_size", "lower"}
    assert run.reasons["batch_size"] == 32
    assert float(str(run.reasons["lr"])) <= 1000
    assert place.files(run_id).epochs()[0] == 0
    # A step whose loss was a number is told, were it one that left no weights to be saved.
    assert int(str(run.reasons["step"])) - len(place.store.measured(run_id)["step"]) in (0, 1)


def test_a_full_disk_fails_the_run_and_it_can_be_resumed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = place.add()
    written = durable.write_atomically
    full = iter([False] * 10 + [True])

    def write(path: Path, data: bytes) -> None:
        if next(full, True):
            raise OSError(errno.ENOSPC, "No space left on device")
        written(path, data)

    with monkeypatch.context() as patched:
        patched.setattr("app.engine.resume.write_atomically", write)
        run = place.train(run_id)
    assert (run.state, run.failure) == ("failed", "disk-full")
    assert run.saved_step > 0
    place.store.resume(run_id, ROOM)
    assert place.train(run_id).state == "finished"


def no_pictures(name: SourceName, folder: Path, *, train: bool) -> Pictures:
    raise DataUnreachable(folder)


def no_memory(name: SourceName, folder: Path, *, train: bool) -> Pictures:
    raise MemoryError


def broken(name: SourceName, folder: Path, *, train: bool) -> Pictures:
    raise KeyError(name)


@pytest.mark.parametrize(
    ("load", "code"), [(no_pictures, "data-missing"), (no_memory, "out-of-memory"), (broken, "crashed")]
)
def test_other_failures_have_their_codes(place: Place, load: Load, code: str) -> None:
    run = place.train(place.add(), load)
    assert (run.state, run.failure) == ("failed", code)


def test_a_device_that_is_not_there_fails_the_run(place: Place) -> None:
    missing = "mps" if torch.cuda.is_available() else "cuda"
    run = place.train(place.add(device=missing))
    assert (run.state, run.failure) == ("failed", "no-device")


def test_a_run_whose_time_is_over_saves_and_fails(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    note = recorder.Recorder.stepped

    def stepped(self: recorder.Recorder, event: Any) -> None:
        note(self, event)
        self.order = "time" if event.step == 5 else None

    monkeypatch.setattr(recorder.Recorder, "stepped", stepped)
    run = place.train(place.add(), wall_seconds=7200, checkpoint_seconds=3600)
    assert (run.state, run.failure, run.saved_step) == ("failed", "time-limit", 5)
    assert run.reasons == {"hours": "2"}


def test_the_heartbeat_hears_wishes_and_counts_the_time(place: Place) -> None:
    run_id = place.add()
    place.claims.give_out(this_process(), 1)
    _run, claim = place.claims.take(run_id, this_process())
    with recorder.Recorder(
        place.claims, claim, wall_seconds=0.3, lease_seconds=60, every_seconds=0.05
    ) as heard:
        place.store.pause(run_id)
        orders = [order for order in iter(lambda: heard.order, "time") if order is not None]
    assert set(orders) <= {"pause"}
    assert place.store.get(run_id).active_seconds > 0.3


def test_a_fork_begins_with_the_weights_of_its_epoch(place: Place) -> None:
    origin = place.add()
    place.train(origin)
    forked = place.add(optimizer={"name": "sgd", "lr": 0.01}, epochs=1)
    files = place.files(forked)
    files.make()
    files.initial.write_bytes(place.files(origin).weights(1)[1].read_bytes())
    place.train(forked)
    assert same(files.weights(0)[1], place.files(origin).weights(1)[1])
    assert not same(files.weights(1)[1], place.files(origin).weights(2)[1])


def test_a_rewound_run_ends_with_the_weights_of_the_first(place: Place) -> None:
    origin = place.add()
    place.train(origin)
    again = place.add()
    files = place.files(again)
    files.make()
    files.initial.write_bytes(place.files(origin).weights(0)[1].read_bytes())
    place.train(again)
    assert same(files.weights()[1], place.files(origin).weights()[1])


def test_a_long_run_is_recorded_as_means_over_steps(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, thinned = place.add(), place.add()
    place.train(plain, checkpoint_seconds=3600)
    monkeypatch.setattr(recorder, "MOST_POINTS", 10)
    place.train(thinned, checkpoint_seconds=3600)
    every = [row["loss"] for row in place.store.measured(plain)["step"]]
    points = place.store.measured(thinned)["step"]
    assert [point["step"] for point in points] == [4, 8, 12, 16, 18, 20, 24, 28, 32, 36]
    assert points[0]["loss"] == pytest.approx(sum(every[:4]) / 4)
    assert points[4]["loss"] == pytest.approx(sum(every[16:18]) / 2)


def test_a_run_that_is_not_given_out_is_left_alone(place: Place) -> None:
    run_id = place.add()
    terms = Terms(place.url, place.folder, place.folder, 600, 60, 0, 10**8, 0, 1)
    assert trainer.main(run_id, terms, load) == GONE_STATUS
    assert trainer.main("0" * 32, terms, load) == GONE_STATUS
    assert place.store.get(run_id).state == "queued"


def test_a_network_of_two_runs_of_one_seed_is_one(place: Place) -> None:
    first, second = place.add(network=NETWORK, seed=3), place.add(network=NETWORK, seed=3)
    place.train(first)
    place.train(second)
    assert same(place.files(first).weights()[1], place.files(second).weights()[1])
