"""A schedule is a pure function of the step; PyTorch's own schedulers say what it must be."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch.optim import lr_scheduler

from app.engine.schedules import (
    SCHEDULES,
    AnySchedule,
    Constant,
    Cosine,
    LinearDecay,
    OneCycle,
    Step,
    fraction,
)

STEPS = 40
Make = Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler]


def official(make: Make) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    rates = []
    for _ in range(STEPS):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        (Cosine(), lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS)),
        (Constant(), lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
        (Step(milestones=(0.25, 0.5), gamma=0.3), lambda o: lr_scheduler.MultiStepLR(o, [10, 20], 0.3)),
        (LinearDecay(), lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, STEPS)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_without_warmup_it_is_pytorchs_scheduler(schedule: AnySchedule, make: Make) -> None:
    ours = [fraction(schedule, 0.0, step, STEPS) for step in range(STEPS)]
    assert ours == pytest.approx(official(make), abs=1e-9)


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("warmup", [0.3, 0.5])
def test_one_cycle_is_pytorchs(strategy: str, warmup: float) -> None:
    schedule = OneCycle.model_validate(
        {"div_factor": 10, "final_div_factor": 100, "anneal_strategy": strategy}, strict=False
    )
    expected = lr_scheduler.OneCycleLR(
        torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0),
        max_lr=1.0,
        total_steps=STEPS,
        pct_start=warmup,
        anneal_strategy=strategy,  # type: ignore[arg-type]
        cycle_momentum=False,
        div_factor=10,
        final_div_factor=100,
    )
    rates = []
    for step in range(STEPS):
        rates.append(expected.get_last_lr()[0])
        if step < STEPS - 1:
            expected.optimizer.step()
            expected.step()
    assert [fraction(schedule, warmup, step, STEPS) for step in range(STEPS)] == pytest.approx(rates)


def test_the_default_rises_then_falls_to_zero_as_it_always_did() -> None:
    rates = [fraction(Cosine(), 0.2, step, 100) for step in range(100)]
    assert rates.index(max(rates)) == 20
    assert rates[20] == 1
    assert rates[:20] == [(step + 1) / 21 for step in range(20)]
    assert rates[20:] == [0.5 * (1 + math.cos(math.pi * (step - 20.0) / 80.0)) for step in range(20, 100)]


@pytest.mark.parametrize("schedule", [kind() for kind in SCHEDULES.values()], ids=lambda each: each.name)
@pytest.mark.parametrize("warmup", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_it_stays_between_zero_and_the_peak_however_short_the_run(
    schedule: AnySchedule, warmup: float, steps: int
) -> None:
    rates = [fraction(schedule, warmup, step, steps) for step in range(steps)]
    assert all(0 <= rate <= 1 for rate in rates)
    assert rates[0] > 0


def test_every_schedule_is_read_by_its_name_and_unknown_words_are_refused() -> None:
    read: TypeAdapter[AnySchedule] = TypeAdapter(AnySchedule)
    for name, kind in SCHEDULES.items():
        assert read.validate_json(f'{{"name": "{name}"}}') == kind()
    for refused in (
        '{"name": "exponential"}',
        '{"name": "step", "milestones": [2]}',
        '{"name": "cosine", "lr": 1}',
    ):
        with pytest.raises(ValidationError):
            read.validate_json(refused)
