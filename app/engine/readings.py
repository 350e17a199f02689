"""What steps have come to, read from the device for many of them at once.

A number of an accelerator's can be had only when all that it was given before is done, and until the next
step is given to it, it has nothing to do. So steps are not waited for one by one.
"""

from __future__ import annotations

import dataclasses
import time

import torch

from app.engine.learner import Learned

LOOK_SECONDS = 0.25
"""How long a device is left alone, unless something else asks what steps have come to."""


@dataclasses.dataclass(frozen=True)
class Reading:
    """What update number `step`, from 1, came to.

    `loss` is the mean over its `examples`, of which it got `right` many right.
    """

    step: int
    loss: float
    right: int
    examples: int
    gradient_norm: float
    lr: float
    examples_per_second: float


class Readings:
    """Steps that were made and not read yet; `at_once` where each is read before the next is made."""

    def __init__(self, *, at_once: bool) -> None:
        self.at_once = at_once
        self._unread: list[tuple[int, Learned]] = []
        self._since = 0.0

    def add(self, step: int, learned: Learned, began: float) -> None:
        """One more step, begun at this time of ``time.monotonic``."""
        if not self._unread:
            self._since = began
        self._unread.append((step, learned))

    @property
    def due(self) -> bool:
        """Whether it is time to look at the device."""
        return self.at_once or time.monotonic() - self._since > LOOK_SECONDS

    def read(self) -> list[Reading]:
        """All that was not read yet, in order, after one look at the device."""
        unread, self._unread = self._unread, []
        if not unread:
            return []
        figures = torch.stack([learned.figures for _, learned in unread]).tolist()
        speed = sum(learned.examples for _, learned in unread) / (time.monotonic() - self._since)
        return [
            Reading(step, loss, int(right), learned.examples, norm, learned.lr, speed)
            for (step, learned), (loss, right, norm) in zip(unread, figures, strict=True)
        ]
