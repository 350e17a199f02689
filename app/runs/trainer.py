"""The process of one run: ``convscope train --run ID``. Everything it knows it has from the store.

It may be killed at any moment: the next one goes on from the newest checkpoint, to the same weights. It is
not the server's to take along when that dies; it ends when its run has ended, when its time is over, or when
the run is no longer its own.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from app.arithmetic.network import trace
from app.engine import checkpoints, devices
from app.engine.checkpoints import Card, Normalisation, Title
from app.engine.datasets import CLASSES, MEAN, STD, Pictures
from app.engine.evaluation import accuracy
from app.engine.recipes import describe
from app.engine.training import EpochEnded, Finished, Saved, Started, Stepped, TrainingEvent, train
from app.runs import failures
from app.runs.claims import Claims
from app.runs.database import Database
from app.runs.errors import ClaimLost
from app.runs.failures import Failed
from app.runs.folder import RunFolder, ship
from app.runs.identity import this_process
from app.runs.recorder import GONE_STATUS, Recorder
from app.runs.run import Run
from app.runs.states import CRASHED, TIME_LIMIT, WISHED_FOR, State

logger = logging.getLogger(__name__)


class Load(Protocol):
    """Gives the pictures of a data set; `folder` is that of all data."""

    def __call__(self, name: str, folder: Path, *, train: bool) -> Pictures: ...


@dataclass(frozen=True)
class Terms:
    """Under which a trainer works: where things are, and what it may use."""

    url: str
    folder: Path
    data: Path
    wall_seconds: float
    lease_seconds: float
    checkpoint_seconds: float
    epochs_bytes: int
    nice: int
    threads: int | None


class _Training:
    """The training of one run in this process, until something ends it."""

    def __init__(self, run: Run, recorder: Recorder, terms: Terms, load: Load) -> None:
        self.run, self.terms, self.load = run, terms, load
        self.recorder = recorder
        self.files = RunFolder(terms.folder, run.id)
        self.step = self.steps = 0
        self.saved_at = time.monotonic()
        self.is_asked_to_leave = False
        signal.signal(signal.SIGTERM, self._leave)

    def go(self) -> State:
        """Trains; the state that the run is in then.

        Raises:
            Failed, ClaimLost
        """
        config, terms = self.run.config, self.terms
        with failures.named(config):
            self.files.make()
            device = devices.choose_device(config.device)
            pictures = self.load(config.dataset, terms.data, train=True)
            precision = devices.usual_precision(device) if config.precision == "auto" else config.precision
            held_out = min(config.held_out, len(pictures) // 10)
            events = train(
                config.training.model_copy(update={"precision": precision, "held_out": held_out}),
                pictures,
                device,
                self.files.state,
                checkpoint_seconds=math.inf,
                start=self.files.initial.read_bytes() if self.files.initial.exists() else None,
                save_now=self._is_time_to_save,
            )
            for event in events:
                if state := self._after(event, describe(device)):
                    return state
        raise AssertionError("the training ended without saying so")

    def _after(self, event: TrainingEvent, device: str) -> State | None:
        """Writes down an event; the state that the run is in if this was the last."""
        match event:
            case Started():
                self.steps = event.steps
                self.recorder.started(event)
                if not event.step:
                    self._keep(0, event)
            case Stepped():
                self.step = event.step
                self.recorder.stepped(event)
            case EpochEnded():
                self._keep(event.epoch, event)
                self.recorder.epoch_ended(event, self.step)
            case Saved():
                self.saved_at = time.monotonic()
                self.recorder.saved(event.step)
                return self._wanted()
            case Finished():
                self._ship(event, device)
                return "finished"
        return None

    def _is_time_to_save(self) -> bool:
        terms, order = self.terms, self.recorder.order
        due = self.step == self.steps or time.monotonic() - self.saved_at > terms.checkpoint_seconds
        wanted = due or self.is_asked_to_leave or order is not None
        if wanted:
            # What is saved is not trained again, so it must have been written down before.
            self.recorder.catch_up()
        return wanted

    def _wanted(self) -> State | None:
        """The state that somebody wants the run in, now that it is saved; None where it is to go on."""
        if self.step == self.steps:
            return None  # all that was trained for is there
        order = self.recorder.order
        if order == "time":
            raise Failed(TIME_LIMIT, hours=f"{self.terms.wall_seconds / 3600:.3g}")
        if order is not None:
            return WISHED_FOR[order]
        return "interrupted" if self.is_asked_to_leave else None

    def _keep(self, epoch: int, event: Started | EpochEnded) -> None:
        self.files.keep(epoch, checkpoints.weights_of(event.network), self.terms.epochs_bytes)

    def _ship(self, finished: Finished, device: str) -> None:
        """Puts the network where networks are found. Here the test pictures are looked at, once."""
        config = self.run.config
        test = self.load(config.dataset, self.terms.data, train=False)
        measured = accuracy(finished.network, test)
        weights = checkpoints.weights_of(finished.network)
        name = config.network.name
        card = Card(
            name=self.run.network_name,
            title=Title(en=f"{name}, trained here", ko=f"{name}, 여기서 학습"),
            classes=list(CLASSES),
            normalisation=Normalisation(mean=MEAN, std=STD),
            test_accuracy=measured,
            parameters=sum(each.cost.parameters for each in trace(config.network)),
            sha256=hashlib.sha256(weights).hexdigest(),
            seed=config.seed,
            epochs=config.epochs,
            command=f"convscope train --run {self.run.id}",
            trained_seconds=round(finished.seconds, 1),
            device=device,
            torch_version=devices.torch_version(),
        )
        write = partial(checkpoints.save, network=config.network, weights=weights, card=card)
        ship(self.terms.folder, self.run.id, write)
        self.recorder.note(test_accuracy=measured)

    def _leave(self, *_: object) -> None:
        self.is_asked_to_leave = True


def main(run_id: str, terms: Terms, load: Load) -> int:
    """Trains a run that was given out, to its end. Returns the exit status."""
    os.nice(terms.nice)
    devices.use_threads(terms.threads)
    claims = Claims(Database(terms.url))
    try:
        run, claim = claims.take(run_id, this_process())
        recorder = Recorder(claims, claim, wall_seconds=terms.wall_seconds, lease_seconds=terms.lease_seconds)
        with recorder:
            ending = _ending(_Training(run, recorder, terms, load))
        claims.end(claim, *ending)
    except ClaimLost:
        logger.warning("the run is not this trainer's")
        return GONE_STATUS
    return 1 if ending[0] == "failed" else 0


def _ending(training: _Training) -> tuple[State, str | None, Mapping[str, object]]:
    """Trains; the state that the run is in then, and of a failed one why."""
    try:
        state = training.go()
        training.recorder.flush()
    except Failed as failure:
        training.recorder.catch_up()
        return "failed", failure.code, failure.values
    except ClaimLost:
        raise
    except Exception:
        logger.exception("the run has failed")
        return "failed", CRASHED, {}
    return state, None, {}
