"""The tables of the store: a row a run, and everything that happened to it in order."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
    # What a person asked of a running run, and when: in seconds since 1970, as all times.
    Column("wish", String(8)),
    Column("wished_at", Float),
    Column("client", String(64), nullable=False),
    Column("configuration", Text, nullable=False),
    Column("forked_from", String(32)),
    Column("forked_epoch", Integer),
    Column("created_at", Float, nullable=False),
    Column("queued_at", Float, nullable=False),
    Column("started_at", Float),
    Column("ended_at", Float),
    # Why it failed: a code, and as JSON what fills its sentence.
    Column("failure", String(16)),
    Column("failure_values", Text),
    # The trainer: on which machine and boot, which process, started when; its token, and when it last wrote.
    Column("host", String(128)),
    Column("pid", Integer),
    Column("pid_started", String(32)),
    Column("claim", String(32)),
    Column("heartbeat_at", Float),
    # The server that looks after it, as host and process.
    Column("server", String(192)),
    # Starts since the last checkpoint, and seconds at work since a person last started it.
    Column("attempts", Integer, nullable=False, default=0),
    Column("active_seconds", Float, nullable=False, default=0.0),
    Column("step", Integer, nullable=False, default=0),
    Column("steps", Integer),
    Column("steps_per_epoch", Integer),
    Column("saved_step", Integer, nullable=False, default=0),
    Column("test_accuracy", Float),
    Column("last_event", BigInteger, nullable=False, default=0),
    Column("deleted", Boolean, nullable=False, default=False),
    Index("runs_by_state", "state", "queued_at"),
)

events = Table(
    "run_events",
    metadata,
    # Numbered within a run, from 1 on and without gaps, so that a stream goes on after the last one seen.
    Column("run_id", String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("kind", String(8), nullable=False),
    # Of a recorded step or the end of an epoch: the last step it tells of, and the epoch.
    Column("step", Integer),
    Column("epoch", Integer),
    Column("data", Text, nullable=False),
    Index("run_events_by_kind", "run_id", "kind", "step"),
)
