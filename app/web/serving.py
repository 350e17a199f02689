"""Run the application under uvicorn, with everything that matters said explicitly."""

from __future__ import annotations

import contextlib
import logging
import logging.config
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Mapping
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from app.settings import Settings

PROTOCOL = "app.web.protocol:DeadlineProtocol"
_TURN_SECONDS = 0.02
_SPARE_CONNECTIONS = 256
"""Connections over the most we take are told so; uvicorn's own limit is only the net beneath."""


def serve(settings: Settings, app: FastAPI) -> int:
    """Serve until SIGTERM or SIGINT; a second signal ends it at once. Returns the exit status."""
    logging.config.dictConfig(logging_config(settings))
    server = _Server(config(settings, app))
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises the signal again once it has stopped
        server.run()
    if server.force_exit:
        logging.shutdown()
        os._exit(1)  # threads and children that have not finished die with us
    return 0 if server.started else 1


def serve_in_processes(settings: Settings, factory: str, environment: Mapping[str, str]) -> int:
    """Serve from `settings.workers` processes on one socket. Returns the exit status.

    Each process imports `factory` (``app.main:application``) and reads its settings from the environment, to
    which `environment` is added here. Each counts its own rates and metrics; `Settings.of_one_worker` keeps
    what they do together within the settings.
    """
    os.environ.update(environment)
    shared = config(settings, factory, logging_config(settings))
    supervisor = _Supervisor(shared, sockets=[shared.bind_socket()])
    supervisor.run()
    return int(any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes))


def config(
    settings: Settings, app: FastAPI | str, log_config: dict[str, Any] | None = None
) -> uvicorn.Config:
    """uvicorn's configuration; no option that matters is left to its default."""
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        loop="auto",  # uvloop where there is one; it also shares connections out among workers evenly
        http=PROTOCOL,
        ws="none",
        lifespan="on",
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        backlog=settings.backlog,
        limit_concurrency=settings.max_connections + _SPARE_CONNECTIONS,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        timeout_worker_healthcheck=settings.worker_healthcheck_seconds,
        h11_max_incomplete_event_size=settings.max_head_bytes,
        log_config=log_config,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        reload=False,
    )


def logging_config(settings: Settings) -> dict[str, Any]:
    """One line a record on standard error, ours and uvicorn's: JSON, or plain on a terminal."""
    plain = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    formatter = "app.web.request_log.PlainLines" if plain else "app.web.request_log.JsonLines"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": settings.log_level.upper()},
    }


def take_long_turns() -> None:
    """In a worker process: threads run Python four times as long before they are stopped for others.

    Being stopped costs more than it gains, where another process answers meanwhile; most threads give way
    by themselves after less than that.
    """
    sys.setswitchinterval(_TURN_SECONDS)


def follow_parent() -> None:
    """In a worker process: stop when the process that started us is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="follow-parent", daemon=True).start()


def is_orphaned() -> bool:
    """In a worker process: whether the process that started us is gone, so that we stop for that alone."""
    parent = multiprocessing.parent_process()
    return parent is not None and not parent.is_alive()


def hear_signals(app: FastAPI) -> None:
    """In a worker process: not ready from the first signal on, so that what goes on until then ends.

    uvicorn, which has begun to listen for signals before it asks for the application, hears them as well.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, partial(_stop, app, signal.getsignal(number)))


def _stop(app: FastAPI, then: Any, number: int, frame: FrameType | None) -> None:
    app.state.probes.stopping = True
    if callable(then):
        then(number, frame)


class _Server(uvicorn.Server):
    """Not ready from the first signal on; forced by the second, whichever it is."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            self.force_exit = True
        app = self.config.loaded_app
        app.state.probes.stopping = True
        super().handle_exit(sig, frame)


class _Supervisor(Multiprocess):
    """Waits for its workers to finish their requests; a second signal kills them."""

    is_forced = False

    def handle_int(self) -> None:
        self.is_forced |= self.should_exit.is_set()
        super().handle_int()

    def handle_term(self) -> None:
        self.is_forced |= self.should_exit.is_set()
        super().handle_term()

    def join_all(self) -> None:
        while any(process.process.is_alive() for process in self.processes):
            if self.is_forced or self.signal_queue:
                for process in self.processes:
                    process.process.kill()
            for process in self.processes:
                process.process.join(0.1)
