"""Maps after an epoch are what its weights make of a picture, in the numbers of the activations room."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.engine import checkpoints
from app.engine.checkpoints import Card
from app.pictures import atlas
from app.pictures.picture import Picture
from app.runs.folder import RunFolder
from app.runs.learned import facts, network_after
from app.web import activations, images, networks
from app.web.looks import look
from tests.web.activations.place import pixels
from tests.web.runs_place import API, Place, place_with, trained

SAMPLE = "sample-ship"
CLASSES = ["nn.Conv2d", "nn.BatchNorm2d", "nn.ReLU", "nn.Flatten", "nn.Dropout", "nn.Linear"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("runs")
    beside = (images.feature, activations.feature, networks.feature)
    yield from place_with(folder, beside=beside, pictures_url=f"file://{folder}/pictures")


@pytest.fixture(scope="module")
def run_id(place: Place) -> str:
    """A run that has become a network, too."""
    run_id = trained(place)
    run, files = place.store.get(run_id), RunFolder(place.folder, run_id)
    weights = files.weights()[1].read_bytes()
    card = Card(
        **dict(facts(run)),
        test_accuracy=0.5,
        parameters=1,
        sha256=hashlib.sha256(weights).hexdigest(),
        seed=0,
        epochs=2,
        command="",
        trained_seconds=1.0,
        device="",
        torch_version="",
    )
    checkpoints.save(files.network.parent, run.config.network, weights, card)
    return run_id


def maps(place: Place, run_id: str, **query: Any) -> Any:
    answer = place.client.get(f"{API}/{run_id}/maps", params={"image": SAMPLE, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_after_the_last_epoch_they_are_those_of_the_finished_network(place: Place, run_id: str) -> None:
    room = f"/api/v1/networks/run-{run_id}/activations"
    whole = place.client.get(room, params={"image": SAMPLE}).json()
    for layer in whole["layers"]:
        for asked in (layer["address"], layer["name"]):
            told = maps(place, run_id, layer=asked)
            assert told["epoch"] == 2
            assert told["layers"] == [each["address"] for each in whole["layers"]]
            assert [code.partition("(")[0] for code in told["pytorch"]] == CLASSES
            assert told["pytorch"][0] == "nn.Conv2d(3, 4, kernel_size=3, stride=4, bias=False)"
            assert (told["layer"], told["shape"]) == (layer["address"], layer["shape"])
            assert told["channels"] == layer["channels"]
        assert place.client.get(told["atlas"]).content == place.client.get(layer["atlas"]).content


def test_each_epochs_are_its_own(place: Place, run_id: str) -> None:
    files = RunFolder(place.folder, run_id)
    own = pixels(3, 40, 60)
    image = place.client.app.state.pictures.put(Picture(own)).id  # type: ignore[attr-defined]
    seen = set()
    for epoch in (0, 1, 2):
        network = network_after(place.store.get(run_id), files.weights(epoch)[1])
        expected = look(network, Picture(own), "3,7,20")
        told = maps(place, run_id, epoch=epoch, image=image, crop="3,7,20")
        assert told["layer"] == "0"
        ranges = expected.ranges["0"]
        assert [each["minimum"] for each in told["channels"]] == ranges.minimum.tolist()
        assert [each["maximum"] for each in told["channels"]] == ranges.maximum.tolist()
        answer = place.client.get(told["atlas"])
        assert answer.content == atlas.encode(expected.trace.activations["0"])
        assert answer.headers["cache-control"].startswith("private")
        levels = np.array(Image.open(io.BytesIO(answer.content)))
        assert levels.shape == (2 * told["shape"][1], 2 * told["shape"][2])
        seen.add(answer.content)
    assert len(seen) == 3


def test_what_is_not_there_is_404(place: Place, run_id: str) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"epoch": 9}, "unknown-epoch"),
        ({"layer": "conv2d_9"}, "unknown-layer"),
        ({"image": "f" * 40}, "unknown-picture"),
    ]
    for query, kind in cases:
        answer = place.client.get(f"{API}/{run_id}/maps", params={"image": SAMPLE, **query})
        assert answer.status_code == 404, answer.text
        assert answer.json()["type"].rpartition(":")[2] == kind
    assert place.client.get(f"{API}/{run_id}/maps").status_code == 422
    stale = f"{API}/{run_id}/maps/0.png?image={SAMPLE}&version=0"
    assert place.client.get(stale).status_code == 404


def test_weights_that_were_written_again_are_looked_at_again(place: Place) -> None:
    run_id = trained(place)
    files = RunFolder(place.folder, run_id)
    before = maps(place, run_id, epoch=1)["channels"]
    files.weights(1)[1].write_bytes(files.weights(0)[1].read_bytes())
    assert maps(place, run_id, epoch=1)["channels"] == maps(place, run_id, epoch=0)["channels"] != before
