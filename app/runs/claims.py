"""Who trains a run: a server gives it out, a trainer takes it, and each write shows that it is still theirs.

A trainer that was thought dead and given up finds its claim gone at its next write, and ends.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, update

from app.runs import journal
from app.runs.database import Database
from app.runs.errors import ClaimLost
from app.runs.identity import Process
from app.runs.journal import STATE, Entry
from app.runs.run import Run
from app.runs.states import LEFT, WAITING, WISHED_FOR, State, Wish
from app.runs.store import move
from app.runs.tables import runs


@dataclass(frozen=True)
class Claim:
    """A trainer's right to one run."""

    run_id: str
    token: str


@dataclass(frozen=True)
class Beat:
    """What the store says to a trainer that shows that it lives."""

    wish: Wish | None
    active_seconds: float


class Claims:
    """The claims on the runs of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def give_out(self, server: Process, most_running: int) -> Run | None:
        """The run that `server` is to start a trainer for, if one waits and there is room."""
        count = select(func.count()).select_from(runs).where(runs.c.state == "running")
        waiting = select(runs).where(runs.c.state.in_(WAITING), ~runs.c.deleted).order_by(runs.c.queued_at)
        with self.database.writing() as connection:
            if connection.execute(count).scalar_one() >= most_running:
                return None
            row = connection.execute(waiting.limit(1)).one_or_none()
            if row is None:
                return None
            now = time.time()
            values = {
                "state": "running",
                "server": str(server),
                "heartbeat_at": now,
                "started_at": row.started_at or now,
                "attempts": row.attempts + 1,
            }
            given = update(runs).where(runs.c.id == row.id).values(values).returning(*runs.c)
            run = Run.of(connection.execute(given).one())
            journal.append(connection, row.id, [Entry(STATE, {"state": "running", "failure": None})])
            return run

    def take(self, run_id: str, trainer: Process) -> tuple[Run, Claim]:
        """Makes a run that was given out this trainer's.

        Raises:
            ClaimLost: it was not given out, or another trainer has it.
        """
        token = secrets.token_hex(16)
        free = (runs.c.id == run_id, runs.c.state == "running", runs.c.claim.is_(None), ~runs.c.deleted)
        values = {
            "claim": token,
            "host": trainer.host,
            "pid": trainer.pid,
            "pid_started": trainer.started,
            "heartbeat_at": time.time(),
        }
        with self.database.writing() as connection:
            row = connection.execute(
                update(runs).where(*free).values(values).returning(*runs.c)
            ).one_or_none()
        if row is None:
            raise ClaimLost
        return Run.of(row), Claim(run_id, token)

    def beat(self, claim: Claim, seconds: float) -> Beat:
        """The trainer lives and has worked for `seconds` more. Raises ClaimLost."""
        values = {"heartbeat_at": time.time(), "active_seconds": runs.c.active_seconds + seconds}
        with self.database.writing() as connection:
            row = _update(connection, claim, values)
            return Beat(row.wish, row.active_seconds)

    def write(
        self,
        claim: Claim,
        entries: Sequence[Entry],
        columns: Mapping[str, Any],
        *,
        go_on_from: int | None = None,
    ) -> None:
        """Writes what happened to the run; with `go_on_from`, in place of all after that step.

        Raises:
            ClaimLost
        """
        with self.database.writing() as connection:
            _update(connection, claim, {"heartbeat_at": time.time(), **columns})
            if go_on_from is not None:
                journal.forget_after(connection, claim.run_id, go_on_from)
            journal.append(connection, claim.run_id, entries)

    def end(
        self,
        claim: Claim,
        state: State,
        failure: str | None = None,
        failure_values: Mapping[str, object] | None = None,
    ) -> None:
        """The trainer is done with the run, or leaves it. Raises ClaimLost.

        What was asked for last counts: a run that was stopped while it was being paused is stopped.
        """
        with self.database.writing() as connection:
            row = _update(connection, claim, {"heartbeat_at": time.time()})
            if state in LEFT:
                state = WISHED_FOR[row.wish] if row.wish else "interrupted"
            move(connection, claim.run_id, state, failure, json.dumps(failure_values or {}))

    def running(self) -> list[Run]:
        """The runs that are given out, the deleted ones too."""
        with self.database.reading() as connection:
            return [Run.of(row) for row in connection.execute(select(runs).where(runs.c.state == "running"))]

    def adopt(self, run: Run, server: Process) -> None:
        """`server` looks after a run whose server is gone."""
        with self.database.writing() as connection:
            connection.execute(update(runs).where(*_as_seen(run)).values(server=str(server)))

    def take_back(self, run: Run, state: State, failure: str | None = None) -> bool:
        """Takes a run from a trainer that is gone; False where it was no longer as it is in `run`."""
        with self.database.writing() as connection:
            asked = update(runs).where(*_as_seen(run)).values(claim=None).returning(runs.c.id)
            if connection.execute(asked).one_or_none() is None:
                return False
            move(connection, run.id, state, failure)
            return True


def _update(connection: Connection, claim: Claim, values: Mapping[str, Any]) -> Any:
    own = (runs.c.id == claim.run_id, runs.c.claim == claim.token, ~runs.c.deleted)
    row = connection.execute(update(runs).where(*own).values(**values).returning(*runs.c)).one_or_none()
    if row is None:
        raise ClaimLost
    return row


def _as_seen(run: Run) -> tuple[Any, ...]:
    return (
        runs.c.id == run.id,
        runs.c.state == "running",
        runs.c.claim.is_not_distinct_from(run.claim),
        runs.c.server.is_not_distinct_from(run.server),
    )
