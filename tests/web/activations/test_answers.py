"""The activations API beside its numbers: what is refused, how long an answer is kept, what is not ready."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from app.engine.library import Library
from app.pictures.picture import Picture
from app.pictures.store import PictureStore
from app.web.looks import Looks
from tests import small_networks
from tests.web.activations.place import (
    FEATURES,
    SHIPPED_NAMES,
    SMALL_NAMES,
    Place,
    pixels,
    ready,
    refuse,
    serve,
)
from tests.web.conftest import Server


@pytest.mark.parametrize(
    ("path", "query", "status", "code", "field", "nearest"),
    [
        ("/networks/plane/activations", {}, 404, "unknown-network", "name", "plain"),
        ("/networks/plain/activations/9.npy", {}, 404, "unknown-layer", "layer", "4"),
        ("/networks/plain/activations/edge.png", {}, 404, "unknown-layer", "layer", "edges"),
        ("/networks/plain/activations/relu/unit", {"channel": 0}, 404, "unknown-layer", "layer", "relu_1"),
        ("/networks/plain/activations/0/unit", {"channel": 4, "row": 0, "column": 0}, 422, "", "channel", 3),
        ("/networks/plain/activations/0/unit", {"channel": 0, "row": 32, "column": 0}, 422, "", "row", 31),
        ("/networks/plain/activations/0/unit", {"channel": 0, "row": 0, "column": -1}, 422, "", "column", 0),
        ("/networks/plain/activations/0/unit", {"channel": 0}, 422, "", "row", 0),
        ("/networks/plain/activations/4/unit", {"channel": 1, "row": 0}, 422, "", "row", None),
        ("/networks/plain/activations/0/unit", {"channel": "x"}, 422, "", "channel", None),
        ("/networks/plain/activations/0/unit", {}, 422, "", "channel", None),
        ("/networks/plain/activations", {"crop": "0,0"}, 422, "", "crop", "0,4,40"),
        ("/networks/plain/activations", {"crop": "0,0,four"}, 422, "", "crop", "0,4,40"),
        ("/networks/plain/activations", {"crop": "20,20,30"}, 422, "", "crop", "10,18,30"),
        ("/networks/plain/activations", {"crop": "0,0,0"}, 422, "", "crop", "0,0,1"),
        ("/networks/plain/activations", {"crop": "1" * 25}, 422, "", "crop", None),
        ("/networks/plain/activations", {"image": "0" * 40}, 404, "unknown-picture", "image", None),
        ("/networks/plain/activations", {"image": "../../etc"}, 404, "unknown-picture", "image", None),
        ("/networks/plain/activations", {"image": "x" * 65}, 422, "", "image", None),
        ("/networks/plain/activations", {"colour": "red"}, 422, "", "colour", None),
    ],
)
def test_what_is_not_there_is_said_at_the_field_with_what_is_nearest(
    place: Place, path: str, query: dict[str, Any], status: int, code: str, field: str, nearest: object
) -> None:
    answer = place.get(path, **{"image": place.keep(pixels(9, 40, 48)), **query})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert code in problem["type"]
    (error,) = problem["errors"]
    assert (error["field"], error["nearest"]) == (field, nearest)
    assert error["reason"]


def test_a_picture_has_to_be_named(place: Place) -> None:
    answer = place.get("/networks/plain/activations")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "image")


def test_a_picture_that_has_expired_or_was_deleted_is_gone_though_it_was_looked_at(
    place: Place, folder: Path
) -> None:
    image = place.keep(pixels(10))
    etag = place.get("/networks/plain/activations", image=image).headers["etag"]
    place.store.delete(image)
    answer = place.get("/networks/plain/activations/0.png", image=image)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "image")
    again = place.client.get(
        "/networks/plain/activations", params={"image": image}, headers={"If-None-Match": etag}
    )
    assert again.status_code == 404
    earlier = PictureStore(f"file://{folder}/pictures", 10, 10**9, clock=lambda: time.time() - 11)
    expired = earlier.put(Picture(pixels(11))).id
    assert place.get("/networks/plain/activations", image=expired).status_code == 404


def test_maps_of_a_picture_that_was_sent_are_kept_by_its_browser_alone_and_not_longer_than_it(
    place: Place,
) -> None:
    image = place.keep(pixels(12))
    told = place.activations("plain", image)
    for address in (told["sheet"]["url"], told["layers"][0]["atlas"]):
        answer = place.client.get(httpx2.URL(place.base).join(address))
        private, age = answer.headers["cache-control"].split(", ")
        assert private == "private"
        assert 3500 < int(age.removeprefix("max-age=")) <= 3600
    unversioned = place.get("/networks/plain/activations", image=image)
    assert unversioned.headers["cache-control"] == "private, no-cache"


def test_maps_of_a_sample_may_be_kept_by_everyone_for_ever(place: Place) -> None:
    told = place.activations("plain", "sample-cat")
    answer = place.client.get(httpx2.URL(place.base).join(told["sheet"]["url"]))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    unversioned = place.get("/networks/plain/activations.png", image="sample-cat")
    assert unversioned.headers["cache-control"] == "public, no-cache"
    assert unversioned.content == answer.content


def test_what_a_client_has_already_is_not_sent_again(place: Place) -> None:
    image = place.keep(pixels(13))
    tags = set()
    asked: list[tuple[str, dict[str, str | int]]] = [
        ("activations", {}),
        ("activations", {"crop": "0,0,16"}),
        ("activations.png", {}),
        ("activations/0.png", {}),
        ("activations/0.npy", {}),
        ("activations/0/unit", {"channel": 0, "row": 0, "column": 0}),
        ("activations/0/unit", {"channel": 0, "row": 0, "column": 1}),
    ]
    for path, query in asked:
        params: dict[str, str | int] = {"image": image, **query}
        first = place.get(f"/networks/plain/{path}", **params)
        etag = first.headers["etag"]
        tags.add(etag)
        again = place.client.get(
            f"/networks/plain/{path}", params=params, headers={"If-None-Match": f'"x", {etag}'}
        )
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert again.headers["cache-control"] == first.headers["cache-control"]
    assert len(tags) == 7


def test_an_address_of_another_version_of_the_network_is_refused(place: Place) -> None:
    told = place.activations("plain", "sample-cat")
    version = httpx2.URL(told["sheet"]["url"]).params["version"]
    answer = place.get("/networks/plain/activations.png", image="sample-cat", version="0" * 16)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["nearest"] == version


def test_numbers_that_are_not_finite_are_null(folder: Path, tmp_path: Path) -> None:
    layers: small_networks.Layers = [
        {"type": "conv2d", "out_channels": 2, "kernel_size": 1},
        *({"type": "batch_norm2d", "eps": 1e-38} for _ in range(3)),
        {"type": "flatten"},
        {"type": "linear", "out_features": 10},
    ]
    small_networks.write(tmp_path / "models", "huge", layers, variance=1e-38)
    with serve(tmp_path) as place:
        told = place.activations("huge", place.keep(pixels(14)))
        assert told["logits"] == [None] * 10
        assert {each["probability"] for each in told["probabilities"]} == {None}
        image = place.keep(pixels(14))
        assert not np.isfinite(place.values("huge", "5", image)).any()
        unit = place.get("/networks/huge/activations/5/unit", image=image, channel=3)
        assert json.loads(unit.content, parse_constant=refuse)["value"] is None


@pytest.mark.parametrize("path", ["/activations", "/api/v1/networks/tinyvgg/activations?image=sample-cat"])
def test_who_asks_while_the_networks_are_loaded_waits_for_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    asked, load = threading.Event(), Library.load

    def load_once_asked(library: Library) -> None:
        assert asked.wait(60)
        load(library)

    monkeypatch.setattr(Library, "load", load_once_asked)
    server = Server(FEATURES, models_dir=folder / "models", pictures_url=f"file://{folder}/pictures")
    with server, ThreadPoolExecutor(1) as pool:
        base = f"http://127.0.0.1:{server.port}"
        answer = pool.submit(httpx2.get, f"{base}{path}", timeout=60)
        early, _ = wait((answer,), timeout=1)
        asked.set()
        assert not early
        assert answer.result().status_code == 200


def test_who_has_waited_long_enough_for_the_networks_is_told_to_try_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()
    monkeypatch.setattr(Library, "load", lambda _: asked.wait(60))
    server = Server(
        FEATURES,
        models_dir=folder / "models",
        pictures_url=f"file://{folder}/pictures",
        loading_wait_seconds=0.1,
    )
    with server:
        path = f"http://127.0.0.1:{server.port}/api/v1/networks/plain/activations?image=sample-cat"
        answer = httpx2.get(path, timeout=60)
        asked.set()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


def test_until_the_networks_are_loaded_the_server_is_not_ready(folder: Path) -> None:
    server = Server(FEATURES, models_dir=folder / "models", pictures_url=f"file://{folder}/pictures")
    with server:
        base = f"http://127.0.0.1:{server.port}"
        library = server.server.config.loaded_app.state.library
        ready(server)
        loaded = dict(library._loaded)
        library._loaded.clear()
        answer = httpx2.get(f"{base}/api/v1/networks/plain/activations?image=sample-cat")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert "networks" in httpx2.get(f"{base}/readyz").json()["detail"]
        library._loaded.update(loaded)
        ready(server)


def test_each_network_is_listed_with_the_digest_its_activations_have(place: Place) -> None:
    listed = {each["name"]: each["digest"] for each in place.get("/networks").json()}
    assert set(listed) == {*SHIPPED_NAMES, *SMALL_NAMES, "pointwise"}
    for name, digest in listed.items():
        assert place.activations(name, "sample-ship")["digest"] == digest


@pytest.mark.parametrize("path", ["/activations", "/api/v1/networks/plain/activations?image=sample-cat"])
def test_work_for_a_client_that_went_away_is_taken_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    asked, taken_back = threading.Event(), threading.Event()

    async def get(*_: object) -> None:
        asked.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            taken_back.set()
            raise

    monkeypatch.setattr(Looks, "get", get)
    server = Server(FEATURES, models_dir=folder / "models", pictures_url=f"file://{folder}/pictures")
    with server:
        ready(server)
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert asked.wait(30)
        assert taken_back.wait(30)
