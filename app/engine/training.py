"""Training: ``train(config, …)`` yields events, and whatever kills it, it resumes to the same weights.

Every random draw (order, crops, flips, dropout) is a function of the seed and the step, so that a checkpoint
holds weights, optimizer state, averaged weights and a step number, and a resumed run on the CPU ends with
the weights of an unbroken one, bit for bit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from app.arithmetic.errors import InvalidSpec
from app.engine import epochs, resume
from app.engine.allocation import memory_kept
from app.engine.augmentation import Augmentation, Augmented
from app.engine.configuration import AugmentationConfig, TrainingConfig, fingerprint
from app.engine.datasets import Pictures, split
from app.engine.evaluation import Examined, examine
from app.engine.events import (
    Diverged,
    EpochEnded,
    Finished,
    Measured,
    Paused,
    Started,
    Stepped,
    TrainingEvent,
)
from app.engine.learner import seed_of
from app.engine.networks import build
from app.engine.outcomes import outcome_of
from app.engine.outset import UnfitWeights, learner_of
from app.engine.processes import ALONE, Processes
from app.engine.readings import Readings
from app.engine.resume import Tally
from app.engine.shuffling import test_pictures, training_pictures

__all__ = [
    "AugmentationConfig",
    "Diverged",
    "EpochEnded",
    "Finished",
    "Measured",
    "Paused",
    "Started",
    "Stepped",
    "TrainingConfig",
    "TrainingEvent",
    "UnfitWeights",
    "train",
]


def train(
    config: TrainingConfig,
    pictures: Pictures,
    device: torch.device,
    state_folder: Path,
    checkpoint_seconds: float = 60.0,
    *,
    test: Pictures | None = None,
    start: bytes | None = None,
    keep_epochs: bool = False,
    should_pause: Callable[[], bool] = lambda: False,
    before_saving: Callable[[], None] = lambda: None,
    processes: Processes = ALONE,
) -> Iterator[TrainingEvent]:
    """Trains to the end, from the newest sound checkpoint of the same configuration in `state_folder`.

    After each epoch the pictures held out and those of `test` are looked at, which changes nothing. A new run
    starts with the weights `start`, as safetensors, where given. `keep_epochs` keeps each epoch's (`epochs`),
    and the start's, with what they make of the test pictures.
    `should_pause` is asked at every step; where it says so, a checkpoint is written and the run ends with
    Paused. `before_saving` is called before a checkpoint is written: what was told until then is not trained,
    and not told, again. Of several processes all must iterate, and only the first yields anything.

    Raises:
        Diverged: the loss became NaN or infinite.
        UnfitWeights: `start` does not fit the network.
        InvalidSpec: a step has fewer pictures than there are processes.
    """
    # Numbers too small for float32's usual form make some steps many times slower. Only while training: the
    # setting is the thread's, and others in it count on such numbers.
    torch.set_flush_denormal(True)
    try:
        with memory_kept():
            run = _Run(
                config,
                pictures,
                device,
                state_folder,
                checkpoint_seconds,
                test,
                start,
                keep_epochs,
                before_saving,
                processes,
            )
            for event in run.events(should_pause):
                if processes.leads:
                    yield event
    finally:
        torch.set_flush_denormal(False)


class _Run:
    """One run in one process: its pictures, what learns from them, and where it stands."""

    def __init__(
        self,
        config: TrainingConfig,
        pictures: Pictures,
        device: torch.device,
        folder: Path,
        checkpoint_seconds: float,
        test: Pictures | None,
        start: bytes | None,
        keep_epochs: bool,  # noqa: FBT001  only `train` calls this
        before_saving: Callable[[], None],
        processes: Processes,
    ) -> None:
        self.config, self.folder, self.checkpoint_seconds = config, folder, checkpoint_seconds
        self.before_saving = before_saving
        self.processes, self.keeps_epochs = processes, keep_epochs
        self.test = test_pictures(test, config.shuffled) if test else None
        training, self.held_out = split(training_pictures(pictures, config.shuffled), config.held_out)
        training = training[: config.train_examples]
        self.examples, self.batch_size = len(training), config.batch_of(len(training))
        if self.batch_size < processes.world:
            raise InvalidSpec(
                "batch_size",
                "A step takes {batch_size} pictures, fewer than the {processes} processes.",
                {"batch_size": self.batch_size, "processes": processes.world},
                processes.world,
            )
        self.identity = fingerprint(config, start)
        saved = resume.newest(folder, self.identity, processes, device)
        self.learner = learner_of(config, training, start, saved, device, processes)
        draws = Augmentation(**{**dict(config.augmentation), "flip": config.mirrors})
        self.batches = Augmented(training, draws, seed_of(config.seed, 4), device)
        self.steps_per_epoch = max(1, self.examples // self.batch_size)
        self.steps = self.steps_per_epoch * config.epochs
        self.step = saved.step if saved else 0
        self.tally = saved.tally if saved else Tally()
        self.readings = Readings(at_once=device.type == "cpu" or not processes.alone)
        self.lr = config.optimizer.lr
        self.began = time.monotonic() - (saved.seconds if saved else 0.0)
        self.last_saved = time.monotonic()
        self.epoch_began = self.last_saved - self.tally.seconds

    @property
    def seconds(self) -> float:
        """Trained so far, interruptions left out."""
        return time.monotonic() - self.began

    def events(self, should_pause: Callable[[], bool]) -> Iterator[TrainingEvent]:
        """Goes on to the end, or until it should pause."""
        learner = self.learner
        yield Started(
            step=self.step,
            steps=self.steps,
            steps_per_epoch=self.steps_per_epoch,
            pace=learner.pace,
            batch_size=self.batch_size,
            examples=self.examples,
            processes=self.processes.world,
        )
        if self.keeps_epochs and self.step == 0:
            self._keep(0, self._examined(self.test))
        order: Tensor | None = None
        while self.step < self.steps:
            epoch, position = divmod(self.step, self.steps_per_epoch)
            if order is None or position == 0:
                order = self._order(epoch)
            self._learn(epoch, order[position * self.batch_size : (position + 1) * self.batch_size])
            ends = self.step % self.steps_per_epoch == 0
            if ends or self.readings.due:
                yield from self._read()
            if self.step == self.steps:
                learner.finish(self.batches, self._order(self.config.epochs), self.config.epochs, self.steps)
            if ends:
                yield self._epoch_ended(epoch + 1)
            pausing = self.processes.any(should_pause(), learner.device) and self.step < self.steps
            if pausing or self.step == self.steps or self._should_save():
                yield from self._read()
                self._save()
            if pausing:
                yield Paused(self.step, self.seconds)
                return
        yield Finished(_plain(self.config, learner.network), self.seconds)

    def _order(self, epoch: int) -> Tensor:
        draw = torch.Generator().manual_seed(seed_of(self.config.seed, 1, epoch))
        return torch.randperm(self.examples, generator=draw)

    def _learn(self, epoch: int, chosen: Tensor) -> None:
        began = time.monotonic()
        learned = self.learner.learn(self.batches, chosen, epoch, self.step, self.steps)
        self.step += 1
        self.lr = learned.lr
        self.readings.add(self.step, learned, began)

    def _read(self) -> Iterator[Stepped]:
        for made in self.readings.read():
            if not math.isfinite(made.loss) or not math.isfinite(made.gradient_norm):
                raise Diverged(made.step, made.lr, self.batch_size)
            self.tally = self.tally.with_batch(made.loss, made.right, made.examples)
            yield Stepped(made.step, made.loss, made.lr, made.gradient_norm, made.examples_per_second)

    def _epoch_ended(self, epoch: int) -> EpochEnded:
        held_out, test = self._examined(self.held_out), self._examined(self.test)
        if self.keeps_epochs:
            self._check()
            self._keep(epoch, test)
        tally, began = self.tally, self.epoch_began
        self.tally, self.epoch_began = Tally(), time.monotonic()
        return EpochEnded(
            epoch=epoch,
            step=self.step,
            train_loss=tally.loss,
            train_accuracy=tally.accuracy,
            held_out=held_out.measured if held_out else None,
            test=test.measured if test else None,
            seconds=self.epoch_began - began,
        )

    def _examined(self, pictures: Pictures | None) -> Examined | None:
        if not pictures:
            return None
        learner = self.learner
        return examine(learner.network, pictures, learner.pace, learner.device, self.processes)

    def _keep(self, epoch: int, test: Examined | None) -> None:
        if self.processes.leads:
            outcome = outcome_of(test, self.test) if test and self.test else None
            epochs.keep(self.folder, epoch, self.learner.network, outcome)

    def _check(self) -> None:
        """Before weights are written: what is kept is there to go on from."""
        if not self.learner.is_finite():
            raise Diverged(self.step, self.lr, self.batch_size)

    def _should_save(self) -> bool:
        return time.monotonic() - self.last_saved > self.checkpoint_seconds

    def _save(self) -> None:
        if self.processes.leads:
            self._check()
            self.before_saving()
            tally = self.tally.after(time.monotonic() - self.epoch_began)
            resume.save(self.folder, self.identity, self.step, self.seconds, tally, self.learner)
        self.last_saved = time.monotonic()


def _plain(config: TrainingConfig, network: nn.Module) -> nn.Sequential:
    """The trained weights in a network as anyone builds it, in evaluation mode, on the CPU."""
    plain = build(config.network)
    plain.load_state_dict(network.state_dict())
    return plain.eval()
