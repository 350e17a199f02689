"""One run as the store has it at one moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from app.engine.checkpoints import Title
from app.runs.config import RunConfig
from app.runs.identity import Process
from app.runs.states import ENDED, State, Wish

MOST_LISTED = 200
"""Runs in the list, the newest."""
BEGINNING = 4
"""Digits of its id that a run is told by."""


@dataclass(frozen=True)
class Run:
    """A row of the table of runs; times in seconds since 1970."""

    id: str
    state: State
    wish: Wish | None
    wished_at: float | None
    client: str
    configuration: str
    forked_from: str | None
    forked_epoch: int | None
    created_at: float
    queued_at: float
    started_at: float | None
    ended_at: float | None
    failure: str | None
    failure_values: str | None
    host: str | None
    pid: int | None
    pid_started: str | None
    claim: str | None
    heartbeat_at: float | None
    server: str | None
    attempts: int
    active_seconds: float
    step: int
    steps: int | None
    steps_per_epoch: int | None
    saved_step: int
    test_accuracy: float | None
    last_event: int
    deleted: bool

    @classmethod
    def of(cls, row: Row[Any]) -> Run:
        """The run that a row tells of."""
        return cls(**row._mapping)  # noqa: SLF001  SQLAlchemy's public name

    @property
    def config(self) -> RunConfig:
        """What it was asked to do."""
        return _read(self.configuration)

    @property
    def trainer(self) -> Process | None:
        """The process that trains it; None before that has said so, and after."""
        if self.host is None or self.pid is None or self.pid_started is None:
            return None
        return Process(self.host, self.pid, self.pid_started)

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

    @property
    def network_name(self) -> str:
        """Under which the trained network is found once it is finished; no shipped one is called so."""
        return f"run-{self.id}"

    @property
    def title(self) -> Title:
        """What it is called wherever it is named, and its network too; short.

        Runs of one network are told apart by the beginning of their ids, which is in their addresses too.
        """
        name, source, beginning = self.config.network.name, self.config.source, self.id[:BEGINNING]
        return Title(
            en=f"{name} on {source.title_en} ({beginning})", ko=f"{name}, {source.title_ko} ({beginning})"
        )

    @property
    def reasons(self) -> Mapping[str, object]:
        """What fills the sentence about its failure."""
        values: dict[str, object] = json.loads(self.failure_values or "{}")
        return values


@lru_cache(maxsize=2 * MOST_LISTED)
def _read(configuration: str) -> RunConfig:
    """A list of 200 runs would otherwise take a quarter of a second to check what never changes."""
    return RunConfig.model_validate_json(configuration)
