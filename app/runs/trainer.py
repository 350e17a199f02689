"""The process of one run: ``convscope train --run ID``. Everything it knows it has from the store.

It may be killed at any moment: the next one goes on from the newest checkpoint, to the same weights. It is
not the server's to take along when that dies; it ends when its run has ended, when its time is over, or when
the run is no longer its own.
"""

from __future__ import annotations

import hashlib
import logging
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from app.arithmetic.network import trace
from app.engine import checkpoints, devices
from app.engine.checkpoints import Card
from app.engine.datasets import Pictures
from app.engine.evaluation import accuracy
from app.engine.events import EpochEnded, Finished, Paused, Started, Stepped
from app.engine.recipes import describe
from app.engine.shuffling import test_pictures
from app.engine.sources import SourceName
from app.engine.training import train
from app.runs import failures
from app.runs.claims import Claims
from app.runs.database import Database
from app.runs.errors import ClaimLost
from app.runs.failures import Failed
from app.runs.folder import RunFolder, ship
from app.runs.identity import this_process
from app.runs.learned import facts
from app.runs.recorder import GONE_STATUS, Order, Recorder
from app.runs.run import Run
from app.runs.states import CRASHED, TIME_LIMIT, WISHED_FOR, State

logger = logging.getLogger(__name__)


class Load(Protocol):
    """Gives the pictures of a data set; `folder` is that of all data."""

    def __call__(self, name: SourceName, folder: Path, *, train: bool) -> Pictures: ...


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
        self.is_asked_to_leave = False
        self.order: Order | None = None
        signal.signal(signal.SIGTERM, self._leave)

    def go(self) -> State:
        """Trains; the state that the run is in then.

        Raises:
            Failed, ClaimLost
        """
        config, data = self.run.config, self.terms.data
        with failures.named():
            self.files.make()
            device = devices.choose_device(config.device)
            # Two runs of one configuration must end alike, and a measurement may fall out differently.
            precision = devices.repeatable(config.precision, device)
            test = self.load(config.dataset, data, train=False)
            events = train(
                config.training.model_copy(update={"precision": precision}),
                self.load(config.dataset, data, train=True),
                device,
                self.files.state,
                self.terms.checkpoint_seconds,
                test=test,
                start=self.files.initial.read_bytes() if self.files.initial.exists() else None,
                keep_epochs=True,
                should_pause=self._should_pause,
                # What is saved is not trained again, so it must have been written down before.
                before_saving=self.recorder.before_saving,
            )
            for event in events:
                match event:
                    case Started():
                        self.recorder.started(event)
                    case Stepped():
                        self.recorder.stepped(event)
                    case EpochEnded():
                        self.recorder.epoch_ended(event)
                        self.files.thin_out(self.terms.epochs_bytes)
                    case Paused():
                        self.recorder.finished()
                        return self._paused()
                    case Finished():
                        self.recorder.finished()
                        self._ship(event, test, describe(device))
        return "finished"

    def _should_pause(self) -> bool:
        self.order = self.recorder.order
        return self.is_asked_to_leave or self.order is not None

    def _paused(self) -> State:
        """The state that somebody wanted the run in."""
        if self.order == "time":
            raise Failed(TIME_LIMIT, hours=f"{self.terms.wall_seconds / 3600:.3g}")
        return "interrupted" if self.order is None else WISHED_FOR[self.order]

    def _ship(self, finished: Finished, test: Pictures, device: str) -> None:
        """Puts the network where networks are found."""
        config = self.run.config
        measured = accuracy(finished.network, test_pictures(test, config.shuffled))
        weights = checkpoints.weights_of(finished.network)
        card = Card(
            **dict(facts(self.run)),
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
        recorder.insist(lambda: claims.end(claim, *ending))
    except ClaimLost:
        logger.warning("the run is not this trainer's")
        return GONE_STATUS
    return 1 if ending[0] == "failed" else 0


def _ending(training: _Training) -> tuple[State, str | None, Mapping[str, object]]:
    """Trains; the state that the run is in then, and of a failed one why."""
    try:
        state = training.go()
        training.recorder.catch_up()
    except Failed as failure:
        training.recorder.catch_up()
        return "failed", failure.code, failure.values
    except ClaimLost:
        raise
    except Exception:
        logger.exception("the run has failed")
        return "failed", CRASHED, {}
    return state, None, {}
