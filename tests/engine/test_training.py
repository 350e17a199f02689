"""A run learns, and whatever interrupts it, it ends with the weights of an unbroken one, bit for bit."""

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
from safetensors.torch import save
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

from app.arithmetic.layers import NetworkSpec
from app.engine import muon, optimizers, stepping, training
from app.engine.configuration import TrainingConfig
from app.engine.training import Diverged, EpochEnded, Finished, Saved, Started, Stepped
from tests.engine.training_data import coloured_pictures, small_network

CPU = torch.device("cpu")
OPTIMIZERS: list[optimizers.AnyOptimizer] = [
    optimizers.AdamW(),
    optimizers.SGD(lr=0.05),
    optimizers.Muon(lr=0.1),
]


def configured(**changes: object) -> TrainingConfig:
    plain = TrainingConfig(network=small_network(), batch_size=32, epochs=3, held_out=64, precision="float32")
    return plain.model_copy(update=changes)


def weights_after(
    config: TrainingConfig, folder: Path, stop_at: int | None = None
) -> dict[str, torch.Tensor]:
    for event in training.train(config, coloured_pictures(320), CPU, folder, checkpoint_seconds=0):
        if isinstance(event, Stepped) and event.step == stop_at:
            return {}
        if isinstance(event, Finished):
            return dict(event.network.state_dict())
    raise AssertionError("the run ended without saying so")


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: str(optimizer.name))
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


def test_a_run_learns_and_tells_of_it(tmp_path: Path) -> None:
    events = list(training.train(configured(epochs=6), coloured_pictures(640), CPU, tmp_path))
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    assert isinstance(events[0], Started)
    assert events[0].steps == sum(isinstance(event, Stepped) for event in events)
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3, 4, 5, 6]
    assert epochs[-1].train_loss < epochs[0].train_loss
    assert epochs[-1].held_out_accuracy is not None
    assert epochs[-1].held_out_accuracy > 0.5
    assert isinstance(events[-1], Finished)
    assert not events[-1].network.training


def test_smaller_pictures_come_first_and_go_through_the_same_network(tmp_path: Path) -> None:
    layers = [
        {"type": "conv2d", "out_channels": 4, "kernel_size": 3},
        {"type": "adaptive_avg_pool2d", "output_size": 1},
        {"type": "flatten"},
        {"type": "linear", "out_features": 10},
    ]
    network = NetworkSpec.model_validate({**small_network().dump(), "layers": layers})
    config = configured(network=network, epochs=1, smaller_until=((0.5, 16), (0.8, 24)))
    sides: list[int] = []

    def note(module: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        if isinstance(module, nn.Conv2d) and module.training:
            sides.append(given[0].shape[-1])

    hook = register_module_forward_pre_hook(note)
    try:
        weights_after(config, tmp_path)
    finally:
        hook.remove()
    assert sides == [16, 16, 16, 16, 24, 24, 24, 32]


def test_a_checkpoint_is_written_when_it_is_asked_for(tmp_path: Path) -> None:
    wanted = iter([False, False, True])
    run = training.train(
        configured(), coloured_pictures(320), CPU, tmp_path, save_now=lambda: next(wanted, False)
    )
    saved = next(event for event in run if isinstance(event, Saved))
    run.close()  # type: ignore[attr-defined]
    assert saved.step == 3
    first = next(training.train(configured(), coloured_pictures(320), CPU, tmp_path))
    assert isinstance(first, Started)
    assert first.step == 3


def test_a_run_begins_with_the_weights_it_is_given(tmp_path: Path) -> None:
    given = weights_after(configured(epochs=1), tmp_path / "before")
    start = save(given)
    run = training.train(configured(seed=5), coloured_pictures(320), CPU, tmp_path / "after", start=start)
    first = next(run)
    assert isinstance(first, Started)
    assert all(torch.equal(value, given[key]) for key, value in first.network.state_dict().items())


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


def test_divergence_is_caught_at_its_step(tmp_path: Path) -> None:
    config = configured(optimizer=optimizers.SGD(lr=1000, weight_decay=10), warmup=0)
    with pytest.raises(Diverged) as caught:
        weights_after(config, tmp_path)
    assert caught.value.step > 0


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Sums in the order of the killed runs, which use one thread; another test may have set a number."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def killed_at_random(folder: Path, kills: int) -> None:
    for _ in range(kills):
        with subprocess.Popen([sys.executable, __file__, str(folder)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()  # it trains now
            time.sleep(random.uniform(0, 0.3))
            process.send_signal(signal.SIGKILL)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("kills", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_killed_at_random_moments_it_ends_with_the_same_weights(kills: int, tmp_path: Path) -> None:
    config = configured(epochs=KILLED_EPOCHS)
    killed_at_random(tmp_path / "killed", kills)
    unbroken = weights_after(config, tmp_path / "unbroken")
    resumed = weights_after(config, tmp_path / "killed")
    assert all(torch.equal(value, resumed[key]) for key, value in unbroken.items())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_run_learns_on_cuda(tmp_path: Path) -> None:
    events = list(training.train(configured(), coloured_pictures(320), torch.device("cuda"), tmp_path))
    assert isinstance(events[-1], Finished)
    assert all(value.device.type == "cpu" for value in events[-1].network.state_dict().values())


def test_the_rate_rises_then_falls_to_zero() -> None:
    rates = [training.rate(step, 100, 0.2) for step in range(100)]
    assert rates.index(max(rates)) == 20
    assert rates[20] == 1
    assert rates[:21] == sorted(rates[:21])
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert 0 < rates[0] < 0.1
    assert rates[-1] < 0.01


def test_orthogonalised_updates_have_singular_values_near_one() -> None:
    draw = torch.Generator().manual_seed(0)
    for shape in ((16, 27), (64, 16), (8, 8)):
        update = muon.orthogonalise(torch.randn(shape, generator=draw), steps=5)
        singular = torch.linalg.svdvals(update.float())
        assert singular.max() < 1.3
        assert singular.median() > 0.6


def test_every_parameter_is_stepped_by_exactly_one_optimizer() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
    for config in OPTIMIZERS:
        made = stepping.make(config, network)
        held = [id(p) for optimizer in made for group in optimizer.param_groups for p in group["params"]]
        assert sorted(held) == sorted(id(parameter) for parameter in network.parameters())


KILLED_EPOCHS = 6

if __name__ == "__main__":  # the run that is killed
    torch.set_num_threads(1)
    run = training.train(configured(epochs=KILLED_EPOCHS), coloured_pictures(320), CPU, Path(sys.argv[1]), 0)
    for happened in run:
        if isinstance(happened, Stepped):
            print(happened.step, flush=True)
