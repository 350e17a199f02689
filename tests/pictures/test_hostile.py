"""A real server against files that mean harm (safety A and B)."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import pytest

from tests.pictures import files, hostile
from tests.pictures.served import Answer, Served

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

CLIENTS = 8
MEBIBYTE = 2**20
REFERENCE = files.saved(files.smooth(480, 640), "JPEG")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("pictures"), decode_wait_seconds=60) as running:
        yield running


class Watch:
    """The most memory that a server and its children had while watched."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.most_bytes = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.01):
            self.most_bytes = max(self.most_bytes, self.server.memory_bytes())


def what_it_shows(server: Served) -> bytes:
    """The reference picture as the server gives it back."""
    kept = server.send(REFERENCE)
    assert kept.status == 201
    return server.ask("GET", f"/api/v1/images/{kept.json()['id']}").body


def check(name: str, answer: Answer) -> int:
    assert answer.status in {201, 413, 415, 422}, f"{name}: {answer.status}"
    if answer.status == 201:
        kept = answer.json()
        assert set(kept) == {"id", "width", "height", "expires_at"}
        assert 1 <= max(kept["width"], kept["height"]) <= 1024, name
    else:
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == answer.status
        text = json.dumps(problem)
        assert len(text) < 2048
        assert not any(word in text for word in ("Traceback", "PIL", "Error", "/app/", "line ")), (
            f"{name}: {text}"
        )
    assert answer.headers["cache-control"] == "no-store"
    return answer.status


def test_the_corpus_is_answered_in_time_and_in_memory_and_changes_nothing(server: Served) -> None:
    before = what_it_shows(server)
    baseline_bytes = server.memory_bytes()
    seconds: list[float] = []
    statuses: Counter[int] = Counter()

    def send(case: tuple[str, bytes]) -> None:
        name, data = case
        started = time.monotonic()
        answer = server.send(data)
        seconds.append(time.monotonic() - started)
        statuses[check(name, answer)] += 1

    with Watch(server) as watch, ThreadPoolExecutor(CLIENTS) as clients:
        outcomes = clients.map(send, hostile.corpus(seed=1, rounds=12))
        during = what_it_shows(server)
        for _ in outcomes:
            pass
    assert before == during == what_it_shows(server)
    assert min(statuses[status] for status in (201, 413, 415, 422)) > 10
    assert watch.most_bytes < baseline_bytes + 800 * MEBIBYTE
    left_bytes = server.memory_bytes()
    assert left_bytes < baseline_bytes + 200 * MEBIBYTE
    assert max(seconds) < 12
    peak, left = ((size - baseline_bytes) // MEBIBYTE for size in (watch.most_bytes, left_bytes))
    print(f"{dict(statuses)}, slowest {max(seconds):.2f} s, peak +{peak} MB, then +{left} MB")


def test_the_largest_pictures_from_eight_clients_stay_in_memory(server: Served) -> None:
    baseline_bytes = server.memory_bytes()
    largest = [data for name, data in hostile.bombs() if name.startswith("the largest")]
    with Watch(server) as watch, ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(server.send, largest * 4))
    assert {answer.status for answer in answers} == {201}
    assert watch.most_bytes < baseline_bytes + 800 * MEBIBYTE
    print(f"peak +{(watch.most_bytes - baseline_bytes) // MEBIBYTE} MB")


def test_metadata_is_neither_kept_nor_given_back(server: Served, tmp_path: Path) -> None:
    secret = b"37.5665N 126.9780E"
    for kind in ("PNG", "JPEG", "WEBP"):
        sent = files.saved(files.smooth(20, 20), kind, exif=b"Exif\0\0II*\0" + secret, icc_profile=secret)
        assert secret in sent
        kept = server.send(sent).json()
        shown = server.ask("GET", f"/api/v1/images/{kept['id']}")
        assert secret not in shown.body
        assert b"iCCP" not in shown.body
        assert b"eXIf" not in shown.body
