"""Forks of a run over HTTP, and the epochs that they begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.runs.folder import RunFolder
from app.web.runs_dependencies import Kept
from tests.web.runs_place import API, Place, keep, place_with


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    yield from place_with(tmp_path)


def test_weights_and_forks_are_of_a_kept_epoch(place: Place) -> None:
    run_id, claim = place.training()
    assert place.client.get(f"{API}/{run_id}/weights.safetensors").status_code == 404
    assert place.client.post(f"{API}/{run_id}/fork", json={}).status_code == 404
    files = RunFolder(place.folder, run_id)
    for epoch in (0, 2):
        keep(files, epoch, f"weights of {epoch}".encode() * 50_000)
    place.claims.end(claim, "stopped")
    latest = place.client.get(f"{API}/{run_id}/weights.safetensors")
    assert latest.content == b"weights of 2" * 50_000
    assert int(latest.headers["content-length"]) == len(latest.content)
    assert "attachment" in latest.headers["content-disposition"]
    first = place.client.get(f"{API}/{run_id}/weights.safetensors?epoch=0")
    assert first.content == b"weights of 0" * 50_000
    missing = place.client.get(f"{API}/{run_id}/weights.safetensors?epoch=1")
    assert missing.status_code == 404
    assert missing.json()["errors"][0]["nearest"] in (0, 2)
    changes = {"epoch": 0, "optimizer": {"name": "sgd", "lr": 0.5}, "epochs": 7, "train_examples": 100}
    answer = place.client.post(f"{API}/{run_id}/fork", json=changes)
    assert answer.status_code == 202, answer.text
    fork = place.client.get(f"{API}/{answer.json()['id']}").json()
    assert fork["fork_of"] == {"id": run_id, "epoch": 0}
    asked = fork["configuration"]
    assert (asked["epochs"], asked["train_examples"], asked["batch_size"]) == (7, 100, 32)
    assert asked["optimizer"]["lr"] == 0.5
    assert RunFolder(place.folder, fork["id"]).initial.read_bytes() == first.content


@pytest.mark.parametrize(
    "changes",
    [
        {"network": "tinyvgg"},
        {"epochs": 0},
        {"epochs": False},
        {"smaller_until": 3},
        {"epoch": -1},
        {"colour": 1},
        {"batch_size": 9**6},
    ],
)
def test_a_fork_is_checked_as_a_run_is(place: Place, changes: dict[str, Any]) -> None:
    run_id = place.start()
    keep(RunFolder(place.folder, run_id), 0, b"x")
    before = sorted(path.name for path in place.folder.iterdir())
    answer = place.client.post(f"{API}/{run_id}/fork", json=changes)
    assert answer.status_code == 422, answer.text
    assert sorted(path.name for path in place.folder.iterdir()) == before


def test_weights_that_are_thinned_out_meanwhile_are_an_unknown_epoch(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = place.start()
    files, find = RunFolder(place.folder, run_id), RunFolder.weights

    def found_and_removed(self: RunFolder, epoch: int | None = None) -> tuple[int, Path]:
        found = find(self, epoch)
        found[1].unlink()
        return found

    def seen_and_removed(*facts: Any) -> Kept:
        kept = Kept(*facts)
        kept.weights.unlink()
        return kept

    with monkeypatch.context() as racing:
        racing.setattr("app.web.runs_dependencies.Kept", seen_and_removed)
        keep(files, 0, b"x")
        downloaded = place.client.get(f"{API}/{run_id}/weights.safetensors?epoch=0")
    with monkeypatch.context() as racing:
        racing.setattr(RunFolder, "weights", found_and_removed)
        keep(files, 0, b"x")
        forked = place.client.post(f"{API}/{run_id}/fork", json={"epoch": 0})
    for answer in (downloaded, forked):
        assert answer.status_code == 404, answer.text
        assert answer.json()["type"] == "urn:convscope:problem:unknown-epoch"


def test_a_fork_that_there_is_no_room_for_writes_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, *_others = (place.start() for _ in range(3))
    keep(RunFolder(place.folder, run_id), 0, b"x")
    written: list[Path] = []
    monkeypatch.setattr("app.runs.starting.write_atomically", lambda path, _data: written.append(path))
    assert place.client.post(f"{API}/{run_id}/fork", json={}).status_code == 429
    assert written == []
