"""Transactions on the store: SQLite in WAL mode, or PostgreSQL by URL.

All writing goes one transaction at a time (SQLite's write lock, an advisory lock on PostgreSQL), so that what
is counted in one, such as how many runs wait, still holds when it commits. Writes are short and few.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection

from app.runs.errors import StoreUnavailable
from app.runs.tables import metadata

logger = logging.getLogger(__name__)

BUSY_SECONDS = 15
"""How long a transaction waits for another one to end."""
_WRITES, _LOCK = "convscope_writes", 0x434F4E56
"""The option that marks a connection that writes, and the number of PostgreSQL's lock."""


class Database:
    """One store. Connections are made when first used; safe to call from several threads."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._engine = _postgresql(parsed) if parsed.drivername.startswith("postgres") else _sqlite(parsed)

    def create(self) -> None:
        """Makes the tables that are not there.

        Raises:
            StoreUnavailable
        """
        if path := self._engine.url.database if self.is_sqlite else None:
            try:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreUnavailable from error
        with self.writing() as connection:
            metadata.create_all(connection)

    def close(self) -> None:
        """Gives the connections back."""
        self._engine.dispose()

    @property
    def is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the store.

        Raises:
            StoreUnavailable
        """
        with _translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction during which nobody else writes; committed unless something is raised.

        Raises:
            StoreUnavailable
        """
        engine = self._engine.execution_options(**{_WRITES: True})
        with _translated(), engine.begin() as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, ProgrammingError, NoConnection) as error:
        logger.warning("the store of the runs cannot be used: %s", getattr(error, "orig", error))
        raise StoreUnavailable from error


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that begins by reading could not write once another one has written.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise ValueError(
            "a store on PostgreSQL needs psycopg: pip install 'convscope[postgresql]'"
        ) from error
