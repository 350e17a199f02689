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
from collections.abc import Iterable
from typing import Any, Literal, Self

from app.engine.training import EpochEnded, Started, Stepped
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
        self._stride = 1
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
        facts = {name: getattr(event, name) for name in ("step", "steps", "steps_per_epoch")}
        columns = {**facts, "saved_step": event.step}
        with self._writing:
            self._claims.write(self._claim, [Entry(START, facts, event.step)], columns, go_on_from=event.step)

    def stepped(self, event: Stepped) -> None:
        """A step was made."""
        self._bucket.append(event)
        if event.step % self._stride == 0:
            self._record()

    def epoch_ended(self, event: EpochEnded, step: int) -> None:
        """A pass ended after `step`."""
        self._record()
        data = {"epoch": event.epoch, "step": step, **_numbers(event, left_out=("epoch", "step"))}
        with self._lock:
            self._entries.append(Entry(EPOCH, data, step, event.epoch))

    def saved(self, step: int) -> None:
        """What was made until `step` cannot be lost any more."""
        with self._lock:
            self._columns |= {"saved_step": step, "attempts": 0}

    def note(self, **columns: float) -> None:
        """Writes into the run's row with the next events."""
        with self._lock:
            self._columns |= columns

    def catch_up(self) -> None:
        """Writes down every step so far, to be called before they are saved and never trained again.

        Raises:
            ClaimLost, StoreUnavailable
        """
        self._record()
        self.flush()

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

    def _record(self) -> None:
        if not self._bucket:
            return
        step = self._bucket[-1].step
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
                    os._exit(GONE_STATUS)  # by now others take it for dead
                continue
            heard = before = now
            self.order = "time" if beat.active_seconds > self._wall_seconds else beat.wish


def _numbers(event: Any, left_out: Iterable[str]) -> dict[str, float | None]:
    """The numbers that an event tells of; one that is not finite is None."""
    found: dict[str, float | None] = {}
    for field in dataclasses.fields(event):
        value = getattr(event, field.name)
        if field.name not in left_out and (value is None or isinstance(value, int | float)):
            found[field.name] = value if value is not None and math.isfinite(value) else None
    return found


def _means(events: list[Stepped]) -> dict[str, float | None]:
    """The mean of each number over some steps; None where one of them has none."""
    rows = [_numbers(event, left_out=("step",)) for event in events]
    means: dict[str, float | None] = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        known = [value for value in values if value is not None]
        means[name] = sum(known) / len(known) if len(known) == len(values) else None
    return means
