"""Configured optimizers are PyTorch's, with every hyperparameter that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn

from app.engine import optimizers, stepping
from app.engine.muon import OrthogonalisedMomentum, orthogonalise
from app.engine.optimizers import AnyOptimizer

READ: TypeAdapter[AnyOptimizer] = TypeAdapter(AnyOptimizer)
UNUSUAL: dict[str, dict[str, Any]] = {
    "sgd": {"lr": 0.2, "momentum": 0.7, "dampening": 0.1, "nesterov": False, "weight_decay": 0.01},
    "adagrad": {
        "lr": 0.2,
        "lr_decay": 0.1,
        "weight_decay": 0.01,
        "initial_accumulator_value": 0.3,
        "eps": 1e-3,
    },
    "rmsprop": {
        "lr": 0.02,
        "alpha": 0.9,
        "eps": 1e-3,
        "weight_decay": 0.01,
        "momentum": 0.5,
        "centered": True,
    },
    "adam": {"lr": 0.02, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.01, "amsgrad": True},
    "adamw": {"lr": 0.02, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.1, "amsgrad": True},
}
OFFICIAL: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
EXAMPLES = [READ.validate_python({"name": name}) for name in optimizers.OPTIMIZERS]


def descend(made: list[torch.optim.Optimizer], weight: Tensor) -> Tensor:
    for step in range(5):
        for optimizer in made:
            optimizer.zero_grad()
        (weight * (step + 1) - 1).square().sum().backward()  # type: ignore[no-untyped-call]
        for optimizer in made:
            optimizer.step()
    return weight.detach()


def one_weight() -> nn.Linear:
    layer = nn.Linear(4, 3, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.linspace(-1, 1, 12).view(3, 4))
    return layer


@pytest.mark.parametrize("name", UNUSUAL)
def test_every_hyperparameter_arrives_and_the_steps_are_pytorchs(name: str) -> None:
    config = READ.validate_python({"name": name, **UNUSUAL[name]})
    assert set(UNUSUAL[name]) == set(type(config).model_fields) - {"name"}
    ours, theirs = one_weight(), one_weight()
    stepped = descend(stepping.make(config, ours, bfloat16=False), ours.weight)
    expected = descend([OFFICIAL[name](theirs.parameters(), **UNUSUAL[name])], theirs.weight)
    assert torch.equal(stepped, expected)


def test_defaults_are_pytorchs_beside_the_rate_and_what_recipes_rely_on() -> None:
    ours_by_choice = {"sgd": {"momentum", "nesterov", "weight_decay"}}
    for name, official in OFFICIAL.items():
        defaults = official([nn.Parameter(torch.zeros(1))], lr=0.1).defaults
        config = READ.validate_python({"name": name})
        for field in set(type(config).model_fields) - {"name", "lr"} - ours_by_choice.get(name, set()):
            assert getattr(config, field) == defaults[field], (name, field)


def test_biases_and_norms_are_not_decayed() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
    for config in EXAMPLES:
        decayed = config.model_copy(update={"weight_decay": 0.5})
        for optimizer in stepping.make(decayed, network, bfloat16=False):
            for group in optimizer.param_groups:
                dimensions = {parameter.ndim for parameter in group["params"]}
                assert group.get("weight_decay", 0) in ({0.0} if dimensions == {1} else {0.0, 0.5})


@pytest.mark.parametrize("layers", [(nn.Conv2d(3, 4, 3, bias=False),), (nn.Linear(4, 2),)])
def test_every_parameter_is_stepped_by_exactly_one_optimizer(layers: tuple[nn.Module, ...]) -> None:
    whole = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
    for network in (whole, nn.Sequential(*layers)):
        for config in EXAMPLES:
            made = stepping.make(config, network, bfloat16=False)
            held = [id(p) for optimizer in made for group in optimizer.param_groups for p in group["params"]]
            assert sorted(held) == sorted(id(parameter) for parameter in network.parameters())


@pytest.mark.parametrize(
    "refused",
    [
        {"name": "sgd", "lr": 0},
        {"name": "sgd", "lr": "0.1"},
        {"name": "sgd", "lr": float("inf")},
        {"name": "sgd", "momentum": 1.0},
        {"name": "sgd", "betas": [0.9, 0.999]},
        {"name": "adam", "betas": [0.9]},
        {"name": "adam", "betas": [0.9, 1.0]},
        {"name": "adam", "eps": 0},
        {"name": "rmsprop", "alpha": 1.0},
        {"name": "lion"},
    ],
    ids=str,
)
def test_what_pytorch_would_refuse_or_not_understand_is_refused(refused: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python(refused)


def test_nesterov_momentum_takes_no_dampening_as_in_pytorch() -> None:
    with pytest.raises(ValueError, match="momentum and zero dampening"):
        torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9, dampening=0.5, nesterov=True)
    with pytest.raises(ValidationError, match="no dampening"):
        READ.validate_python({"name": "sgd", "dampening": 0.5})
    assert not optimizers.SGD(momentum=0, dampening=0.5).looks_ahead


@pytest.mark.parametrize("number_format", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("shape", [(2, 16, 27), (1, 64, 16), (3, 8, 8)], ids=str)
def test_orthogonalised_updates_have_singular_values_near_one(
    shape: tuple[int, ...], number_format: torch.dtype
) -> None:
    gradients = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    update = orthogonalise(gradients.to(number_format), steps=5)
    assert update.dtype == number_format
    singular = torch.linalg.svdvals(update.float())
    assert update.shape == shape
    assert singular.max() < 1.3
    assert (singular.median(1).values > 0.6).all()


@pytest.mark.parametrize(("bfloat16", "tolerance"), [(False, 1e-5), (True, 0.01)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=str)
@pytest.mark.parametrize("shapes", [((16, 4, 3, 3),), ((4, 16, 1, 1), (8, 3, 5, 5), (4, 16, 1, 1))], ids=str)
def test_orthogonalised_momentum_goes_the_way_it_is_written_in_float64(
    shapes: tuple[tuple[int, ...], ...], layout: torch.memory_format, bfloat16: bool, tolerance: float
) -> None:
    draw = torch.Generator().manual_seed(0)
    starts = [torch.randn(shape, generator=draw) for shape in shapes]
    weights = [nn.Parameter(start.contiguous(memory_format=layout)) for start in starts]
    optimizer = OrthogonalisedMomentum(weights, lr=0.1, momentum=0.7, bfloat16=bfloat16)
    expected = [start.double() for start in starts]
    buffers = [torch.zeros_like(start) for start in expected]
    for _ in range(3):
        for number, weight in enumerate(weights):
            gradient = torch.randn(weight.shape, generator=draw)
            weight.grad = gradient.contiguous(memory_format=layout)
            buffers[number] = 0.7 * buffers[number] + gradient
            u, s, v = torch.linalg.svd((gradient + 0.7 * buffers[number]).flatten(1), full_matrices=False)
            s /= s.norm()
            for _ in range(3):
                s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
            update = ((u * s) @ v).view_as(expected[number])
            expected[number] *= len(update) ** 0.5 / expected[number].norm()
            expected[number] -= 0.1 * update
        optimizer.step()
    for weight, value in zip(weights, expected, strict=True):
        assert (weight - value).abs().max() < tolerance * value.abs().max()
