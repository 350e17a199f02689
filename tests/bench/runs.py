"""What it costs a server when a class watches one run, and what recording a run costs its trainer."""

from __future__ import annotations

import selectors
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Self
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from app.runs.claims import Claim, Claims
from app.runs.database import Database
from app.runs.identity import this_process
from app.runs.journal import STEP, Entry
from app.runs.store import RunStore
from tests.bench import processes, server
from tests.bench.measurement import Measurement
from tests.runs.examples import WIDE, config

WATCHERS, SECONDS, STEPS_A_SECOND = 100, 15, 20
LISTED = 200
PAGES = WATCHERS * SECONDS // 60
"""How many pages they fetch meanwhile where epochs are short: an open page does so once a minute."""
MOST_PERCENT = 5.0


def measure() -> Iterator[Measurement]:
    """CPU time of the server while a run is watched, as a share of one core."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = f"sqlite:///{folder}/runs.sqlite"
        claims, claim = _running(url)
        before = processes.children()
        address = stack.enter_context(server.running(CONVSCOPE_RUNS_DIR=folder, CONVSCOPE_RUN_WATCHERS="200"))
        (process_id,) = processes.children() - before
        idle = _percent(process_id, claims, claim)
        crowd = stack.enter_context(_Crowd(address, claim.run_id))
        with _Pages(address, claim.run_id) as pages:
            watched = _percent(process_id, claims, claim)
        if pages.fetched < PAGES * 0.8:
            raise RuntimeError("the pages were not answered")
        writing = _writing_seconds(claims, claim)
        if crowd.fewest_events < SECONDS * STEPS_A_SECOND // 2:
            raise RuntimeError("the watchers were not told what happened")
    yield Measurement("server, a run at work that nobody watches", idle, "% core")
    crowded = f"server, {WATCHERS} watch it on open pages, among {LISTED} runs"
    yield Measurement(crowded, watched, "% core", at_most=MOST_PERCENT)
    yield Measurement("trainer, a second of steps written into the store", writing * 1000, "ms")


class _Crowd:
    """Many who watch a run, and read what they are sent."""

    def __init__(self, address: str, run_id: str) -> None:
        where = urlsplit(address)
        self._place = (where.hostname or "", where.port or 0)
        self._request = f"GET /api/v1/runs/{run_id}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._sockets: list[socket.socket] = []
        self._events: dict[socket.socket, int] = {}

    @property
    def fewest_events(self) -> int:
        return min(self._events.values())

    def __enter__(self) -> Self:
        for _ in range(WATCHERS):
            connection = socket.create_connection(self._place, timeout=10)
            connection.sendall(self._request)
            connection.setblocking(False)  # noqa: FBT003
            self._sockets.append(connection)
            self._events[connection] = 0
        self._thread.start()
        time.sleep(2)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        for connection in self._sockets:
            connection.close()

    def _read(self) -> None:
        with selectors.DefaultSelector() as selector:
            for connection in self._sockets:
                selector.register(connection, selectors.EVENT_READ)
            while not self._over.is_set():
                for key, _ in selector.select(0.2):
                    assert isinstance(key.fileobj, socket.socket)
                    self._events[key.fileobj] += key.fileobj.recv(1 << 20).count(b"event: step")


class _Pages:
    """What the scripts of open pages fetch again while a run goes on, evenly over the time."""

    def __init__(self, address: str, run_id: str) -> None:
        self._url = f"{address}/training?run={run_id}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._fetch)
        self.fetched = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _fetch(self) -> None:
        asked = Request(self._url, headers={"Accept": "text/html"})
        while not self._over.wait(SECONDS / PAGES):
            with urlopen(asked, timeout=10) as answer:
                self.fetched += len(answer.read()) > 0


def _running(url: str) -> tuple[Claims, Claim]:
    """A run whose trainer is this process."""
    store = RunStore(Database(url))
    store.database.create()
    claims = Claims(store.database)
    for _ in range(LISTED - 1):
        store.stop(store.add(config(), "bench", WIDE).id)
    run = store.add(config(), "bench", WIDE)
    claims.give_out(this_process(), 1)
    return claims, claims.take(run.id, this_process())[1]


def _percent(process_id: int, claims: Claims, claim: Claim) -> float:
    before = processes.cpu_seconds(process_id)
    for _ in range(SECONDS):
        _write(claims, claim)
        time.sleep(1)
    return 100 * (processes.cpu_seconds(process_id) - before) / SECONDS


def _write(claims: Claims, claim: Claim) -> None:
    data = {"loss": 1.234567890123, "lr": 0.0123, "gradient_norm": 1.2345, "examples_per_second": 1234.5}
    entries = [Entry(STEP, {"step": step, **data}, step) for step in range(STEPS_A_SECOND)]
    claims.write(claim, entries, {})


def _writing_seconds(claims: Claims, claim: Claim) -> float:
    began = time.perf_counter()
    for _ in range(20):
        _write(claims, claim)
    return (time.perf_counter() - began) / 20
