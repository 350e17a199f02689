"""Stores of runs: one on SQLite, and the same tests again on PostgreSQL where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.runs.database import Database
from app.runs.store import RunStore
from tests.runs import postgresql


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    if reason := postgresql.missing():
        pytest.skip(reason)
    with postgresql.running() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store/runs.sqlite"
    address: str = request.getfixturevalue("postgresql_url")
    engine = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS run_events, runs"))
    engine.dispose()
    return address


@pytest.fixture
def store(url: str) -> Iterator[RunStore]:
    database = Database(url)
    database.create()
    yield RunStore(database)
    database.close()
