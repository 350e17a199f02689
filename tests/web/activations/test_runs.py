"""A finished run is a network like any other, from the moment it is there until it is deleted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.runs.folder import networks_folder
from tests import small_networks
from tests.web.activations.place import Place, serve

NAME = "run-5f0c8d7be1f94d2ea9a4f0e7c1a2b3d4"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    small_networks.write(tmp_path / "models", "plain", small_networks.PLAIN)
    with serve(tmp_path, runs_dir=tmp_path / "runs") as found:
        yield found


def names(place: Place) -> list[str]:
    return [row["name"] for row in place.get("/networks").json()]


def test_a_finished_run_is_listed_looked_into_and_gone_when_deleted(place: Place, tmp_path: Path) -> None:
    assert names(place) == ["plain"]
    asked = f"/networks/{NAME}/activations"
    assert place.get(asked, image="sample-ship").status_code == 404
    folder = networks_folder(tmp_path / "runs")
    made = small_networks.write(folder, NAME, small_networks.PLAIN, seed=3)
    assert names(place) == ["plain", NAME]
    assert place.get(f"/networks/{NAME}").json()["digest"] == made.digest
    found = place.activations(NAME, "sample-ship")
    assert len(found["layers"]) == 5
    assert place.values(NAME, "4", "sample-ship").tolist() == pytest.approx(found["logits"])
    page = place.client.get(f"http://{place.client.base_url.host}:{place.client.base_url.port}/activations")
    assert NAME in page.text
    shutil.rmtree(folder / NAME)
    assert names(place) == ["plain"]
    assert place.get(asked, image="sample-ship").status_code == 404
    assert place.get(f"/networks/{NAME}").status_code == 404
