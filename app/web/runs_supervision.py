"""What runs while the application runs, so that training runs are started, looked after and watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.runs.database import Database
from app.runs.estimator import Estimator
from app.runs.feed import Feed
from app.runs.launcher import COMMAND, Launcher
from app.runs.starting import Starting
from app.runs.store import Room, RunStore
from app.runs.supervisor import Rules, Supervisor
from app.settings import Settings
from app.web import serving
from app.web.runs_networks import Networks

_PASSED_ON = (
    *("runs_dir", "runs_url", "data", "runs_store_bytes", "run_wall_seconds", "run_lease_seconds"),
    *("run_checkpoint_seconds", "run_nice", "run_threads"),
)
"""The settings that a trainer needs, by name."""


@asynccontextmanager
async def looked_after(app: FastAPI, command: tuple[str, ...] = COMMAND) -> AsyncIterator[None]:
    """The store, the streams, and the supervisor that starts trainers, while the application runs."""
    settings: Settings = app.state.settings
    probes = app.state.probes
    database = Database(settings.runs_store_url)
    store = RunStore(database)
    rules = Rules(
        most_running=settings.runs_at_once,
        lease_seconds=settings.run_lease_seconds,
        stop_seconds=settings.run_stop_seconds,
        look_seconds=settings.runs_look_seconds,
        store_bytes=settings.runs_store_bytes,
        free_bytes=settings.runs_free_bytes,
    )
    supervisor = Supervisor(store, settings.runs_dir, Launcher(_environment(settings), command), rules)
    feed = Feed(
        store,
        most_watchers=settings.run_watchers,
        look_seconds=settings.run_watch_seconds,
        keep_alive_seconds=settings.run_keep_alive_seconds,
        is_stopping=lambda: bool(probes.stopping),
    )

    app.state.run_networks = Networks()
    app.state.estimator = Estimator(
        waiting=settings.estimates_waiting,
        seconds=settings.estimate_seconds,
        nice=settings.run_nice,
        threads=settings.run_threads,
    )

    async def store_answers() -> bool:
        return supervisor.is_ready

    app.state.runs, app.state.run_feed, app.state.supervisor = store, feed, supervisor
    room = Room(settings.runs_at_once, settings.runs_waiting, settings.runs_a_client)
    app.state.starting = Starting(
        store,
        settings.runs_dir,
        settings.models_dir,
        room,
        store_bytes=settings.runs_store_bytes,
        free_bytes=settings.runs_free_bytes,
    )
    probes.add("runs", store_answers)
    looking = asyncio.create_task(supervisor.run(lambda: bool(probes.stopping)))
    try:
        yield
    finally:
        supervisor.stop()
        await asyncio.gather(looking, return_exceptions=True)
        await feed.close()
        try:
            # Where the server was killed, its processes end as orphans; a trainer does not end with them.
            if not serving.is_orphaned():
                await asyncio.to_thread(supervisor.close)
        finally:
            database.close()


def _environment(settings: Settings) -> dict[str, str]:
    values = {name: getattr(settings, name) for name in _PASSED_ON}
    values["runs_dir"], values["data"] = settings.runs_dir.absolute(), settings.data.absolute()
    return {f"CONVSCOPE_{name.upper()}": str(value) for name, value in values.items() if value is not None}
