"""How the learning rate goes over a run: a pure function of the step, as a fraction of its peak."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from app.arithmetic.fields import Probability, Spec

Divisor = Annotated[float, Field(ge=1, le=1e9, allow_inf_nan=False)]


class Cosine(Spec):
    """Half a cosine from the peak to zero."""

    usual_warmup: ClassVar[float] = 0.2
    name: Literal["cosine"] = "cosine"


class Constant(Spec):
    """The peak to the end."""

    usual_warmup: ClassVar[float] = 0.0
    name: Literal["constant"] = "constant"


class Step(Spec):
    """Times `gamma` whenever one of `milestones` is reached, each a share of the steps (``MultiStepLR``)."""

    usual_warmup: ClassVar[float] = 0.0
    name: Literal["step"] = "step"
    milestones: Annotated[
        tuple[Probability, ...],
        BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v),
        Field(max_length=100),
    ] = (0.5, 0.75)
    gamma: Annotated[float, Field(gt=0, le=1)] = 0.1


class LinearDecay(Spec):
    """A straight line from the peak to zero (``LinearLR``)."""

    usual_warmup: ClassVar[float] = 0.0
    name: Literal["linear"] = "linear"


class OneCycle(Spec):
    """``OneCycleLR``: from peak / `div_factor` up to the peak, then down to that start / `final_div_factor`.

    The rise takes the run's `warmup`, torch's ``pct_start``.
    """

    usual_warmup: ClassVar[float] = 0.3
    name: Literal["one_cycle"] = "one_cycle"
    div_factor: Divisor = 25.0
    final_div_factor: Divisor = 1e4
    anneal_strategy: Literal["cos", "linear"] = "cos"


AnySchedule = Annotated[Cosine | Constant | Step | LinearDecay | OneCycle, Field(discriminator="name")]

SCHEDULES: dict[str, type[Spec]] = {
    kind.model_fields["name"].default: kind for kind in (Cosine, Constant, Step, LinearDecay, OneCycle)
}
"""The configuration of each schedule, by its name."""


def fraction(schedule: AnySchedule, warmup: float, step: int, steps: int) -> float:
    """The rate of step `step` of `steps` (from 0) as a fraction of the peak, in [0, 1].

    It rises linearly over the share `warmup` of the run, a one-cycle in its own way, then goes as scheduled.
    """
    if isinstance(schedule, OneCycle):
        return _one_cycle(schedule, warmup, step, steps)
    rising = warmup * steps
    if step < rising:
        return (step + 1) / (rising + 1)
    done, falling = step - rising, max(1.0, steps - rising)
    match schedule:
        case Cosine():
            return 0.5 * (1 + math.cos(math.pi * done / falling))
        case LinearDecay():
            return 1 - done / falling
        case Step():
            reached: int = sum(step >= milestone * steps for milestone in schedule.milestones)
            return schedule.gamma**reached
        case Constant():
            return 1.0


def _one_cycle(schedule: OneCycle, warmup: float, step: int, steps: int) -> float:
    top = max(0.0, warmup * steps - 1)
    start = 1 / schedule.div_factor
    if step < top:
        return _between(start, 1.0, step / top, schedule.anneal_strategy)
    falling = max(1.0, steps - 1 - top)
    return _between(1.0, start / schedule.final_div_factor, (step - top) / falling, schedule.anneal_strategy)


def _between(start: float, end: float, share: float, strategy: str) -> float:
    if strategy == "linear":
        return start + (end - start) * share
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))
