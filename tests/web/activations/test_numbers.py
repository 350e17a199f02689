"""The activations API: its numbers are the network's, whoever asks, of whichever server, at whatever time."""

from __future__ import annotations

import io
import json
import math
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from app.web.activations_answers import UnitAnswer
from tests import plain_forward
from tests.web.activations.place import (
    CLIENTS,
    SHIPPED_NAMES,
    SMALL_NAMES,
    Pixels,
    Place,
    close_to,
    pixels,
    refuse,
    serve,
)


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
