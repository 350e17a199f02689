"""Runs over HTTP: what is asked for is checked, what is answered is as described; no trainer is started."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.runs.folder import RunFolder
from app.runs.journal import EPOCH, START, STEP, Entry
from app.settings import Settings
from app.web import operations, runs
from app.web.runs_answers import RunAnswer, RunSummary
from tests.runs.examples import NETWORK, body
from tests.web.runs_place import API, Place, keep, place_with


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    yield from place_with(tmp_path)


def test_a_run_is_queued_with_all_its_defaults(place: Place) -> None:
    answer = place.client.post(API, json={"network": "tinyvgg"})
    assert answer.status_code == 202
    run_id = answer.json()["id"]
    assert set(answer.json()) == {"id"}
    run = place.client.get(f"{API}/{run_id}").json()
    RunAnswer.model_validate_json(json.dumps(run))
    assert (run["state"], run["wish"], run["failure"], run["network"]) == ("queued", None, None, "tinyvgg")
    asked = run["configuration"]
    assert asked["network"]["layers"][0]["type"] == "conv2d"
    assert {"type": "batch_norm2d"} in asked["network"]["layers"]
    assert (asked["dataset"], asked["device"], asked["seed"]) == ("cifar10", "auto", 0)
    assert run["history"] == {"steps": {}, "epochs": {}}
    assert (run["kept_epochs"], run["last_event"], run["fork_of"]) == ([], 1, None)
    (row,) = place.client.get(API).json()
    assert RunSummary.model_validate_json(json.dumps(row)).id == run_id
    again = place.client.post(API, json={**asked, "seed": 5})
    assert again.status_code == 202, again.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"network": {**NETWORK, "layers": NETWORK["layers"][:-1]}}, "network"),
        ({"network": {**NETWORK, "input": {"channels": 1, "height": 32, "width": 32}}}, "network"),
        (
            {"network": {**NETWORK, "layers": [{"type": "conv2d", "out_channels": 4, "kernel_size": 40}]}},
            "network.layers.0.kernel_size",
        ),
        ({"network": {**NETWORK, "layers": [{"type": "conv9d"}]}}, "network.layers.0"),
        ({"network": 3}, "network"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": "32"}, "batch_size"),
        ({"epochs": 1001}, "epochs"),
        ({"epochs": True}, "epochs"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**31}, "seed"),
        ({"device": "tpu"}, "device"),
        ({"dataset": "imagenet"}, "dataset"),
        ({"train_examples": 1}, "train_examples"),
        ({"optimizer": {"name": "sgd", "lr": 0}}, "optimizer.lr"),
        ({"optimizer": {"name": "sgd", "speed": 1}}, "optimizer.speed"),
        ({"optimizer": {"name": "none"}}, "optimizer"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_trained_is_refused_at_its_field(
    place: Place, changes: dict[str, Any], field: str
) -> None:
    answer = place.client.post(API, json=body(**changes))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert place.client.get(API).json() == []


def test_a_network_that_is_not_shipped_is_unknown(place: Place) -> None:
    answer = place.client.post(API, json=body(network="tinivgg"))
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:convscope:problem:unknown-network"


def test_more_than_may_be_allocated_is_refused_before_anything_is(place: Place) -> None:
    wide = {"type": "conv2d", "out_channels": 2000, "kernel_size": 1}
    ending = ({"type": "max_pool2d", "kernel_size": 4}, *NETWORK["layers"][3:])
    network = {**NETWORK, "layers": [wide, *ending]}
    answer = place.client.post(API, json=body(network=network, batch_size=1000))
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "batch_size"
    assert place.client.post(API, json=body(network=network, batch_size=error["nearest"])).status_code == 202
    huge = {**NETWORK, "layers": [{"type": "flatten"}, {"type": "linear", "out_features": 10**5}] * 2}
    assert place.client.post(API, json=body(network=huge)).status_code == 422


def test_a_client_may_have_so_many_and_is_told_when_to_come_back(place: Place) -> None:
    for _ in range(3):
        place.start()
    answer = place.client.post(API, json=body())
    assert answer.status_code == 429
    assert answer.json()["type"] == "urn:convscope:problem:too-many-runs"
    assert int(answer.headers["retry-after"]) > 0


def test_a_full_queue_and_a_full_disk_are_503(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"runs_waiting": 0}, "queue-full"),
        ({"runs_free_bytes": 2**60}, "disk-full"),
    ]
    for options, kind in cases:
        for place in place_with(tmp_path, **options):
            answers = [place.client.post(API, json=body()) for _ in range(2)]
            assert answers[-1].status_code == 503
            assert answers[-1].json()["type"] == f"urn:convscope:problem:{kind}"
            assert int(answers[-1].headers["retry-after"]) > 0


def test_pause_resume_and_stop_may_be_asked_again(place: Place) -> None:
    run_id, claim = place.training()
    for what, wish in (("pause", "pause"), ("pause", "pause"), ("resume", None), ("stop", "stop")):
        answer = place.ask(run_id, what)
        assert answer.status_code == 200
        assert answer.json() == {"id": run_id, "state": "running", "wish": wish}
    place.claims.end(claim, "stopped")
    assert place.ask(run_id, "stop").json() == {"id": run_id, "state": "stopped", "wish": None}
    for what in ("pause", "resume"):
        answer = place.ask(run_id, what)
        assert answer.status_code == 409
        assert answer.json()["detail"] == "A run that is stopped cannot do this."


def test_a_foreign_page_can_change_nothing(place: Place) -> None:
    run_id = place.start()
    for headers in (
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://localhost.evil.example"},
    ):
        for method, path in (
            ("POST", API),
            *(("POST", f"{API}/{run_id}/{what}") for what in ("pause", "resume", "stop", "fork")),
            ("DELETE", f"{API}/{run_id}"),
        ):
            answer = place.client.request(method, path, json=body(), headers=headers)
            assert answer.status_code == 403, (method, path, headers)
    assert place.client.get(f"{API}/{run_id}").json()["state"] == "queued"
    own = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}
    assert place.client.post(f"{API}/{run_id}/stop", headers=own).status_code == 200


def test_what_happened_is_told_as_series_as_csv_and_as_events(place: Place) -> None:
    run_id, claim = place.training()
    steps = [Entry(STEP, {"step": step, "loss": 2.5 / step, "lr": 0.1}, step) for step in (1, 2)]
    place.claims.write(
        claim,
        [Entry(START, {"step": 0, "steps": 36}, 0), *steps],
        {"step": 2, "steps": 36, "steps_per_epoch": 18},
    )
    place.claims.write(claim, [Entry(EPOCH, {"epoch": 1, "step": 2, "train_loss": None}, 2, 1)], {})
    run = place.client.get(f"{API}/{run_id}").json()
    assert run["history"]["steps"] == {"step": [1, 2], "loss": [2.5, 1.25], "lr": [0.1, 0.1]}
    assert run["history"]["epochs"] == {"epoch": [1], "step": [2], "train_loss": [None]}
    assert (run["progress"]["step"], run["progress"]["steps"]) == (2, 36)
    table = place.client.get(f"{API}/{run_id}/history.csv")
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["kind"] for row in rows] == ["step", "step", "epoch"]
    assert rows[1] == {
        "kind": "step",
        "step": "2",
        "epoch": "",
        "loss": "1.25",
        "lr": "0.1",
        "train_loss": "",
    }
    place.claims.end(claim, "failed", "disk-full")
    stream = place.client.get(f"{API}/{run_id}/events")
    assert stream.headers["content-type"].startswith("text/event-stream")
    blocks = [block.splitlines() for block in stream.text.strip().split("\n\n")][1:]
    assert [block[0] for block in blocks] == [f"id: {number}" for number in range(1, 8)]
    assert blocks[3] == ["id: 4", "event: step", 'data: {"step": 1, "loss": 2.5, "lr": 0.1}']
    assert blocks[-1][1:] == ["event: state", 'data: {"state": "failed", "failure": "disk-full"}']
    later = place.client.get(f"{API}/{run_id}/events", headers={"last-event-id": "5"})
    assert "id: 5\n" not in later.text
    assert "id: 6\n" in later.text
    seen = place.client.get(f"{API}/{run_id}/events", headers={"last-event-id": "7"})
    assert (seen.status_code, seen.content) == (204, b"")
    refused = place.client.get(f"{API}/{run_id}/events", headers={"last-event-id": "x"})
    assert refused.status_code == 422
    korean = place.client.get(f"{API}/{run_id}?lang=ko").json()
    assert korean["failure"]["code"] == "disk-full"
    assert "디스크" in korean["failure"]["detail"]


def test_head_of_a_stream_does_not_wait_for_its_end(place: Place) -> None:
    run_id = place.start()
    answer = place.client.head(f"{API}/{run_id}/events")
    assert answer.status_code == 200
    assert answer.content == b""


def test_a_run_that_would_take_more_of_the_disk_than_its_share_is_refused(tmp_path: Path) -> None:
    plain, hungry = {"name": "sgd", "momentum": 0.0}, {"name": "adamw", "amsgrad": True}
    for place in place_with(tmp_path, runs_store_bytes=150_000):
        run_id = place.start(optimizer=plain)
        keep(RunFolder(place.folder, run_id), 0, b"x")
        there = sorted(place.folder.iterdir())
        for path, asked in (
            (API, body(optimizer=hungry)),
            (f"{API}/estimate", body(optimizer=hungry)),
            (f"{API}/{run_id}/fork", {"optimizer": hungry}),
        ):
            answer = place.client.post(path, json=asked, headers={"accept-language": "ko"})
            assert answer.status_code == 422, answer.text
            (error,) = answer.json()["errors"]
            assert error["field"] == "network"
            assert "MB" in error["reason"]
            assert "디스크" in error["reason"]
        assert sorted(place.folder.iterdir()) == there


def test_a_deleted_run_is_gone_and_may_be_deleted_again(place: Place) -> None:
    run_id = place.start()
    for _ in range(2):
        assert place.client.delete(f"{API}/{run_id}").status_code == 204
    assert place.client.get(f"{API}/{run_id}").status_code == 404
    assert place.client.get(API).json() == []


@pytest.mark.parametrize("path", ["", "/events", "/history.csv", "/weights.safetensors"])
def test_an_unknown_run_is_404(place: Place, path: str) -> None:
    for run_id in ("0" * 32, "x", "..%2f..%2fetc", "%00"):
        answer = place.client.get(f"{API}/{run_id}{path}")
        assert answer.status_code == 404, answer.text


def test_without_a_place_a_watcher_is_sent_away(tmp_path: Path) -> None:
    for place in place_with(tmp_path, run_watchers=1):
        run_id = place.start()
        place.client.app.state.run_feed.enter()  # type: ignore[attr-defined]
        answer = place.client.get(f"{API}/{run_id}/events")
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:convscope:problem:too-many-watchers"


def test_a_store_that_is_gone_is_503_and_not_ready(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(runs_dir=tmp_path / "file")
    app = create_app(settings, (operations.feature, runs.feature))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        answer = client.get(API)
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:convscope:problem:store-unavailable"
        assert client.get("/readyz").status_code == 503
