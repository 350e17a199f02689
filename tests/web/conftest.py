"""An application with the real features and the trials, in memory or behind a real socket."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.main import FEATURES, create_app
from app.settings import Settings
from app.web import home, operations, serving
from app.web.feature import Feature
from tests.web import trials

MakeClient = Callable[..., TestClient]
LIGHT_FEATURES = (operations.feature, home.feature, trials.feature)
"""What starts at once: no decoding, no networks."""


@pytest.fixture(scope="session")
def app() -> FastAPI:
    return make_app()


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A client of the application, which has not been started: nothing is loaded."""
    return connect(app)


@pytest.fixture
def client_with() -> MakeClient:
    """A client of an application with other settings: ``client_with(rate_burst=2)``."""
    return lambda **options: connect(make_app(**options))


def make_app(**options: Any) -> FastAPI:
    return create_app(Settings(**{"rate_burst": 100_000, **options}), (*FEATURES, trials.feature))


def connect(app: FastAPI) -> TestClient:
    return TestClient(
        app, base_url="http://localhost", client=("192.0.2.1", 50_000), raise_server_exceptions=False
    )


class Server:
    """The application served by uvicorn in a thread, on a free port."""

    def __init__(self, features: Sequence[Feature] = LIGHT_FEATURES, **options: Any) -> None:
        settings = Settings(**{"port": 0, "rate_burst": 100_000, **options})
        app = create_app(settings, features)
        self.server = uvicorn.Server(serving.config(settings, app))
        self.thread = threading.Thread(target=self.server.run)

    def __enter__(self) -> Self:
        self.thread.start()
        deadline = time.monotonic() + 10
        while not self.server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        assert self.server.started
        self.port: int = self.server.servers[0].sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(30)
        assert not self.thread.is_alive()

    def connect(self, timeout: float = 10) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def ask(self, request: bytes, timeout: float = 10) -> bytes:
        """Send bytes and read until the server closes."""
        with self.connect(timeout) as connection:
            connection.sendall(request)
            return read_all(connection)


def get(path: bytes, headers: bytes = b"") -> bytes:
    """The bytes of a GET request."""
    return b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n"


def read_all(connection: socket.socket) -> bytes:
    """What arrives until the other side closes; a reset counts as closing."""
    received = b""
    while True:
        try:
            data = connection.recv(65536)
        except ConnectionResetError:
            return received
        if not data:
            return received
        received += data


def read_answer(connection: socket.socket) -> bytes:
    """One whole answer, whose length its head declares."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    declared = re.search(rb"content-length: (\d+)", head.lower())
    length = int(declared[1]) if declared else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Servers with the settings given: ``serve(head_seconds=0.2)``; stopped at the end."""
    running: list[Server] = []

    def start(**options: Any) -> Server:
        running.append(Server(**options).__enter__())
        return running[-1]

    yield start
    for server in running:
        server.__exit__()
