"""What happened to a run, in order: numbered within the run, from 1 on, without gaps."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from app.runs.tables import events, runs

STATE, START, STEP, EPOCH = "state", "start", "step", "epoch"
KINDS = (STATE, START, STEP, EPOCH)


@dataclass(frozen=True)
class Entry:
    """Something that happened: `data` is what a watcher is told, numbers and short words."""

    kind: str
    data: Mapping[str, Any]
    step: int | None = None
    epoch: int | None = None


@dataclass(frozen=True)
class Event:
    """An entry that stands in the journal."""

    id: int
    kind: str
    at: float
    data: dict[str, Any] = field(default_factory=dict)


def append(connection: Connection, run_id: str, entries: Sequence[Entry]) -> None:
    """Writes entries behind those there are. The run's row is locked by it until the transaction ends."""
    if not entries:
        return
    last = connection.execute(
        update(runs)
        .where(runs.c.id == run_id)
        .values(last_event=runs.c.last_event + len(entries))
        .returning(runs.c.last_event)
    ).scalar_one()
    first, now = last - len(entries) + 1, time.time()
    connection.execute(
        insert(events),
        [
            {
                "run_id": run_id,
                "id": first + place,
                "at": now,
                "kind": entry.kind,
                "step": entry.step,
                "epoch": entry.epoch,
                "data": json.dumps(entry.data, allow_nan=False),
            }
            for place, entry in enumerate(entries)
        ],
    )


def forget_after(connection: Connection, run_id: str, step: int) -> None:
    """Removes what was measured after a step: the run goes on from there and measures it again."""
    measured = events.c.kind.in_((STEP, EPOCH))
    connection.execute(delete(events).where(events.c.run_id == run_id, measured, events.c.step > step))


def read(connection: Connection, run_id: str, after: int = 0, most: int = 5000) -> list[Event]:
    """The next events after the one numbered `after`."""
    rows = connection.execute(
        select(events.c.id, events.c.kind, events.c.at, events.c.data)
        .where(events.c.run_id == run_id, events.c.id > after)
        .order_by(events.c.id)
        .limit(most)
    )
    return [Event(row.id, row.kind, row.at, json.loads(row.data)) for row in rows]


def measured(connection: Connection, run_id: str, kind: str) -> list[dict[str, Any]]:
    """The data of all events of a kind, by step."""
    rows = connection.execute(
        select(events.c.data)
        .where(events.c.run_id == run_id, events.c.kind == kind)
        .order_by(events.c.step, events.c.id)
    )
    return [json.loads(row.data) for row in rows]


def latest(connection: Connection, run_ids: Sequence[str], kind: str) -> dict[str, dict[str, Any]]:
    """The data of each run's last event of a kind; runs without one are left out."""
    last = (
        select(events.c.run_id, func.max(events.c.id).label("id"))
        .where(events.c.run_id.in_(run_ids), events.c.kind == kind)
        .group_by(events.c.run_id)
        .subquery()
    )
    rows = connection.execute(
        select(events.c.run_id, events.c.data).join(
            last, (events.c.run_id == last.c.run_id) & (events.c.id == last.c.id)
        )
    )
    return {row.run_id: json.loads(row.data) for row in rows}
