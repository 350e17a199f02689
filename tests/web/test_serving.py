"""Starting, stopping, being killed: real processes and real signals."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from app.web import serving
from tests.ports import free_port
from tests.web.conftest import make_app

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")
ROOT = Path(__file__).resolve().parents[2]


class Process:
    """The server as a child process with its own process group, and what it logged."""

    def __init__(self, log: Path, **environment: str) -> None:
        self.port = free_port()
        self.log = log
        variables = {**os.environ, "CONVSCOPE_PORT": str(self.port), **environment}
        self.port = int(variables["CONVSCOPE_PORT"])
        command = [sys.executable, "-m", "tests.web.served"]
        with log.open("w") as file:
            self.child = subprocess.Popen(
                command, cwd=ROOT, env=variables, stderr=file, start_new_session=True
            )

    def get(self, path: str, timeout: float = 10) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if self.get("/readyz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def members(self) -> set[int]:
        """Processes of its group that are alive."""
        found = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    state, group = (entry / "stat").read_text().rpartition(")")[2].split()[0:3:2]
                except OSError:
                    continue
                if int(group) == self.child.pid and state != "Z":
                    found.add(int(entry.name))
        return found

    def no_member_left(self, seconds: float = 5) -> bool:
        deadline = time.monotonic() + seconds
        while self.members() and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.members()


Start = Callable[..., Process]
both = pytest.mark.parametrize("workers", ["1", "2"])
"""One process, and a supervisor with two."""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Process] = []

    def run(**environment: str) -> Process:
        started.append(Process(tmp_path / f"log{len(started)}", **environment))
        started[-1].wait_until_ready()
        return started[-1]

    yield run
    for process in started:
        for pid in process.members():
            os.kill(pid, signal.SIGKILL)
        process.child.wait(10)


def ask_slowly(process: Process, seconds: float) -> tuple[threading.Thread, list[int]]:
    """A request that takes `seconds` in a thread, and where its status will be."""
    return ask_beside(process, f"/api/v1/trials/slow?seconds={seconds}")


def ask_beside(process: Process, path: str) -> tuple[threading.Thread, list[int]]:
    """A request in a thread, and where its status will be."""
    statuses: list[int] = []

    def ask() -> None:
        try:
            statuses.append(process.get(path, timeout=30)[0])
        except (OSError, http.client.HTTPException):
            statuses.append(0)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.3)
    return thread, statuses


def refuses_connections(process: Process) -> bool:
    """Whether it soon takes no new request."""
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        try:
            process.get("/healthz")
        except OSError:
            return True
    return False


@both
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_requests_finish_and_leaves_no_process(
    start: Start, number: signal.Signals, workers: str
) -> None:
    process = start(CONVSCOPE_WORKERS=workers)
    idle = socket.create_connection(("127.0.0.1", process.port))
    thread, statuses = ask_slowly(process, 1.0)
    process.child.send_signal(number)
    stopped = time.monotonic()
    assert refuses_connections(process)
    thread.join()
    assert statuses == [200]
    process.child.wait(15)
    assert time.monotonic() - stopped < 10
    assert process.no_member_left()
    assert process.child.returncode in (0, -number)
    idle.close()


@both
def test_what_goes_on_until_the_end_ends_with_the_first_signal(start: Start, workers: str) -> None:
    process = start(CONVSCOPE_WORKERS=workers)
    thread, statuses = ask_beside(process, "/api/v1/trials/until-stopping")
    process.child.terminate()
    process.child.wait(10)
    thread.join()
    assert statuses == [200]


@both
def test_a_second_signal_ends_it_at_once(start: Start, workers: str) -> None:
    process = start(CONVSCOPE_WORKERS=workers)
    thread, statuses = ask_slowly(process, 8.0)
    process.child.terminate()
    time.sleep(0.5)
    assert process.child.poll() is None
    process.child.terminate()
    process.child.wait(4)
    thread.join()
    assert statuses == [0]
    assert process.no_member_left()


@both
def test_a_request_that_never_ends_does_not_hold_up_the_end(start: Start, workers: str) -> None:
    process = start(CONVSCOPE_SHUTDOWN_SECONDS="1", CONVSCOPE_WORKERS=workers)
    thread, statuses = ask_slowly(process, 30.0)
    process.child.terminate()
    process.child.wait(10)
    thread.join()
    assert statuses != [200]
    assert process.no_member_left()


def test_killed_and_started_again_on_the_same_port(start: Start) -> None:
    first = start()
    first.child.kill()
    first.child.wait(10)
    assert first.no_member_left(), "a child outlived its server"
    second = Process(first.log.with_name("again"), CONVSCOPE_PORT=str(first.port))
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                assert second.get("/healthz")[0] == 200
                break
            except OSError:
                time.sleep(0.05)
    finally:
        second.child.kill()
        second.child.wait(10)


def test_several_processes_share_the_port_and_stop_together(start: Start) -> None:
    process = start(CONVSCOPE_WORKERS="2")
    deadline = time.monotonic() + 20
    while len(process.members()) < 5 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert all(process.get("/healthz")[0] == 200 for _ in range(20))
    thread, statuses = ask_slowly(process, 1.0)
    process.child.terminate()
    thread.join()
    assert statuses == [200]
    process.child.wait(20)
    assert process.no_member_left()


def test_workers_do_not_outlive_a_supervisor_that_was_killed(start: Start) -> None:
    process = start(CONVSCOPE_WORKERS="2")
    process.child.kill()
    process.child.wait(10)
    assert process.no_member_left(10)


def test_every_line_it_writes_is_json_and_names_no_client(start: Start) -> None:
    process = start()
    process.get("/api/v1/trials/things/7?secret=1")
    process.get("/api/v1/trials/crash")
    process.child.terminate()
    process.child.wait(10)
    lines = process.lines()
    assert {line["route"] for line in lines if line["message"] == "request"} == {
        "/api/v1/trials/things/{thing_id}",
        "/api/v1/trials/crash",
    }
    assert not any("things/7" in json.dumps(line) for line in lines)


def test_nothing_that_matters_is_left_to_uvicorns_defaults() -> None:
    settings = Settings(max_connections=7, backlog=9, keep_alive_seconds=3, shutdown_seconds=4)
    config = serving.config(settings, make_app())
    assert config.host == "127.0.0.1"
    assert config.limit_concurrency is not None
    assert config.limit_concurrency > 7
    assert (config.backlog, config.timeout_keep_alive, config.timeout_graceful_shutdown) == (9, 3, 4)
    assert config.h11_max_incomplete_event_size == settings.max_head_bytes
    assert config.server_header is False
    assert config.proxy_headers is False
    assert config.reload is False
    assert config.ws == "none"


@both
def test_a_port_that_is_taken_is_a_failure_not_a_silence(tmp_path: Path, workers: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = Process(tmp_path / "log", CONVSCOPE_PORT=port, CONVSCOPE_WORKERS=workers)
        process.child.wait(20)
    assert process.child.returncode != 0
    assert "address already in use" in process.log.read_text().lower()
