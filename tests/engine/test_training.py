"""A run learns, and tells of it: losses, rates, epochs, and why it diverged where it does."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

from app.arithmetic.specification import NetworkSpec
from app.engine import configuration, epochs, learner, optimizers, training
from app.engine.checkpoints import weights_of
from app.engine.configuration import AugmentationConfig, TrainingConfig
from app.engine.datasets import digits, normalise
from app.engine.events import Diverged, EpochEnded, Finished, Started, Stepped
from app.engine.learner import seed_of
from app.engine.networks import build
from app.engine.schedules import Step
from tests.engine.trained import CPU, configured, stepped, told, weights_after
from tests.engine.training_data import coloured_pictures, small_network


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


def test_divergence_is_caught_at_its_step(tmp_path: Path) -> None:
    config = configured(optimizer=optimizers.SGD(lr=1000, weight_decay=10), warmup=0)
    with pytest.raises(Diverged) as caught:
        weights_after(config, tmp_path)
    assert caught.value.step > 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_run_learns_on_cuda(tmp_path: Path) -> None:
    events = list(training.train(configured(), coloured_pictures(320), torch.device("cuda"), tmp_path))
    assert isinstance(events[-1], Finished)
    assert all(value.device.type == "cpu" for value in events[-1].network.state_dict().values())


def test_the_first_step_tells_the_loss_and_the_gradients_norm_that_autograd_gives(tmp_path: Path) -> None:
    layers = [{"type": "flatten"}, {"type": "linear", "out_features": 10}]
    network = NetworkSpec.model_validate({**small_network().dump(), "layers": layers})
    augmentation = AugmentationConfig(crop_padding=0, flip=False)
    config = configured(
        network=network, batch_size="full", epochs=1, augmentation=augmentation, held_out=0, warmup=0.0
    )
    first = stepped(told(config, tmp_path))[0]
    torch.manual_seed(seed_of(config.seed, 0))
    plain = build(network)
    pictures = coloured_pictures(320)
    loss = nn.functional.cross_entropy(plain(normalise(pictures.pixels)), pictures.labels)
    loss.backward()  # type: ignore[no-untyped-call]
    norm = sum(float(p.grad.square().sum()) for p in plain.parameters() if p.grad is not None) ** 0.5
    assert first.loss == pytest.approx(loss.item(), rel=1e-5)
    assert first.gradient_norm == pytest.approx(norm, rel=1e-4)
    assert first.lr == config.optimizer.lr


def test_the_rate_told_is_the_scheduled_one(tmp_path: Path) -> None:
    config = configured(optimizer=optimizers.SGD(lr=0.04), schedule=Step(milestones=(0.5,)), warmup=0.0)
    rates = [event.lr for event in stepped(told(config, tmp_path))]
    assert rates == pytest.approx([0.04] * 12 + [0.004] * 12)


def test_an_epoch_tells_its_mean_loss_and_accuracy_and_those_of_other_pictures(tmp_path: Path) -> None:
    events = told(configured(), tmp_path, test=coloured_pictures(50, seed=9))
    ended = [event for event in events if isinstance(event, EpochEnded)]
    losses = [event.loss for event in stepped(events)]
    assert [event.step for event in ended] == [8, 16, 24]
    assert ended[1].train_loss == pytest.approx(sum(losses[8:16]) / 8)
    assert ended[-1].held_out is not None
    assert ended[-1].test is not None
    last = events[-1]
    assert isinstance(last, Finished)
    pictures = coloured_pictures(50, seed=9)
    with torch.inference_mode():
        logits = last.network(normalise(pictures.pixels))
    assert ended[-1].test.loss == pytest.approx(
        nn.functional.cross_entropy(logits, pictures.labels).item(), rel=1e-4
    )
    assert ended[-1].test.accuracy == int((logits.argmax(1) == pictures.labels).sum()) / 50
    assert 0.2 < ended[-1].train_accuracy <= 1


def test_looking_at_test_pictures_and_keeping_epochs_changes_nothing(tmp_path: Path) -> None:
    plain = weights_after(configured(), tmp_path / "plain")
    events = told(configured(), tmp_path / "watched", test=coloured_pictures(50), keep_epochs=True)
    last = events[-1]
    assert isinstance(last, Finished)
    assert all(torch.equal(value, last.network.state_dict()[key]) for key, value in plain.items())


def test_every_epochs_weights_are_kept_on_request_and_a_run_starts_from_them(tmp_path: Path) -> None:
    events = told(configured(), tmp_path, keep_epochs=True)
    assert epochs.kept(tmp_path) == [0, 1, 2, 3]
    last = events[-1]
    assert isinstance(last, Finished)
    assert epochs.path_of(tmp_path, 3).read_bytes() == weights_of(last.network)
    start = epochs.path_of(tmp_path, 2).read_bytes()
    fork = configured(optimizer=optimizers.SGD(lr=0.01), epochs=1)
    forked = told(fork, tmp_path / "fork", start=start, keep_epochs=True)
    assert epochs.path_of(tmp_path / "fork", 0).read_bytes() == start
    fresh = told(fork, tmp_path / "fork")  # another start: it does not go on from the fork's checkpoint
    assert stepped(fresh)[0].loss > stepped(forked)[0].loss
    assert not epochs.kept(tmp_path / "none")


def test_weights_of_another_network_are_no_start(tmp_path: Path) -> None:
    for start in (weights_of(nn.Linear(2, 2)), b"", b"not safetensors"):
        with pytest.raises(training.UnfitWeights):
            told(configured(), tmp_path, start=start)


def test_a_batch_in_pieces_has_the_gradient_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = [{"type": "flatten"}, {"type": "linear", "out_features": 10}]  # no batch norm, no dropout
    network = NetworkSpec.model_validate({**small_network().dump(), "layers": layers})
    config = configured(network=network, batch_size="full", optimizer=optimizers.SGD(lr=0.01), epochs=5)
    whole = stepped(told(config, tmp_path / "whole"))
    monkeypatch.setattr(configuration, "AT_ONCE", 50)
    assert [piece.stop - piece.start for piece in learner.pieces(256, 50)] == [42, 43, 43, 42, 43, 43]
    in_pieces = stepped(told(config, tmp_path / "pieces"))
    assert len(whole) == 5  # a full batch is one step an epoch
    assert [each.loss for each in in_pieces] == pytest.approx([each.loss for each in whole], rel=1e-4)


def test_one_picture_a_step_is_a_batch_too(tmp_path: Path) -> None:
    config = configured(
        batch_size=1, train_examples=20, epochs=2, held_out=0, optimizer=optimizers.SGD(lr=0.001)
    )
    events = told(config, tmp_path)
    assert len(stepped(events)) == 40
    assert isinstance(events[0], Started)
    assert (events[0].batch_size, events[0].examples) == (1, 20)


def test_digits_are_learned_in_moments_and_never_mirrored(tmp_path: Path) -> None:
    layers = [
        {"type": "conv2d", "out_channels": 8, "kernel_size": 5, "stride": 4},
        {"type": "relu"},
        {"type": "flatten"},
        {"type": "linear", "out_features": 10},
    ]
    network = {**small_network().dump(), "layers": layers}
    config = TrainingConfig.model_validate(
        {"network": network, "dataset": "digits", "batch_size": 64, "epochs": 6, "precision": "float32"}
    )
    events = list(training.train(config, digits(train=True), CPU, tmp_path, test=digits(train=False)))
    ended = [event for event in events if isinstance(event, EpochEnded)][-1]
    assert ended.test is not None
    assert ended.test.accuracy > 0.8
    assert not config.mirrors


@pytest.mark.parametrize(
    ("step", "batch_size", "word"),
    [(1, 500, "overflow"), (9, 4, "larger batches"), (9, 500, "learning rate")],
)
def test_divergence_names_step_rate_batch_and_a_cause(step: int, batch_size: int, word: str) -> None:
    error = Diverged(step, 0.5, batch_size)
    assert word in str(error)
    assert f"step {step}" in str(error)
    if step > 1:
        assert "0.5" in str(error)
        assert "0.05" in str(error)
        assert str(batch_size) in str(error)
