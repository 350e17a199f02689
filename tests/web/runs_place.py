"""The application with its runs, while it runs; no trainer is ever started."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from app.engine import epochs
from app.engine.datasets import digits
from app.engine.devices import CPU
from app.engine.events import Finished
from app.engine.training import train
from app.main import create_app
from app.runs.claims import Claim, Claims
from app.runs.folder import RunFolder
from app.runs.identity import this_process
from app.runs.store import RunStore
from app.settings import Settings
from app.web import networks, operations
from app.web.feature import Feature
from tests.runs.examples import body
from tests.web.runs_untrained import untrained

API = "/api/v1/runs"


class Place:
    """The application while it runs, its client, its store and its folder."""

    def __init__(self, client: TestClient, settings: Settings) -> None:
        self.client, self.folder = client, settings.runs_dir
        self.store: RunStore = client.app.state.runs  # type: ignore[attr-defined]
        self.claims = Claims(self.store.database)

    def start(self, **changes: Any) -> str:
        answer = self.client.post(API, json=body(**changes))
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def training(self, **changes: Any) -> tuple[str, Claim]:
        """A run that this process trains."""
        run_id = self.start(**changes)
        assert self.claims.give_out(this_process(), 10) is not None
        return run_id, self.claims.take(run_id, this_process())[1]

    def ask(self, run_id: str, what: str) -> Any:
        return self.client.post(f"{API}/{run_id}/{what}")


def place_with(
    folder: Path, *, beside: Sequence[Feature] = (networks.feature,), **options: Any
) -> Iterator[Place]:
    """The application with runs and the features `beside` them."""
    plain: dict[str, Any] = {
        "rate_burst": 100_000,
        "runs_dir": folder,
        "runs_a_client": 3,
        "runs_free_bytes": 0,
        # It looks once, at the start, and then not for a while.
        "runs_look_seconds": 3600,
    }
    settings = Settings(**{**plain, **options})

    app = create_app(settings, (operations.feature, *beside, untrained))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        while not app.state.supervisor.is_ready:
            pass
        app.state.supervisor.wake = lambda: None
        yield Place(client, settings)


def trained(place: Place, **changes: Any) -> str:
    """A run on digits that this process has trained, as far as its files go."""
    run_id, claim = place.training(dataset="digits", **{"held_out": 0, "train_examples": 320, **changes})
    config, files = place.store.get(run_id).config, RunFolder(place.folder, run_id)
    files.make()
    test = digits(train=False)
    events = train(config.training, digits(train=True), CPU, files.state, test=test, keep_epochs=True)
    *_before, finished = events
    assert isinstance(finished, Finished)
    place.claims.end(claim, "finished")
    return run_id


def keep(files: RunFolder, epoch: int, weights: bytes) -> None:
    path = epochs.path_of(files.state, epoch)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(weights)
