"""What a trainer writes into the store, and what it hears from it: in a thread of its own, once a second.

Steps are recorded as means over so many that a whole run has about :data:`MOST_POINTS` of them at most; a few
more where a checkpoint or the end of an epoch comes between.
"""

from __future__ import annotations

import dataclasses
import math
import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal, Self

from app.engine.events import EpochEnded, Started, Stepped
from app.runs.claims import Claim, Claims
from app.runs.errors import ClaimLost, StoreUnavailable
from app.runs.journal import EPOCH, START, STEP, Entry

MOST_POINTS = 2000
"""Of the loss and of every other series over steps."""
GONE_STATUS = 3
"""The exit status of a trainer whose run is no longer its own."""

Order = Literal["pause", "stop", "time"]
"""What ends the training before its end: a person's wish, or its time being over."""


class Recorder:
    """Writes a run's events and shows that its trainer lives. Used as a context.

    Attributes:
        order: why the training is to end now, or None.
    """

    def __init__(
        self,
        claims: Claims,
        claim: Claim,
        *,
        wall_seconds: float,
        lease_seconds: float,
        every_seconds: float = 1.0,
    ) -> None:
        self.order: Order | None = None
        self._claims, self._claim = claims, claim
        self._wall_seconds, self._lease_seconds = wall_seconds, lease_seconds
        self._every_seconds = every_seconds
        self._entries: list[Entry] = []
        self._columns: dict[str, Any] = {}
        self._bucket: list[Stepped] = []
        self._stride, self._last = 1, 0
        self._saving: int | None = None
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def started(self, event: Started) -> None:
        """The training begins or goes on: what was recorded after its step is forgotten. Raises ClaimLost."""
        self._stride = math.ceil(event.steps / MOST_POINTS)
        columns = {name: getattr(event, name) for name in ("step", "steps", "steps_per_epoch")}
        facts = {**columns, "batch_size": event.batch_size, "examples": event.examples}
        facts["precision"] = "bfloat16" if event.pace.bfloat16 else "float32"
        columns["saved_step"] = event.step
        entry = Entry(START, facts, event.step)
        with self._writing:
            self.insist(lambda: self._claims.write(self._claim, [entry], columns, go_on_from=event.step))

    def stepped(self, event: Stepped) -> None:
        """A step was made."""
        self._saved()
        self._bucket.append(event)
        if event.step % self._stride == 0:
            self._record()

    def epoch_ended(self, event: EpochEnded) -> None:
        """A pass ended."""
        self._record()
        data = {"epoch": event.epoch, "step": event.step, **_numbers(event, left_out=("epoch", "step"))}
        for name, measured in (("held_out", event.held_out), ("test", event.test)):
            if measured is not None:
                data |= {f"{name}_{of}": value for of, value in _numbers(measured).items()}
        with self._lock:
            self._entries.append(Entry(EPOCH, data, event.step, event.epoch))

    def before_saving(self) -> None:
        """Writes down every step so far: once saved, they are not trained again. Raises ClaimLost."""
        self.catch_up()
        self._saving = self._last

    def note(self, **columns: float) -> None:
        """Writes into the run's row with the next events."""
        with self._lock:
            self._columns |= columns

    def finished(self) -> None:
        """The training has ended, or ends here, and all of it is saved."""
        self._saved()

    def catch_up(self) -> None:
        """Writes down every step so far. Raises ClaimLost."""
        self._record()
        self.insist(self.flush)

    def insist(self, write: Callable[[], None]) -> None:
        """Writes into a store that may be out of reach for a while; ends this process if it stays so."""
        deadline = time.monotonic() + self._lease_seconds
        while True:
            try:
                return write()
            except StoreUnavailable:
                if time.monotonic() > deadline:
                    os._exit(GONE_STATUS)  # by now others take it for dead
                time.sleep(self._every_seconds)

    def flush(self) -> None:
        """Writes now what has been recorded. Raises ClaimLost, StoreUnavailable."""
        with self._writing:
            with self._lock:
                entries, columns = self._entries, self._columns
                self._entries, self._columns = [], {}
            if not entries and not columns:
                return
            try:
                self._claims.write(self._claim, entries, columns)
            except StoreUnavailable:
                with self._lock:
                    self._entries = entries + self._entries
                    self._columns = {**columns, **self._columns}
                raise

    def _saved(self) -> None:
        """What was to be saved has been, since the training has gone on."""
        if self._saving is not None:
            with self._lock:
                self._columns |= {"saved_step": self._saving, "attempts": 0}
            self._saving = None

    def _record(self) -> None:
        if not self._bucket:
            return
        step = self._last = self._bucket[-1].step
        data = {"step": step, **_means(self._bucket)}
        self._bucket = []
        with self._lock:
            self._entries.append(Entry(STEP, data, step))
            self._columns["step"] = step

    def _beat(self) -> None:
        heard = before = time.monotonic()
        while not self._over.wait(self._every_seconds):
            now = time.monotonic()
            try:
                beat = self._claims.beat(self._claim, now - before)
                self.flush()
            except ClaimLost:
                os._exit(GONE_STATUS)  # whatever this process still did would be somebody else's
            except StoreUnavailable:
                if now - heard > self._lease_seconds:
                    os._exit(GONE_STATUS)
                continue
            heard = before = now
            self.order = "time" if beat.active_seconds > self._wall_seconds else beat.wish


def _numbers(event: Any, left_out: Iterable[str] = ()) -> dict[str, float | None]:
    """The numbers that an event tells of; one that is not finite is None."""
    fields = ((field.name, getattr(event, field.name)) for field in dataclasses.fields(event))
    return {
        name: value if math.isfinite(value) else None
        for name, value in fields
        if name not in left_out and isinstance(value, int | float)
    }


def _means(events: list[Stepped]) -> dict[str, float | None]:
    """The mean of each number over some steps; None where one of them has none."""
    rows = [_numbers(event, left_out=("step",)) for event in events]
    means: dict[str, float | None] = {}
    for name in rows[0]:
        known = [value for row in rows if (value := row[name]) is not None]
        means[name] = sum(known) / len(known) if len(known) == len(rows) else None
    return means
