"""An estimate is made of real steps, touches nothing, and grows with what is asked for."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator

import pytest
import torch

from app.arithmetic.specification import NetworkSpec
from app.engine import estimation, optimizers
from app.engine.augmentation import Augmented
from app.engine.configuration import TrainingConfig
from app.engine.devices import CPU
from app.engine.estimation import Estimate, estimate
from app.engine.learner import Learned, Learner
from app.engine.networks import build
from tests.engine.training_data import small_network

LAYERS = [
    {"type": "conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "sigmoid"},
    {"type": "adaptive_avg_pool2d", "output_size": 1},
    {"type": "flatten"},
    {"type": "linear", "out_features": 10},
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Several threads wait for each other by spinning, which counts as computing on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def configured(**changes: object) -> TrainingConfig:
    network = NetworkSpec.model_validate({**small_network().dump(), "layers": LAYERS})
    plain = TrainingConfig(
        network=network, dataset="digits", batch_size=100, epochs=2, precision="float32", held_out=0
    )
    return plain.model_copy(update=changes)


def measured(**changes: object) -> Estimate:
    return estimate(configured(**changes), CPU)


def test_time_is_that_of_the_steps() -> None:
    made = measured()
    assert made.examples_per_second > 0
    assert made.seconds == pytest.approx(14 * 100 * 2 / made.examples_per_second)
    assert measured(held_out=400).seconds > 0
    longer = measured(epochs=1000)
    assert longer.seconds > 20 * made.seconds


def test_memory_counts_activations_weights_optimizer_and_pictures() -> None:
    plain = measured(optimizer=optimizers.SGD(momentum=0))
    picture = 4 * 1024  # one float32 map of one picture
    pictures = 2 * 3 * 1024 * 1437 + 4 * 40 * 40 * 1437
    # What the layers keep for the backward pass: 3 maps that enter, 4 that leave the sigmoid.
    activations = 100 * (3 + 4) * picture
    assert pictures + activations <= plain.memory_bytes <= pictures + 1.2 * activations
    larger = measured(optimizer=optimizers.SGD(momentum=0), batch_size=200)
    assert larger.memory_bytes - plain.memory_bytes == pytest.approx(activations, rel=0.2)


def test_an_optimizers_state_and_averaged_weights_are_counted() -> None:
    layers = [
        {"type": "flatten"},
        {"type": "linear", "out_features": 200},
        {"type": "linear", "out_features": 10},
    ]
    network = NetworkSpec.model_validate({**small_network().dump(), "layers": layers})
    sgd = optimizers.SGD(momentum=0)
    adam, averaged, plain = (
        measured(network=network, **changes).memory_bytes
        for changes in (
            {"optimizer": optimizers.Adam()},
            {"optimizer": sgd, "swa_start": 0.5},
            {"optimizer": sgd},
        )
    )
    parameters = 3072 * 200 + 200 + 2000 + 10
    assert adam - plain == pytest.approx(2 * 4 * parameters, rel=0.01)
    assert averaged - plain == pytest.approx(4 * parameters, rel=0.01)


def test_a_full_batch_needs_no_more_memory_than_a_thousand_pictures() -> None:
    full, thousand = measured(batch_size="full"), measured(batch_size=1000)
    assert full.memory_bytes == thousand.memory_bytes
    assert min(dataclasses.astuple(full)) > 0


def test_of_a_sharpness_aware_run_a_piece_and_twice_the_weights_are_in_memory() -> None:
    layers = [*LAYERS[:-1], {"type": "linear", "out_features": 2000}, {"type": "linear", "out_features": 10}]
    network = NetworkSpec.model_validate({**small_network().dump(), "layers": layers})
    sgd = optimizers.SGD(momentum=0)
    sam, plain, piece = (
        measured(network=network, optimizer=sgd, batch_size=size, sam_rho=rho)
        for size, rho in ((500, 0.1), (500, 0.0), (125, 0.0))
    )
    weights = 4 * sum(parameter.numel() for parameter in build(network).parameters())
    assert sam.memory_bytes - piece.memory_bytes == pytest.approx(2 * weights, rel=0.1)
    assert sam.seconds > plain.seconds


def test_what_cannot_be_tried_whole_is_tried_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = optimizers.SGD(momentum=0)
    whole = measured(optimizer=plain, batch_size=400)
    # A picture has 4 × 32 × 32 values of the convolution, as many of the sigmoid, and 4, 4 and 10 more.
    monkeypatch.setattr(estimation, "_MOST_VALUES", 20 * (2 * 4 * 1024 + 18))
    sizes: list[int] = []
    learn = Learner.learn

    def noted(self: Learner, batches: Augmented, chosen: torch.Tensor, *given: int) -> Learned:
        sizes.append(len(chosen))
        return learn(self, batches, chosen, *given)

    monkeypatch.setattr(Learner, "learn", noted)
    part = measured(optimizer=plain, batch_size=400)
    assert set(sizes) == {20, 5}
    assert part.memory_bytes == pytest.approx(whole.memory_bytes, rel=0.05)
    assert part.steps == whole.steps == 2 * (1437 // 400)


def test_pictures_that_are_looked_at_take_time() -> None:
    few, many = (estimate(configured(), CPU, tested).seconds for tested in (0, 10**6))
    assert many > 10 * few


def test_smaller_pictures_are_timed_at_their_size() -> None:
    sizes: list[int] = []
    handle = torch.nn.modules.module.register_module_forward_pre_hook(
        lambda module, given: (
            sizes.append(given[0].shape[-1]) if isinstance(module, torch.nn.Conv2d) else None
        )
    )
    try:
        measured(smaller_until=((0.5, 16), (0.8, 24)), epochs=10)
    finally:
        handle.remove()
    assert {16, 24, 32} <= set(sizes)


def test_the_random_numbers_of_others_are_left_alone() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    measured()
    assert torch.equal(torch.get_rng_state(), before)


def test_what_the_optimizer_does_takes_as_long_for_more_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    step, seconds = torch.optim.SGD.step, 0.05

    def slow(self: torch.optim.SGD, closure: None = None) -> None:
        step(self, closure)
        until = time.thread_time() + seconds
        while time.thread_time() < until:
            pass

    monkeypatch.setattr(torch.optim.SGD, "step", slow)
    monkeypatch.setattr(estimation, "_MOST_VALUES", 10 * (2 * 4 * 1024 + 18))
    made = measured(optimizer=optimizers.SGD(momentum=0), batch_size=1000, epochs=20)
    assert made.steps * seconds < made.seconds < 20 * made.steps * seconds
