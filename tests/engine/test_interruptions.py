"""A run that was interrupted, wherever that was, ends as one that was not."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from app.engine import optimizers, training
from app.engine.events import Diverged, EpochEnded, Finished, Paused, Started, Stepped
from tests.engine.trained import CPU, configured, told, weights_after
from tests.engine.training_data import coloured_pictures

EPOCHS_A_KILL = 10
"""Of 8 steps each: more than a fast machine trains before it is killed."""
OPTIMIZERS: list[optimizers.AnyOptimizer] = [
    optimizers.AdamW(amsgrad=True),
    optimizers.SGD(lr=0.05),
    optimizers.SGD(lr=0.05, momentum=0),
    optimizers.Muon(lr=0.1),
    optimizers.Adagrad(),
    optimizers.RMSprop(momentum=0.5, centered=True),
    optimizers.Adam(),
]


@pytest.mark.parametrize(
    "optimizer", OPTIMIZERS, ids=lambda each: f"{each.name}-{getattr(each, 'momentum', '')}"
)
def test_an_interrupted_run_ends_with_the_weights_of_an_unbroken_one(
    optimizer: optimizers.AnyOptimizer, tmp_path: Path
) -> None:
    config = configured(optimizer=optimizer)
    unbroken = weights_after(config, tmp_path / "unbroken")
    for stop in (3, 8, 13):  # inside an epoch, at its end, inside another
        weights_after(config, tmp_path / "broken", stop_at=stop)
    resumed = weights_after(config, tmp_path / "broken")
    assert unbroken.keys() == resumed.keys()
    for key, value in unbroken.items():
        assert torch.equal(value, resumed[key]), key


def test_what_a_checkpoint_covers_has_been_told_before(tmp_path: Path) -> None:
    told: list[int] = []
    before_each: list[int] = []
    run = training.train(
        configured(epochs=1),
        coloured_pictures(320),
        CPU,
        tmp_path,
        checkpoint_seconds=0,
        before_saving=lambda: before_each.append(len(told)),
    )
    for event in run:
        told += [event.step] if isinstance(event, Stepped) else []
    assert before_each == told


def test_another_configuration_does_not_go_on_from_a_checkpoint(tmp_path: Path) -> None:
    weights_after(configured(), tmp_path, stop_at=5)
    first = next(training.train(configured(seed=1), coloured_pictures(320), CPU, tmp_path))
    assert isinstance(first, Started)
    assert first.step == 0


@pytest.mark.parametrize("damage", ["torn", "altered", "unreadable", "missing"])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(damage: str, tmp_path: Path) -> None:
    weights_after(configured(), tmp_path, stop_at=7)
    kept = sorted(tmp_path.glob("*.safetensors"))
    assert [path.stem for path in kept] == ["step-00000005", "step-00000006"]
    data = kept[-1].read_bytes()
    match damage:
        case "torn":
            kept[-1].write_bytes(data[: len(data) // 2])
        case "altered":
            kept[-1].write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        case "unreadable":
            kept[-1].with_suffix(".json").write_text("{")
        case "missing":
            kept[-1].unlink()
    first = next(training.train(configured(), coloured_pictures(320), CPU, tmp_path))
    assert isinstance(first, Started)
    assert first.step == 5


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Sums in the order of the killed runs, which use one thread; another test may have set a number."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def killed_at_random(folder: Path, epochs: int, kills: int) -> None:
    for _ in range(kills):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.engine.test_interruptions", str(folder), str(epochs)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline()  # it trains now
            time.sleep(random.uniform(0, 0.3))
            process.send_signal(signal.SIGKILL)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("kills", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_killed_at_random_moments_it_ends_with_the_same_weights(kills: int, tmp_path: Path) -> None:
    config = configured(epochs=EPOCHS_A_KILL * kills)
    killed_at_random(tmp_path / "killed", config.epochs, kills)
    unbroken = weights_after(config, tmp_path / "unbroken")
    resumed = weights_after(config, tmp_path / "killed")
    assert all(torch.equal(value, resumed[key]) for key, value in unbroken.items())


def test_a_resumed_epoch_tells_what_an_unbroken_one_does(tmp_path: Path) -> None:
    config = configured(epochs=1)
    unbroken = [event for event in told(config, tmp_path / "unbroken") if isinstance(event, EpochEnded)]
    weights_after(config, tmp_path / "broken", stop_at=5)
    resumed = [event for event in told(config, tmp_path / "broken") if isinstance(event, EpochEnded)]
    assert resumed[0].train_loss == pytest.approx(unbroken[0].train_loss)
    assert resumed[0].train_accuracy == unbroken[0].train_accuracy


def test_a_run_asked_to_pause_loses_no_step(tmp_path: Path) -> None:
    answers = iter([False, False, False, False, True])
    paused = told(configured(), tmp_path, should_pause=lambda: next(answers), checkpoint_seconds=1e9)
    assert isinstance(paused[-1], Paused)
    assert paused[-1].step == 5
    resumed = told(configured(), tmp_path)
    assert isinstance(resumed[0], Started)
    assert resumed[0].step == 5
    unbroken = weights_after(configured(), tmp_path / "unbroken")
    last = resumed[-1]
    assert isinstance(last, Finished)
    assert all(torch.equal(value, last.network.state_dict()[key]) for key, value in unbroken.items())


def test_no_checkpoint_holds_weights_that_are_no_numbers(tmp_path: Path) -> None:
    config = configured(optimizer=optimizers.SGD(lr=1000, weight_decay=10), warmup=0.0)
    with pytest.raises(Diverged):
        weights_after(config, tmp_path)
    for path in tmp_path.glob("*.safetensors"):
        assert all(bool(value.isfinite().all()) for value in load_file(path).values())


def test_configurations_share_a_folder_and_keep_their_checkpoints(tmp_path: Path) -> None:
    weights_after(configured(), tmp_path, stop_at=20)
    weights_after(configured(seed=1), tmp_path, stop_at=4)
    for config, step in ((configured(), 19), (configured(seed=1), 3)):
        first = next(training.train(config, coloured_pictures(320), CPU, tmp_path))
        assert isinstance(first, Started)
        assert first.step == step


def test_an_epoch_that_was_interrupted_took_the_time_before_that_too(tmp_path: Path) -> None:
    steps = 0

    def at_the_sixth() -> bool:
        nonlocal steps
        steps += 1
        time.sleep(0.05)
        return steps == 6

    assert isinstance(told(configured(epochs=1), tmp_path, should_pause=at_the_sixth)[-1], Paused)
    resumed = told(configured(epochs=1), tmp_path)
    (epoch,) = (event for event in resumed if isinstance(event, EpochEnded))
    finished = resumed[-1]
    assert isinstance(finished, Finished)
    assert 0.3 <= epoch.seconds <= finished.seconds


if __name__ == "__main__":  # the run that is killed
    torch.set_num_threads(1)
    longer = configured(epochs=int(sys.argv[2]))
    run = training.train(longer, coloured_pictures(320), CPU, Path(sys.argv[1]), 0)
    for happened in run:
        if isinstance(happened, Stepped):
            print(happened.step, flush=True)
