"""The script of a run is run, and ends with the run's weights."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from app.arithmetic.specification import NetworkSpec
from app.engine import devices, optimizers, schedules, stepping
from app.engine.augmentation import Augmentation, Augmented
from app.engine.checkpoints import weights_of
from app.engine.configuration import AugmentationConfig, TrainingConfig
from app.engine.datasets import digits
from app.engine.devices import CPU
from app.engine.events import EpochEnded, Finished
from app.engine.learner import seed_of
from app.engine.networks import build
from app.engine.script import script
from app.engine.training import train
from tests.engine.training_data import coloured_pictures

LAYERS: list[dict[str, Any]] = [
    {"type": "conv2d", "out_channels": 6, "kernel_size": 3, "stride": 2, "padding": [0, 1, 0, 1]},
    {"type": "batch_norm2d"},
    {"type": "relu"},
    {
        "type": "residual",
        "layers": [{"type": "conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}],
        "shortcut": [{"type": "conv2d", "out_channels": 8, "kernel_size": 1}],
    },
    {"type": "adaptive_avg_pool2d", "output_size": 4},
    {"type": "locally_connected2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"type": "flatten"},
    {"type": "dropout", "p": 0.2},
    {"type": "linear", "out_features": 10},
]
NETWORK = NetworkSpec.model_validate(
    {"name": "tried", "input": {"channels": 3, "height": 32, "width": 32}, "layers": LAYERS}
)
PLAIN: dict[str, Any] = {
    "network": NETWORK,
    "dataset": "digits",
    "batch_size": 40,
    "epochs": 2,
    "train_examples": 200,
    "held_out": 37,
    "seed": 3,
    "precision": "float32",
}
CASES: dict[str, dict[str, Any]] = {
    "plain": {"augmentation": AugmentationConfig(crop_padding=0), "optimizer": optimizers.Adam()},
    "everything": {
        "augmentation": AugmentationConfig(crop_padding=2, cutout=8),
        "optimizer": optimizers.Muon(lr=0.05),
        "schedule": schedules.OneCycle(),
        "warmup": 0.3,
        "label_smoothing": 0.1,
        "smaller_until": ((0.5, 16),),
    },
    "pieces": {
        "optimizer": optimizers.SGD(lr=0.02),
        "schedule": schedules.Step(),
        "batch_size": "full",
        "train_examples": 1200,
        "epochs": 3,
        "swa_start": 0.3,
    },
    "averaged": {
        "optimizer": optimizers.SGD(lr=0.02),
        "schedule": schedules.OneCycle(),
        "warmup": 0.2,
        "epochs": 3,
        "swa_start": 0.5,
        "swa_fraction": 0.5,
    },
    "sharpness, shuffled labels": {
        "optimizer": optimizers.Muon(lr=0.05),
        "sam_rho": 0.1,
        "batch_size": 130,
        "shuffled": "labels",
    },
    "bfloat16, shuffled pixels": {
        "optimizer": optimizers.Muon(lr=0.05),
        "precision": "bfloat16",
        "epochs": 1,
        "shuffled": "pixels",
    },
    "whitened": {"optimizer": optimizers.Muon(dense_lr=0.01), "initialisation": "whitened"},
    "whitened, one rate": {"optimizer": optimizers.AdamW(), "initialisation": "whitened"},
}


def ran(config: TrainingConfig, folder: Path, *arguments: str, **options: Any) -> tuple[str, dict[str, Any]]:
    """What the script of a run printed, and the weights it saved."""
    given = {"device": "cpu", "bfloat16": config.precision == "bfloat16", "title": "A run.", "start": None}
    text = script(config, **{**given, **options})
    assert "convscope" not in text.lower()
    path = folder / "train.py"
    path.write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-I",
        "-W",
        "error",
        str(path),
        "--output",
        str(folder / "weights.pt"),
        *arguments,
    ]
    # With another number of threads sums are rounded differently.
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, env={**os.environ, **threads}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, torch.load(folder / "weights.pt", weights_only=True)


@pytest.mark.parametrize("name", CASES)
def test_it_ends_with_the_weights_of_the_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "_processor_has_bfloat16", lambda: True)
    config = TrainingConfig(**{**PLAIN, **CASES[name]})
    printed, weights = ran(config, tmp_path)
    told = train(config, digits(train=True), CPU, tmp_path / "state", test=digits(train=False))
    events = list(told)
    finished = events[-1]
    assert isinstance(finished, Finished)
    expected = finished.network.state_dict()
    assert list(weights) == list(expected)
    for key, value in expected.items():
        torch.testing.assert_close(weights[key], value, rtol=1e-4, atol=1e-5, msg=key)
    first, *lines = printed.splitlines()
    assert first == f"{sum(p.numel() for p in finished.network.parameters()):,} parameters"
    for event, line in zip((each for each in events if isinstance(each, EpochEnded)), lines, strict=True):
        assert event.held_out is not None
        assert event.test is not None
        assert line == (
            f"epoch {event.epoch}: loss {event.train_loss:.4f}, held out {event.held_out.accuracy:.2%}, "
            f"test {event.test.accuracy:.2%}"
        )


def test_a_fork_is_given_the_weights_it_began_with(tmp_path: Path) -> None:
    config = TrainingConfig(**{**PLAIN, "epochs": 1})
    torch.manual_seed(77)
    start = weights_of(build(NETWORK))
    (tmp_path / "start.safetensors").write_bytes(start)
    where = "/api/v1/runs/0/weights.safetensors?epoch=3"
    _, weights = ran(config, tmp_path, "--start", str(tmp_path / "start.safetensors"), start=where)
    assert where in (tmp_path / "train.py").read_text(encoding="utf-8")
    *_before, finished = train(config, digits(train=True), CPU, tmp_path / "state", start=start)
    assert isinstance(finished, Finished)
    for key, value in finished.network.state_dict().items():
        torch.testing.assert_close(weights[key], value, rtol=1e-4, atol=1e-5, msg=key)


@pytest.mark.parametrize("swa_start", [1.0, 0.7])
@pytest.mark.parametrize("schedule", list(schedules.SCHEDULES.values()), ids=lambda each: each.__name__)
@pytest.mark.parametrize("optimizer", list(optimizers.OPTIMIZERS.values()), ids=lambda each: each.__name__)
def test_rates_and_optimizers_are_the_runs(optimizer: Any, schedule: Any, swa_start: float) -> None:
    settings = {"optimizer": optimizer(), "schedule": schedule(), "swa_start": swa_start}
    config = TrainingConfig(**{**PLAIN, **settings, "dataset": "cifar10"})
    bfloat16 = swa_start < 1
    text = script(config, device="auto", bfloat16=bfloat16, title="A run.", start=None)
    made: dict[str, Any] = {"__name__": "script"}
    exec(compile(text, "train.py", "exec"), made)
    for step in range(50):
        assert made["fraction"](step, 50) == pytest.approx(config.rate_at(step, 50), abs=1e-12)
    network = build(NETWORK)
    for mine, theirs in zip(
        made["optimizers_of"](network),
        stepping.make(config.optimizer, network, bfloat16=bfloat16),
        strict=True,
    ):
        assert type(mine).__name__ == type(theirs).__name__
        assert {**mine.defaults, "foreach": None} == {**theirs.defaults, "foreach": None}
        for one, other in zip(mine.param_groups, theirs.param_groups, strict=True):
            assert [id(p) for p in one.pop("params")] == [id(p) for p in other.pop("params")]
            assert one == other


@pytest.mark.parametrize("augmentation", [{}, {"crop_padding": 0}, {"cutout": 12, "flip": False}], ids=str)
def test_pictures_are_changed_as_in_the_run(augmentation: dict[str, Any]) -> None:
    config = TrainingConfig(
        **{**PLAIN, "dataset": "cifar10", "augmentation": AugmentationConfig(**augmentation)}
    )
    made: dict[str, Any] = {"__name__": "script"}
    exec(script(config, device="auto", bfloat16=False, title="A run.", start=None), made)
    pictures = coloured_pictures(300)
    draws = Augmentation(**{**dict(config.augmentation), "flip": config.mirrors})
    ours = Augmented(pictures, draws, seed_of(config.seed, 4))
    theirs = made["Batches"](pictures.pixels, pictures.labels)
    chosen = torch.randperm(300)[:100]
    for epoch, step, part in ((0, 0, slice(None)), (1, 7, slice(10, 60)), (2, 9, slice(0, 1))):
        expected = ours.batch(chosen, epoch, seed_of(config.seed, 2, step), part)
        for one, other in zip(theirs.batch(chosen, epoch, step, part), expected, strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=1e-6)
