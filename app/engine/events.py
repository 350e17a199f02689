"""What a training run tells while it goes on, and what stops it. Never PyTorch where it is only read."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from app.locale import mark as _

if TYPE_CHECKING:
    from torch import nn

    from app.engine.devices import Pace


@dataclasses.dataclass(frozen=True)
class Started:
    """The run is set up; `step` is where it goes on from, 0 for a new one.

    `batch_size` is what a step really takes, over all `processes`; `examples` the pictures trained on.
    """

    step: int
    steps: int
    steps_per_epoch: int
    pace: Pace
    batch_size: int
    examples: int
    processes: int


@dataclasses.dataclass(frozen=True)
class Stepped:
    """Update number `step`, from 1, was made.

    `loss` is the batch's mean and `gradient_norm` the norm of its gradient over all parameters, both from
    before the update; `lr` the learning rate it was made with, the first one's where there are several.
    """

    step: int
    loss: float
    lr: float
    gradient_norm: float
    examples_per_second: float


@dataclasses.dataclass(frozen=True)
class Measured:
    """How a network does on pictures it is not trained on: mean loss, and the fraction it gets right."""

    loss: float
    accuracy: float


@dataclasses.dataclass(frozen=True)
class EpochEnded:
    """One pass, `epoch` from 1, ended after update `step`.

    `train_loss` and `train_accuracy` are means over the pass as it was trained: on changed pictures, with
    dropout, by weights that were still moving. `held_out` and `test` are None where they are not looked at.
    """

    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    held_out: Measured | None
    test: Measured | None
    seconds: float

    @property
    def held_out_accuracy(self) -> float | None:
        """A fraction, None where nothing is held out."""
        return self.held_out.accuracy if self.held_out else None


@dataclasses.dataclass(frozen=True)
class Paused:
    """The last event of a run that was asked to stop: all it needs to go on from `step` is on disk."""

    step: int
    seconds: float


@dataclasses.dataclass(frozen=True)
class Finished:
    """The last event: the trained network, in evaluation mode on the CPU, float32."""

    network: nn.Sequential
    seconds: float


TrainingEvent = Started | Stepped | EpochEnded | Paused | Finished


class Diverged(RuntimeError):
    """Loss, gradient or weights stopped being numbers at `step`; its weights are not saved.

    Attributes:
        lr: the learning rate of that step.
        batch_size: how many pictures a step takes.
        message: the likely cause and what to try, an English sentence; also the key of its translation.
        values: what fills its placeholders.
    """

    SMALL_BATCH = 16
    at_once = _(
        "The loss is not a number at step {step}, before anything was learned: the network's outputs "
        "overflow. A batch norm behind its layers keeps them in range."
    )
    small_batch = _(
        "The loss is no longer a number at step {step}. Learning rate {lr} is too high for steps of "
        "{batch_size} pictures, whose gradients are noisy: try {lower}, or larger batches."
    )
    high_rate = _(
        "The loss is no longer a number at step {step}. The likely cause is the learning rate, {lr} at "
        "batch size {batch_size}: try {lower}, or a longer warm-up."
    )

    def __init__(self, step: int, lr: float, batch_size: int) -> None:
        self.step = step
        self.lr = lr
        self.batch_size = batch_size
        if step == 1:
            self.message = self.at_once
        else:
            self.message = self.small_batch if batch_size <= self.SMALL_BATCH else self.high_rate
        self.values = {"step": step, "lr": _short(lr), "batch_size": batch_size, "lower": _short(lr / 10)}
        super().__init__(self.message.format_map(self.values))


def _short(rate: float) -> str:
    """Two digits, as a person writes them: 0.05, 100."""
    return f"{float(f'{rate:.2g}'):g}"
