"""The training page's application for its tests, and a run that seems to have been trained there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from app.engine import epochs as engine_epochs
from app.main import create_app
from app.runs.claims import Claims
from app.runs.folder import RunFolder
from app.runs.identity import this_process
from app.runs.journal import EPOCH, START, STEP, Entry
from app.runs.store import RunStore
from app.settings import Settings
from app.web import networks, operations, training_filled, training_page
from tests.runs.examples import body
from tests.web.runs_untrained import untrained

HTML = {"accept": "text/html"}


OWN = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}


@dataclass(frozen=True)
class Place:
    """The application while it runs, its store and its settings."""

    client: TestClient
    settings: Settings
    store: RunStore

    def get(self, path: str) -> str:
        answer = self.client.get(path, headers=HTML)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, texts: dict[str, str]) -> Any:
        return self.client.post(path, data=texts, headers={**HTML, **OWN}, follow_redirects=False)

    def first(self) -> dict[str, str]:
        return training_filled.first_texts(self.settings)


def running_in(folder: Path) -> Iterator[Place]:
    """For a fixture: the application, whose trainers never start."""
    settings = Settings(
        rate_burst=100_000,
        runs_dir=folder,
        data=folder / "none",
        runs_free_bytes=0,
        runs_waiting=10_000,
        runs_a_client=10_000,
        runs_look_seconds=3600,
    )
    app = create_app(settings, (operations.feature, networks.feature, untrained, training_page.feature))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        while not app.state.supervisor.is_ready:
            pass
        app.state.supervisor.wake = lambda: None
        yield Place(client, settings, app.state.runs)


def emptied(application: Place) -> Iterator[Place]:
    """For a fixture: without runs. This process seems to train those that are left, and would be ended."""
    yield application
    for run in (*application.store.newest(), *application.store.deleted()):
        application.store.delete(run.id)
        application.store.remove(run.id)


def trained(place: Place, ending: tuple[Any, ...] = (), **changes: Any) -> str:
    """A run with one epoch behind it, whose weights are kept; it then ends, or goes on."""
    claims = Claims(place.store.database)
    run_id = str(place.client.post("/api/v1/runs", json=body(**changes)).json()["id"])
    assert claims.give_out(this_process(), 10) is not None
    claim = claims.take(run_id, this_process())[1]
    measured = {"train_loss": 1.25, "train_accuracy": 0.5, "test_loss": 1.5, "test_accuracy": 0.4375}
    entries = [
        Entry(START, {"step": 0, "steps": 36}, 0),
        Entry(STEP, {"step": 1, "loss": 2.5, "lr": 0.1, "examples_per_second": 320.0}, 1),
        Entry(EPOCH, {"epoch": 1, "step": 18, **measured, "seconds": 1.0}, 18, 1),
    ]
    claims.write(claim, entries, {"step": 18, "steps": 36, "steps_per_epoch": 18})
    for epoch in (0, 1):
        path = engine_epochs.path_of(RunFolder(place.settings.runs_dir, run_id).state, epoch)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"weights")
    if ending:
        claims.end(claim, *ending)
    return run_id


def run_of(place: Place, answer: Any) -> Any:
    """The run that an answer leads to."""
    assert answer.status_code == 303, answer.text
    found = re.fullmatch(r"/training\?run=([0-9a-f]{32})", answer.headers["location"])
    assert found
    return place.store.get(found[1])
