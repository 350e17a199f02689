"""The activations API: its numbers are the network's, whoever asks, of whichever server, at whatever time."""

from __future__ import annotations

import io
import json
import math
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from app.engine import checkpoints
from app.pictures.picture import Picture
from app.pictures.store import PictureStore
from app.settings import Settings
from app.web import activations, images, networks, operations
from app.web.activations_answers import ActivationsAnswer, UnitAnswer
from tests import plain_forward, small_networks
from tests.web.conftest import Server

FEATURES = (operations.feature, images.feature, activations.feature, networks.feature)
SHIPPED = Settings().models_dir
SHIPPED_NAMES = checkpoints.names(SHIPPED)
SMALL_NAMES = ["everything", "plain"]
CLIENTS = 16
POINTWISE: small_networks.Layers = (
    {"type": "conv2d", "out_channels": 8, "kernel_size": 1},
    {"type": "relu"},
    {"type": "max_pool2d", "kernel_size": 32},
    {"type": "flatten"},
    {"type": "linear", "out_features": 10},
)
"""Whose maps of a picture of one colour are of one value."""

Pixels = npt.NDArray[np.uint8]


class Place:
    """A server with its models and its picture folder, and a client of it."""

    def __init__(self, base: str, models: Path, store: PictureStore) -> None:
        self.models = models
        self.store = store
        self.base = base
        self.client = httpx2.Client(base_url=base, timeout=60)

    def for_another(self) -> Place:
        """The same with a client of its own."""
        return Place(self.base, self.models, self.store)

    def keep(self, pixels: Pixels) -> str:
        return self.store.put(Picture(pixels)).id

    def get(self, path: str, **query: Any) -> httpx2.Response:
        return self.client.get(path, params=query)

    def activations(self, name: str, image: str, **query: Any) -> dict[str, Any]:
        answer = self.get(f"/networks/{name}/activations", image=image, **query)
        assert answer.status_code == 200, answer.text
        ActivationsAnswer.model_validate_json(answer.content)
        found: dict[str, Any] = json.loads(answer.content, parse_constant=refuse)
        return found

    def values(self, name: str, layer: str, image: str, **query: Any) -> npt.NDArray[np.float32]:
        answer = self.get(f"/networks/{name}/activations/{layer}.npy", image=image, **query)
        assert answer.status_code == 200, answer.text
        found: npt.NDArray[np.float32] = np.load(io.BytesIO(answer.content), allow_pickle=False)
        return found


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} in JSON")


def pixels(seed: int, height: int = 32, width: int = 32) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def write_models(folder: Path) -> None:
    """The shipped networks, and two small ones that have every layer type."""
    for name in SHIPPED_NAMES:
        shutil.copytree(SHIPPED / name, folder / name)
    small_networks.write(folder, "everything", small_networks.EVERYTHING)
    small_networks.write(folder, "plain", small_networks.PLAIN)
    small_networks.write(folder, "pointwise", POINTWISE)


def ready(server: Server) -> None:
    deadline = time.monotonic() + 60
    while httpx2.get(f"http://127.0.0.1:{server.port}/readyz").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("activations")
    write_models(folder / "models")
    return folder


@pytest.fixture(scope="module")
def place(folder: Path) -> Iterator[Place]:
    with serve(folder) as found:
        yield found


class serve:  # noqa: N801  used as a function
    """``with serve(folder) as place:``, on the models and the pictures in a folder."""

    def __init__(self, folder: Path, **options: Any) -> None:
        url = f"file://{folder}/pictures"
        self.server = Server(FEATURES, models_dir=folder / "models", pictures_url=url, **options)
        self.folder = folder
        self.url = url

    def __enter__(self) -> Place:
        self.server.__enter__()
        ready(self.server)
        base = f"http://127.0.0.1:{self.server.port}/api/v1"
        return Place(base, self.folder / "models", PictureStore(self.url, 3600, 10**9))

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()


def close_to(made: npt.NDArray[np.float32], expected: npt.NDArray[Any]) -> bool:
    largest = float(np.abs(expected).max())
    return made.shape == expected.shape and bool(np.allclose(made, expected, rtol=1e-5, atol=1e-5 * largest))


@pytest.mark.parametrize("name", [*SHIPPED_NAMES, *SMALL_NAMES])
def test_every_layers_file_is_what_plain_pytorch_makes_of_the_picture(place: Place, name: str) -> None:
    image = place.keep(pixels(1))
    expected = plain_forward.forward(place.models / name, pixels(1))
    told = place.activations(name, image)
    assert [layer["address"] for layer in told["layers"]] == [
        address for address in expected if address != "input"
    ]
    for address, values in expected.items():
        made = place.values(name, address, image)
        assert made.dtype == np.float32
        assert close_to(made, values), address
    assert close_to(np.array(told["logits"], np.float32), logits_of(name, expected))


def logits_of(name: str, expected: dict[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
    *_before, linear, last = expected.values()
    return linear if name == "everything" else last  # which ends in a softmax


@pytest.mark.parametrize("name", [*SHIPPED_NAMES, *SMALL_NAMES])
def test_the_answer_tells_of_every_layer_what_its_file_holds(place: Place, name: str) -> None:
    image = place.keep(pixels(2))
    told = place.activations(name, image)
    for layer in [*told["layers"], {"address": "input", **told["input"]}]:
        values = place.values(name, layer["address"], image)
        assert layer["shape"] == list(values.shape)
        by_channel = values.reshape(len(values), -1)
        assert [each["minimum"] for each in layer["channels"]] == by_channel.min(1).tolist()
        assert [each["maximum"] for each in layer["channels"]] == by_channel.max(1).tolist()
        if layer["address"] != "input":
            assert layer["silent_channels"] == np.flatnonzero((by_channel == 0).all(1)).tolist()
    shares = [each["probability"] for each in told["probabilities"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    card = json.loads((place.models / name / "card.json").read_bytes())
    assert {each["index"]: each["class"] for each in told["probabilities"]} == dict(
        enumerate(card["classes"])
    )
    best = told["probabilities"][0]
    assert best["index"] == int(np.argmax(told["logits"]))


def test_channels_that_are_zero_on_this_picture_are_silent(place: Place) -> None:
    told = place.activations("pointwise", place.keep(np.full((32, 32, 3), 200, np.uint8)))
    silent = {layer["address"]: layer["silent_channels"] for layer in told["layers"]}
    negative = [channel for channel, each in enumerate(told["layers"][0]["channels"]) if each["maximum"] < 0]
    assert 0 < len(negative) < 8
    assert silent["0"] == []
    assert silent["1"] == silent["2"] == silent["3"] == negative


@pytest.mark.parametrize("name", [*SHIPPED_NAMES, *SMALL_NAMES])
def test_maps_are_the_files_values_in_levels_alone_and_on_the_sheet(place: Place, name: str) -> None:
    image = place.keep(pixels(3))
    told = place.activations(name, image)
    sheet = levels_at(place, told["sheet"]["url"])
    assert sheet.shape == (told["sheet"]["height"], told["sheet"]["width"])
    for layer in [*told["layers"], {"address": "input", **told["input"]}]:
        atlas = levels_at(place, layer["atlas"])
        at = layer["sheet"]
        on_sheet = sheet[at["top"] : at["top"] + at["height"], at["left"] : at["left"] + at["width"]]
        assert np.array_equal(atlas, on_sheet)
        values = place.values(name, layer["address"], image)
        maps = values if values.ndim == 3 else values.reshape(-1, 1, 1)
        channels, height, width = maps.shape
        columns = math.isqrt(channels - 1) + 1
        assert (at["columns"], atlas.shape[1]) == (columns, columns * width)
        low, high = (maps if values.ndim == 3 else values[None]).min(), maps.max()
        for channel in range(channels):
            row, column = divmod(channel, columns)
            tile = atlas[row * height : (row + 1) * height, column * width : (column + 1) * width]
            if values.ndim == 3:
                low, high = maps[channel].min(), maps[channel].max()
            back = low + tile / 255 * (high - low)
            assert np.abs(back - maps[channel]).max() <= (high - low) / 255 * 0.51 + 1e-6


def levels_at(place: Place, address: str) -> Pixels:
    answer = place.client.get(httpx2.URL(place.base).join(address))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    image = Image.open(io.BytesIO(answer.content))
    assert image.mode == "L"
    return np.asarray(image)


def test_a_crop_that_is_32_by_32_is_shown_to_the_last_bit(place: Place) -> None:
    large = pixels(4, 80, 120)
    image = place.keep(large)
    told = place.activations("plain", image, crop="7,50,32")
    assert told["crop"] == {"top": 7, "left": 50, "side": 32}
    assert (told["height"], told["width"]) == (80, 120)
    expected = plain_forward.forward(place.models / "plain", large[7:39, 50:82])
    np.testing.assert_allclose(
        place.values("plain", "input", image, crop="7,50,32"), expected["input"], atol=1e-6
    )
    assert place.activations("plain", image)["crop"] == {"top": 0, "left": 20, "side": 80}


@pytest.mark.parametrize("looks_bytes", [2**26, 1], ids=["looks are kept", "nothing is kept"])
def test_sixteen_clients_with_pictures_of_their_own_get_their_own_numbers(
    folder: Path, looks_bytes: int
) -> None:
    names = [*SHIPPED_NAMES, "everything"]
    together = threading.Barrier(CLIENTS)
    with serve(folder, looks_bytes=looks_bytes) as place:

        def use(client: int) -> None:
            own = place.for_another()
            image = own.keep(pixels(100 + client))
            together.wait(60)
            for name in names:
                expected = plain_forward.forward(folder / "models" / name, pixels(100 + client))
                told = own.activations(name, image)
                assert close_to(np.array(told["logits"], np.float32), logits_of(name, expected))
                for layer in ("0", told["layers"][-2]["address"]):
                    assert close_to(own.values(name, layer, image), expected[layer])
                sheet, corner = levels_at(own, told["sheet"]["url"]), told["input"]["sheet"]
                red = expected["input"][0]
                levels = (red - red.min()) / (red.max() - red.min()) * 255
                tile = sheet[corner["top"] :, corner["left"] :][:32, :32]
                assert np.abs(tile - levels).max() <= 0.51

        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(use, range(CLIENTS)))


def test_two_servers_over_one_folder_of_pictures_answer_the_same(folder: Path, place: Place) -> None:
    with serve(folder) as other:
        buffer = io.BytesIO()
        Image.fromarray(pixels(5, 48, 64)).save(buffer, "PNG")
        sent = other.client.post("/images", files={"file": ("a.png", buffer.getvalue())})
        assert sent.status_code == 201
        image = sent.json()["id"]
        assert place.activations("everything", image) == other.activations("everything", image)
        for layer in ("input", "0", "9", "19"):
            ours, theirs = (each.values("everything", layer, image) for each in (place, other))
            assert np.array_equal(ours, theirs)
        assert other.client.delete(f"/images/{image}").status_code == 204
        assert place.get("/networks/everything/activations", image=image).status_code == 404
        assert other.get("/networks/everything/activations", image=image).status_code == 404


@pytest.mark.parametrize("name", [*SHIPPED_NAMES, *SMALL_NAMES])
def test_a_value_of_every_layer_is_explained(place: Place, name: str) -> None:
    image = place.keep(pixels(6))
    draw = np.random.default_rng(7)
    for layer in place.activations(name, image)["layers"]:
        index = [int(draw.integers(size)) for size in layer["shape"]]
        query = dict(zip(("channel", "row", "column"), index, strict=False))
        answer = place.get(f"/networks/{name}/activations/{layer['address']}/unit", image=image, **query)
        assert answer.status_code == 200, answer.text
        assert len(answer.content) < 1_000_000
        UnitAnswer.model_validate_json(answer.content)
        unit = json.loads(answer.content, parse_constant=refuse)
        by_name = place.get(f"/networks/{name}/activations/{layer['name']}/unit", image=image, **query)
        assert by_name.json() == unit
        assert unit["value"] == float(place.values(name, layer["address"], image)[tuple(index)])
        assert unit["kind"] == layer["type"]
        box = unit["receptive_field"]
        assert 0 <= box["top"] < box["bottom"] <= 32
        assert 0 <= box["left"] < box["right"] <= 32
        if unit["products"] is not None:
            products = [value for value in flat(unit["products"]) if value is not None]
            rounding = 1e-6 * sum(map(abs, products)) + 1e-6
            assert sum(products) + unit["bias"] == pytest.approx(unit["value"], abs=rounding)


def flat(nested: Any) -> Iterator[Any]:
    for inner in nested if isinstance(nested, list) else ():
        yield from flat(inner)
    if not isinstance(nested, list):
        yield nested


def test_the_input_is_explained_too(place: Place) -> None:
    image = place.keep(pixels(8))
    query = {"channel": 2, "row": 5, "column": 31}
    unit = place.get("/networks/plain/activations/input/unit", image=image, **query).json()
    assert unit["byte"] == int(pixels(8)[5, 31, 2])
    assert unit["receptive_field"] == {"top": 5, "left": 31, "bottom": 6, "right": 32}


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


def test_until_the_networks_are_loaded_the_answer_is_try_again(folder: Path) -> None:
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
