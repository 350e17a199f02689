"""The runs as people deal with them: started, listed, paused, resumed, stopped, forked, deleted.

Whatever is asked twice has the effect of being asked once.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, delete, func, insert, or_, select, update

from app.runs import journal
from app.runs.config import RunConfig
from app.runs.database import Database
from app.runs.errors import QueueFull, TooManyOfYours, UnknownRun, WrongState
from app.runs.journal import STATE, Entry, Event
from app.runs.run import MOST_LISTED, Run
from app.runs.states import DIVERGED, ENDED, IDLE, RESUMABLE, WAITING, WISHED_FOR, State, Wish
from app.runs.tables import runs

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Room:
    """How many runs there may be: at work at once, waiting, and of one client altogether."""

    running: int = 1
    waiting: int = 4
    a_client: int = 2


class RunStore:
    """All runs; safe to call from several threads and processes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(
        self,
        config: RunConfig,
        client: str,
        room: Room,
        *,
        run_id: str | None = None,
        fork_of: tuple[str, int] | None = None,
    ) -> Run:
        """Queues a run.

        Raises:
            TooManyOfYours, QueueFull
        """
        now = time.time()
        origin, epoch = fork_of or (None, None)
        with self.database.writing() as connection:
            _check_room(connection, client, room)
            row: dict[str, Any] = {
                "id": run_id or new_id(),
                "state": "queued",
                "client": client,
                "configuration": config.model_dump_json(),
                "forked_from": origin,
                "forked_epoch": epoch,
                "created_at": now,
                "queued_at": now,
            }
            connection.execute(insert(runs).values(row))
            journal.append(connection, row["id"], [Entry(STATE, {"state": "queued", "failure": None})])
            return _get(connection, row["id"])

    def check_room(self, client: str, room: Room) -> None:
        """Whether a run could be queued now; :meth:`add` asks again.

        Raises:
            TooManyOfYours, QueueFull
        """
        with self.database.reading() as connection:
            _check_room(connection, client, room)

    def get(self, run_id: str) -> Run:
        """Raises UnknownRun."""
        with self.database.reading() as connection:
            return _get(connection, run_id)

    def knows(self, run_id: str) -> bool:
        """Whether there is such a run, were it one that is to be removed."""
        with self.database.reading() as connection:
            return connection.execute(select(runs.c.id).where(runs.c.id == run_id)).one_or_none() is not None

    def newest(self, most: int = MOST_LISTED) -> list[Run]:
        """The latest runs, the newest first."""
        asked = select(runs).where(~runs.c.deleted).order_by(runs.c.created_at.desc()).limit(most)
        with self.database.reading() as connection:
            return [Run.of(row) for row in connection.execute(asked)]

    def before(self, run: Run) -> int:
        """How many runs are at work, or wait and came first."""
        waits = (runs.c.state.in_(WAITING)) & (runs.c.queued_at < run.queued_at)
        query = select(func.count()).where(
            runs.c.id != run.id, ~runs.c.deleted, (runs.c.state == "running") | waits
        )
        with self.database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def measured(self, run_id: str) -> dict[str, list[dict[str, Any]]]:
        """What was recorded of steps and of epochs, one dictionary each, in order."""
        with self.database.reading() as connection:
            return {
                kind: journal.measured(connection, run_id, kind) for kind in (journal.STEP, journal.EPOCH)
            }

    def last_epochs(self, of: Sequence[Run]) -> dict[str, dict[str, Any]]:
        """What was recorded of the last epoch of each run that has one, by the run's id."""
        with self.database.reading() as connection:
            return journal.latest(connection, [run.id for run in of], journal.EPOCH)

    def precision(self, run_id: str) -> str | None:
        """The number format that a run last began to compute in; None before it has."""
        with self.database.reading() as connection:
            begun = journal.measured(connection, run_id, journal.START)
        return begun[-1].get("precision") if begun else None

    def events(self, run_id: str, after: int = 0) -> list[Event]:
        """The next events of a run after the one numbered `after`, some thousands. Raises UnknownRun."""
        with self.database.reading() as connection:
            _get(connection, run_id)
            return journal.read(connection, run_id, after)

    def pause(self, run_id: str) -> Run:
        """Lets a run wait with what it has learned. Raises UnknownRun, WrongState (it has ended)."""
        return self._ask(run_id, "pause")

    def stop(self, run_id: str) -> Run:
        """Ends a run; one that has ended stays as it is. Raises UnknownRun."""
        return self._ask(run_id, "stop")

    def resume(self, run_id: str, room: Room) -> Run:
        """Queues a run that was paused or has failed; it goes on from its newest checkpoint.

        One that is about to pause goes on; one that is about to stop still stops, since that is for good.

        Raises:
            UnknownRun, WrongState (it was stopped, is finished, or diverged), TooManyOfYours, QueueFull
        """
        with self.database.writing() as connection:
            run = _get(connection, run_id)
            if run.state in ("queued", "running"):
                about_to_pause = (runs.c.id == run_id, runs.c.wish == "pause")
                connection.execute(update(runs).where(*about_to_pause).values(wish=None, wished_at=None))
            elif run.state in RESUMABLE and run.failure != DIVERGED:
                if run.state not in WAITING:
                    _check_room(connection, run.client, room)
                fresh: dict[str, Any] = {"attempts": 0, "active_seconds": 0.0, "ended_at": None}
                move(connection, run_id, "queued", queued_at=time.time(), **fresh)
            else:
                raise WrongState({"state": run.state})
            return _get(connection, run_id)

    def delete(self, run_id: str) -> None:
        """Hides a run from everyone; :meth:`remove` it once nobody trains it. Unknown ones are no error."""
        with self.database.writing() as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(deleted=True))

    def deleted(self) -> list[Run]:
        """The runs that are hidden and still to be removed."""
        with self.database.reading() as connection:
            return [Run.of(row) for row in connection.execute(select(runs).where(runs.c.deleted))]

    def remove(self, run_id: str) -> bool:
        """Forgets a run, and its history with it; False where it is not there, or no longer to be removed."""
        removable = or_(runs.c.deleted, runs.c.state.in_(IDLE))
        with self.database.writing() as connection:
            asked = delete(runs).where(runs.c.id == run_id, removable).returning(runs.c.id)
            return connection.execute(asked).one_or_none() is not None

    def idle(self) -> list[Run]:
        """The runs that nobody trains, in the order in which they make room for others.

        First those that have ended, then the paused ones; of both, those left alone for longest.
        """
        is_paused = runs.c.state == "paused"
        asked = select(runs).where(runs.c.state.in_(IDLE), ~runs.c.deleted)
        paused_at = func.coalesce(runs.c.heartbeat_at, runs.c.queued_at)
        ordered = asked.order_by(is_paused, case((is_paused, paused_at), else_=runs.c.ended_at))
        with self.database.reading() as connection:
            return [Run.of(row) for row in connection.execute(ordered)]

    def _ask(self, run_id: str, wish: Wish) -> Run:
        with self.database.writing() as connection:
            run = _get(connection, run_id)
            wanted = WISHED_FOR[wish]
            if run.state == "running":
                # A run that is to be stopped is not paused instead, and is not given longer by asking again.
                if run.wish not in (wish, "stop"):
                    asked = {"wish": wish, "wished_at": time.time()}
                    connection.execute(update(runs).where(runs.c.id == run_id).values(asked))
            elif run.is_ended and wish != "stop":
                raise WrongState({"state": run.state})
            elif not run.is_ended and run.state != wanted:
                move(connection, run_id, wanted)
            return _get(connection, run_id)


def is_id(text: str) -> bool:
    """Whether it has the form of a run's id."""
    return _ID.fullmatch(text) is not None


def new_id() -> str:
    """128 bits that nobody can guess."""
    return secrets.token_hex(16)


def move(
    connection: Connection,
    run_id: str,
    state: State,
    failure: str | None = None,
    failure_values: str | None = None,
    **columns: Any,
) -> None:
    """Puts a run into a state that is not `running`, with nobody training it, and writes that down."""
    values: Mapping[str, Any] = {
        "state": state,
        "failure": failure,
        "failure_values": failure_values,
        **dict.fromkeys(("wish", "wished_at", "host", "pid", "pid_started", "claim", "server")),
        **({"ended_at": time.time()} if state in ENDED else {}),
        **columns,
    }
    connection.execute(update(runs).where(runs.c.id == run_id).values(**values))
    journal.append(connection, run_id, [Entry(STATE, {"state": state, "failure": failure})])


def _get(connection: Connection, run_id: str) -> Run:
    if is_id(run_id):
        row = connection.execute(select(runs).where(runs.c.id == run_id, ~runs.c.deleted)).one_or_none()
        if row is not None:
            return Run.of(row)
    raise UnknownRun


def _check_room(connection: Connection, client: str, room: Room) -> None:
    active = runs.c.state.in_((*WAITING, "running")), ~runs.c.deleted
    count = select(func.count()).select_from(runs).where(*active)
    if connection.execute(count.where(runs.c.client == client)).scalar_one() >= room.a_client:
        raise TooManyOfYours({"most": room.a_client})
    if connection.execute(count).scalar_one() >= room.running + room.waiting:
        raise QueueFull
