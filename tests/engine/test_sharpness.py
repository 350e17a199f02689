"""Sharpness-aware steps against the same written down in plain PyTorch."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from app.arithmetic.specification import NetworkSpec
from app.engine import configuration, optimizers, sharpness
from app.engine.augmentation import Augmentation, Augmented
from app.engine.configuration import TrainingConfig
from app.engine.devices import CPU, FLOAT32
from app.engine.learner import Learner, seed_of
from app.engine.networks import build
from tests.engine.trained import configured, weights_after
from tests.engine.training_data import coloured_pictures

RHO, LR, COUNT = 0.3, 0.1, 64
CONFIG = configured(
    optimizer=optimizers.SGD(lr=LR, momentum=0, nesterov=False, weight_decay=0), sam_rho=RHO, warmup=0.0
)


def stepped(config: TrainingConfig, count: int) -> tuple[nn.Sequential, nn.Sequential, Tensor, Tensor, float]:
    """A network before and after a step, the batch that it took, and the loss that was told."""
    torch.manual_seed(0)
    network = build(config.network)
    before = copy.deepcopy(network).train()
    batches = Augmented(coloured_pictures(320), Augmentation(2))
    learned = Learner(config, network, FLOAT32, CPU).learn(batches, torch.arange(count), 0, 0, 10)
    inputs, labels = batches.batch(torch.arange(count), 0, seed_of(config.seed, 2, 0))
    return before, network, inputs, labels, float(learned.figures[0])


def worst_gradients(network: nn.Sequential, inputs: Tensor, labels: Tensor, seed: int) -> list[Tensor]:
    """Those at the weights plus rho times the unit vector along the gradient; Foret et al., equation 2."""
    torch.manual_seed(seed)
    here = torch.autograd.grad(F.cross_entropy(network(inputs), labels), list(network.parameters()))
    length = torch.cat([each.flatten() for each in here]).norm()
    above = copy.deepcopy(network)
    with torch.no_grad():
        for parameter, gradient in zip(above.parameters(), here, strict=True):
            parameter.add_(gradient, alpha=RHO / float(length))
    torch.manual_seed(seed)
    return list(torch.autograd.grad(F.cross_entropy(above(inputs), labels), list(above.parameters())))


def test_a_step_goes_along_the_gradient_of_the_worst_place_nearby() -> None:
    """Dropout drops alike in both passes, and statistics follow the first alone."""
    before, after, inputs, labels, told = stepped(CONFIG, COUNT)
    seed = seed_of(CONFIG.seed, 3, 0)
    torch.manual_seed(seed)
    with torch.no_grad():
        assert told == pytest.approx(F.cross_entropy(copy.deepcopy(before)(inputs), labels).item(), rel=1e-5)
    gradients = worst_gradients(before, inputs, labels, seed)
    for old, new, gradient in zip(before.parameters(), after.parameters(), gradients, strict=True):
        torch.testing.assert_close(new, old - LR * gradient, rtol=1e-4, atol=1e-6)
    for name in ("1.running_mean", "1.running_var"):
        torch.testing.assert_close(after.get_buffer(name), before.get_buffer(name))
    plain = stepped(CONFIG.model_copy(update={"sam_rho": 0.0}), COUNT)[1].get_parameter("5.weight")
    assert not torch.allclose(plain, after.get_parameter("5.weight"), rtol=0, atol=1e-3)


def test_few_pictures_look_for_their_worst_place_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration, "FEW_AT_ONCE", 20)
    before, after, inputs, labels, _ = stepped(CONFIG, COUNT)
    means = [torch.zeros_like(parameter) for parameter in before.parameters()]
    for number, part in enumerate((slice(0, 16), slice(16, 32), slice(32, 48), slice(48, 64))):
        seed = seed_of(CONFIG.seed, 3, 0, *([number] if number else []))
        found = worst_gradients(before, inputs[part], labels[part], seed)
        for mean, gradient in zip(means, found, strict=True):
            mean.add_(gradient, alpha=1 / 4)
    for old, new, mean in zip(before.parameters(), after.parameters(), means, strict=True):
        torch.testing.assert_close(new, old - LR * mean, rtol=1e-4, atol=1e-6)


def test_statistics_follow_pieces_as_far_together_as_they_would_one_batch() -> None:
    norm = nn.BatchNorm2d(3, momentum=0.4)
    alike = torch.randn(8, 3, 5, 5, generator=torch.Generator().manual_seed(0)) + 2
    whole = copy.deepcopy(norm)
    whole(alike)
    for _ in range(4):
        with sharpness.following(norm, 0.25):
            norm(alike)
    torch.testing.assert_close(norm.running_mean, whole.running_mean)
    torch.testing.assert_close(norm.running_var, whole.running_var)
    assert norm.momentum == 0.4
    with sharpness.following(norm, 0):
        norm(alike + 9)
    torch.testing.assert_close(norm.running_mean, whole.running_mean)


def test_weights_come_back_to_the_bit_also_after_an_error() -> None:
    weights = [torch.randn(50, generator=torch.Generator().manual_seed(n)) for n in range(3)]
    before = [each.clone() for each in weights]
    directions = [torch.full_like(each, 1e-3) for each in weights]
    with sharpness.uphill(weights, directions, 0.7):
        moved = torch.cat([now - old for now, old in zip(weights, before, strict=True)])
    torch.testing.assert_close(moved.norm(), torch.tensor(0.7))
    assert all(torch.equal(now, old) for now, old in zip(weights, before, strict=True))
    with pytest.raises(ZeroDivisionError), sharpness.uphill(weights, directions, 0.7):
        raise ZeroDivisionError
    assert all(torch.equal(now, old) for now, old in zip(weights, before, strict=True))


def test_where_the_loss_is_flat_there_is_nowhere_to_go() -> None:
    weights = [torch.ones(3)]
    with sharpness.uphill(weights, [torch.zeros(3)], 0.5):
        assert torch.equal(weights[0], torch.ones(3))


def test_a_first_layer_that_stays_is_not_looked_along(tmp_path: Path) -> None:
    """As speedruns do it: its weights never learn, its bias for a third of the run."""
    layers = [{"type": "conv2d", "out_channels": 24, "kernel_size": 2}, *CONFIG.network.dump()["layers"][1:]]
    network = NetworkSpec.model_validate({**CONFIG.network.dump(), "layers": layers})
    config = CONFIG.model_copy(update={"network": network, "initialisation": "whitened"})
    assert weights_after(config, tmp_path)["0.weight"].isfinite().all()


def test_an_interrupted_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    unbroken = weights_after(CONFIG, tmp_path / "unbroken")
    weights_after(CONFIG, tmp_path / "broken", stop_at=10)
    resumed = weights_after(CONFIG, tmp_path / "broken")
    assert all(torch.equal(value, resumed[name]) for name, value in unbroken.items())
