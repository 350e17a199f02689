"""What a run has learned is read from what its trainer kept, after any epoch that is kept."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load

from app.engine.datasets import digits
from app.runs.folder import RunFolder
from app.web import activations, images
from tests.web.runs_place import API, Place, keep, place_with, trained


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("runs")
    pictures = f"file://{folder}/pictures"
    yield from place_with(
        folder, beside=(images.feature, activations.feature), pictures_url=pictures, data=folder / "nothing"
    )


@pytest.fixture(scope="module")
def run_id(place: Place) -> str:
    return trained(place)


def test_filters_are_those_of_the_epoch(place: Place, run_id: str) -> None:
    for epoch in (0, 2, None):
        query = {} if epoch is None else {"epoch": epoch}
        answer = place.client.get(f"{API}/{run_id}/filters", params=query).json()
        weights = load(place.client.get(f"{API}/{run_id}/weights.safetensors", params=query).content)
        assert (answer["epoch"], answer["address"], answer["name"]) == (
            2 if epoch is None else epoch,
            "0",
            "conv2d_1",
        )
        assert answer["shape"] == [4, 3, 3, 3]
        np.testing.assert_allclose(np.array(answer["kernels"]), weights["0.weight"], rtol=1e-4)


def test_the_matrix_and_the_mistakes_tell_of_the_same_pictures(place: Place, run_id: str) -> None:
    labels = digits(train=False).labels
    for epoch in (0, 1, 2):
        matrix = place.client.get(f"{API}/{run_id}/confusion?epoch={epoch}").json()
        assert (matrix["epoch"], matrix["classes"]) == (epoch, list("0123456789"))
        counts = np.array(matrix["matrix"])
        assert counts.sum(1).tolist() == np.bincount(labels).tolist()
        assert matrix["accuracy"] == pytest.approx(np.trace(counts) / 360)
        told = place.client.get(f"{API}/{run_id}/mistakes?epoch={epoch}").json()["mistakes"]
        assert len(told) == min(24, 360 - np.trace(counts))
        sureness = [each["probability"] for each in told]
        assert sureness == sorted(sureness, reverse=True)
        for each in told:
            assert str(int(labels[each["index"]])) == each["label"] != each["predicted"]
            assert counts[int(each["label"]), int(each["predicted"])] > 0


def test_a_mistakes_picture_is_the_test_picture(place: Place, run_id: str) -> None:
    first = place.client.get(f"{API}/{run_id}/mistakes?epoch=0").json()["mistakes"][0]
    answer = place.client.get(first["image"])
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"].startswith("private")
    pixels = np.array(Image.open(io.BytesIO(answer.content)))
    np.testing.assert_array_equal(pixels, digits(train=False).pixels[first["index"]].numpy())


def test_there_are_only_so_many_pictures(place: Place, run_id: str) -> None:
    answer = place.client.get(f"{API}/{run_id}/pictures/360.png")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["nearest"] == 359


def test_pictures_that_are_not_here_are_a_clear_problem(place: Place) -> None:
    run_id = place.start(dataset="cifar10")
    answer = place.client.get(f"{API}/{run_id}/pictures/3.png")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:convscope:problem:no-data"
    assert answer.json()["detail"] == "The test pictures are not on this server."
    place.ask(run_id, "stop")


def test_what_is_not_kept_or_not_tested_is_404(place: Place, run_id: str) -> None:
    for what in ("filters", "confusion", "mistakes"):
        answer = place.client.get(f"{API}/{run_id}/{what}?epoch=7")
        assert answer.status_code == 404
        assert answer.json()["type"] == "urn:convscope:problem:unknown-epoch"
        assert answer.json()["errors"][0]["nearest"] == 2
        assert place.client.get(f"{API}/{'0' * 32}/{what}").status_code == 404
    waiting = place.start()
    assert place.client.get(f"{API}/{waiting}/confusion").json()["type"].endswith("unknown-epoch")
    keep(RunFolder(place.folder, waiting), 0, b"weights")
    assert place.client.get(f"{API}/{waiting}/confusion").json()["type"].endswith("not-tested")
    place.ask(waiting, "stop")


def test_a_network_without_filters_says_so(place: Place, tmp_path: Path) -> None:
    network = {
        "input": {"channels": 3, "height": 32, "width": 32},
        "layers": [
            {"type": "avg_pool2d", "kernel_size": 4},
            {"type": "flatten"},
            {"type": "linear", "out_features": 10},
        ],
    }
    run_id = trained(place, network=network, epochs=1)
    answer = place.client.get(f"{API}/{run_id}/filters")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:convscope:problem:no-filters"
