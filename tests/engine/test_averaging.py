"""Averaged weights against the mean of those that a run without averaging keeps, and PyTorch's own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.optim.swa_utils import AveragedModel, update_bn

from app.engine import epochs, training
from app.engine.averaging import WeightAverage, settle
from app.engine.configuration import TrainingConfig
from app.engine.evaluation import measure
from app.engine.events import EpochEnded, Finished, Stepped
from app.engine.networks import build
from app.engine.optimizers import SGD
from app.engine.schedules import Constant, LinearDecay
from tests.engine.trained import CPU
from tests.engine.training_data import coloured_pictures, small_network

FULL = TrainingConfig(
    network=small_network(),
    optimizer=SGD(lr=0.05),
    schedule=Constant(),
    batch_size="full",
    epochs=5,
    held_out=64,
    precision="float32",
)
"""An update an epoch, so that the weights after every update are kept."""


def finished(config: TrainingConfig, folder: Path, stop_at: int | None = None) -> dict[str, torch.Tensor]:
    for event in training.train(
        config, coloured_pictures(320), CPU, folder, checkpoint_seconds=0, keep_epochs=True
    ):
        if isinstance(event, Stepped) and event.step == stop_at:
            return {}
        if isinstance(event, Finished):
            return dict(event.network.state_dict())
    raise AssertionError("the run ended without saying so")


@pytest.mark.parametrize(("start", "first"), [(0.0, 1), (0.4, 3), (0.5, 4), (0.8, 5), (0.9, 5)])
def test_a_run_ends_with_the_mean_of_the_weights_from_its_start_on(
    start: float, first: int, tmp_path: Path
) -> None:
    """From 0.9 on there is no step of the five: the run ends as without."""
    finished(FULL, tmp_path / "plain")
    averaged = finished(
        FULL.model_copy(update={"swa_start": start, "swa_fraction": 1.0}), tmp_path / "averaged"
    )
    kept = [load_file(epochs.path_of(tmp_path / "plain", epoch)) for epoch in range(first, 6)]
    learned = [name for name, _ in build(FULL.network).named_parameters()]
    for name in learned:
        torch.testing.assert_close(averaged[name], torch.stack([each[name] for each in kept]).mean(0))


def test_an_interrupted_run_ends_with_the_same_mean(tmp_path: Path) -> None:
    config = FULL.model_copy(update={"batch_size": 32, "epochs": 2, "swa_start": 0.4, "swa_fraction": 0.5})
    unbroken = finished(config, tmp_path / "unbroken")
    for stop in (4, 9, 16):  # before averaging, in the midst of it, at the end
        finished(config, tmp_path / "broken", stop_at=stop)
    resumed = finished(config, tmp_path / "broken")
    again = finished(config, tmp_path / "broken")
    for name, value in unbroken.items():
        assert torch.equal(value, resumed[name]), name
        assert torch.equal(value, again[name]), name


def test_the_mean_and_its_statistics_are_those_of_pytorch() -> None:
    torch.manual_seed(0)
    ours = build(small_network())
    theirs, average = AveragedModel(ours), WeightAverage(ours)
    for _ in range(4):
        with torch.no_grad():
            for parameter in ours.parameters():
                parameter.add_(torch.randn_like(parameter))
        average.add()
        theirs.update_parameters(ours)
    batches = [torch.randn(20, 3, 32, 32) for _ in range(5)]
    average.put_in()
    settle(ours, batches)
    update_bn(batches, theirs)
    for name, value in theirs.module.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value)
    assert ours[1].momentum == 0.1


def test_the_last_epoch_tells_of_the_mean(tmp_path: Path) -> None:
    config = FULL.model_copy(update={"swa_start": 0.2, "swa_fraction": 1.0})
    pictures = coloured_pictures(320)
    events = list(training.train(config, pictures, CPU, tmp_path, test=pictures, keep_epochs=True))
    ended, last = [each for each in events if isinstance(each, EpochEnded)][-1], events[-1]
    assert isinstance(last, Finished)
    kept = load_file(epochs.path_of(tmp_path, 5))
    assert all(torch.equal(value, kept[name]) for name, value in last.network.state_dict().items())
    assert ended.test is not None
    measured = measure(last.network, pictures)
    assert (ended.test.loss, ended.test.accuracy) == pytest.approx((measured.loss, measured.accuracy))


def test_the_schedule_ends_where_averaging_begins() -> None:
    config = FULL.model_copy(update={"schedule": LinearDecay(), "swa_start": 0.5, "swa_fraction": 0.3})
    rates = [config.rate_at(step, 9) for step in range(9)]
    assert rates == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2, 0.3, 0.3, 0.3, 0.3])
    warmed = config.model_copy(update={"warmup": 0.4})  # of the five scheduled steps
    rates = [warmed.rate_at(step, 9) for step in range(9)]
    assert rates == pytest.approx([1 / 3, 2 / 3, 1.0, 2 / 3, 1 / 3, 0.3, 0.3, 0.3, 0.3])
