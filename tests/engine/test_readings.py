"""What steps come to may be read for many at once, and nothing of a run depends on when."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from app.engine import learner, optimizers, readings, training
from app.engine.augmentation import Augmentation, Augmented
from app.engine.devices import FLOAT32
from app.engine.events import Diverged, EpochEnded, Stepped, TrainingEvent
from app.engine.learner import Learned, Learner
from app.engine.networks import build
from app.engine.readings import Readings
from tests.engine.trained import CPU, configured, told
from tests.engine.training_data import coloured_pictures


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs as on an accelerator that nobody looks at before an epoch ends."""
    monkeypatch.setattr(readings, "LOOK_SECONDS", 1e9)
    monkeypatch.setattr(training, "Readings", lambda **_: Readings(at_once=False))


def without_times(events: list[TrainingEvent]) -> list[TrainingEvent]:
    """The events of steps and epochs, as if each had taken no time."""
    return [
        dataclasses.replace(event, examples_per_second=0.0)
        if isinstance(event, Stepped)
        else dataclasses.replace(event, seconds=0.0)
        for event in events
        if isinstance(event, Stepped | EpochEnded)
    ]


def test_steps_read_together_tell_what_steps_read_one_by_one_do(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    at_once = told(configured(), tmp_path / "at once")
    request.getfixturevalue("late")
    assert without_times(told(configured(), tmp_path / "late")) == without_times(at_once)


@pytest.mark.usefixtures("late")
def test_nothing_is_read_before_it_must_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reads: list[int] = []
    read = Readings.read

    def noted(self: Readings) -> list[readings.Reading]:
        made = read(self)
        reads.append(len(made))
        return made

    monkeypatch.setattr(Readings, "read", noted)
    told(configured(), tmp_path)
    assert [count for count in reads if count] == [8, 8, 8]


def test_a_divergence_has_its_step_however_late_it_is_seen(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    config = configured(optimizer=optimizers.SGD(lr=1000, weight_decay=10), warmup=0)
    with pytest.raises(Diverged) as at_once:
        told(config, tmp_path / "at once")
    request.getfixturevalue("late")
    with pytest.raises(Diverged) as late:
        told(config, tmp_path / "late")
    assert late.value.values == at_once.value.values
    assert late.value.step % 8 > 1  # not merely the first or the last that was read


@pytest.mark.usefixtures("late")
def test_what_a_checkpoint_holds_was_told_before(tmp_path: Path) -> None:
    steps: list[int] = []
    told_before: list[int] = []
    run = training.train(
        configured(),
        coloured_pictures(320),
        CPU,
        tmp_path,
        checkpoint_seconds=0.0,
        before_saving=lambda: told_before.append(len(steps)),
    )
    steps.extend(event.step for event in run if isinstance(event, Stepped))
    assert told_before == steps == list(range(1, 25))


def test_a_device_is_looked_at_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [10.1]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    steps = Readings(at_once=False)
    for step in (1, 2):
        steps.add(step, Learned(torch.tensor([0.5, 3.0, 2.0]), 8, 0.1 * step), began=9.0 + step)
    assert Readings(at_once=True).due
    due = []
    for now[0] in (10.0 + readings.LOOK_SECONDS, 12.0):
        due.append(steps.due)
    assert due == [False, True]
    first, second = steps.read()
    assert (first.step, second.step, first.right, first.examples_per_second) == (1, 2, 3, 8.0)
    assert (first.lr, second.lr) == (0.1, 0.2)
    assert steps.read() == []


def step_on(device: torch.device) -> Callable[[int], Learned]:
    """Makes a step of a run with everything that steps can have."""
    config = configured(optimizer=optimizers.Muon(lr=0.1), swa_start=0.0)
    learning = Learner(config, build(config.network), FLOAT32, device)
    batches = Augmented(coloured_pictures(64), Augmentation(cutout=8), device=device)
    return lambda step: learning.learn(batches, torch.arange(32), 0, step, 10)


def test_a_step_asks_its_device_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner, "autocast", lambda *_: contextlib.nullcontext())  # it knows no such device
    made = step_on(torch.device("meta"))(0)
    with pytest.raises((NotImplementedError, RuntimeError)):  # this device has no numbers to tell
        made.figures.tolist()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_step_does_not_wait_for_cuda() -> None:
    step = step_on(torch.device("cuda"))
    step(0)
    torch.cuda.set_sync_debug_mode("error")
    try:
        step(1)
    finally:
        torch.cuda.set_sync_debug_mode("default")
