"""What a run would cost is asked over HTTP as a run is started, and starts none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.runs import estimator
from tests.runs.examples import body
from tests.web.runs_place import API, Place, place_with
from tests.web.runs_untrained import ESTIMATE


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(estimator, "COMMAND", (sys.executable, "-c", f"print('{ESTIMATE}')"))
    yield from place_with(tmp_path)


def test_a_cost_is_told_and_no_run_is_started(place: Place) -> None:
    answer = place.client.post(f"{API}/estimate", json=body())
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "seconds": 6.0,
        "seconds_an_epoch": 3.0,
        "memory_bytes": 5,
        "examples_per_second": 100.0,
        "steps": 36,
        "parameters": 2686,
    }
    assert place.client.get(API).json() == []
    assert place.client.post(f"{API}/estimate", json={"network": "tinyvgg"}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status"), [({"batch_size": 0}, 422), ({"colour": 1}, 422), ({"network": "tinivgg"}, 404)]
)
def test_what_cannot_be_started_cannot_be_estimated(
    place: Place, changes: dict[str, Any], status: int
) -> None:
    asked, started = (place.client.post(path, json=body(**changes)) for path in (f"{API}/estimate", API))
    assert asked.status_code == started.status_code == status
    assert asked.json()["errors"] == started.json()["errors"]


def test_a_foreign_page_cannot_make_the_server_work(place: Place) -> None:
    answer = place.client.post(f"{API}/estimate", json=body(), headers={"origin": "http://evil.example"})
    assert answer.status_code == 403


def test_a_trial_that_is_too_much_is_503_with_a_time(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(estimator, "COMMAND", (sys.executable, "-c", "import sys; sys.exit(9)"))
    answer = place.client.post(f"{API}/estimate?lang=ko", json=body())
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:convscope:problem:estimate-failed"
    assert int(answer.headers["retry-after"]) > 0
    assert "학습" in answer.json()["detail"]
