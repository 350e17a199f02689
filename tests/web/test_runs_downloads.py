"""What is taken home of a run is whole, and only what is there is offered."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine import checkpoints, tensorboard
from app.runs.folder import RunFolder, ship
from app.runs.journal import EPOCH, START, STEP, Entry
from tests.web.runs_place import API, Place, keep, place_with


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    yield from place_with(tmp_path)


def offered(place: Place, run_id: str) -> dict[str, str]:
    links: dict[str, str] = place.client.get(f"{API}/{run_id}").json()["links"]
    assert (links.pop("tensorboard", None) is not None) == tensorboard.is_installed()
    for path in links.values():
        assert place.client.get(path).status_code == 200, path
    return links


def shipped(place: Place, run_id: str) -> None:
    def write(folder: Path) -> Path:
        folder.mkdir()
        for name in (checkpoints.NETWORK, checkpoints.WEIGHTS, checkpoints.CARD):
            (folder / name).write_bytes(f"{name} of {run_id}".encode() * 50_000)
        return folder

    RunFolder(place.folder, run_id).make()
    ship(place.folder, run_id, write)


def test_what_is_there_is_offered(place: Place) -> None:
    run_id, claim = place.training()
    assert set(offered(place, run_id)) == {"csv", "script"}
    keep(RunFolder(place.folder, run_id), 0, b"weights")
    assert set(offered(place, run_id)) == {"csv", "script", "weights"}
    assert place.client.get(f"{API}/{run_id}/folder.zip").status_code == 409
    shipped(place, run_id)
    place.claims.end(claim, "finished")
    assert set(offered(place, run_id)) == {"csv", "script", "weights", "folder"}


def test_the_folder_holds_the_network(place: Place) -> None:
    run_id, claim = place.training()
    shipped(place, run_id)
    place.claims.end(claim, "finished")
    answer = place.client.get(f"{API}/{run_id}/folder.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert int(answer.headers["content-length"]) == len(answer.content)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist()}
    names = ("network.json", "weights.safetensors", "card.json")
    assert held == {name: f"{name} of {run_id}".encode() * 50_000 for name in names}


@pytest.mark.parametrize(("asked", "computed"), [("auto", "bfloat16"), ("bfloat16", "float32")])
def test_the_script_is_of_this_run(place: Place, asked: str, computed: str) -> None:
    run_id, claim = place.training(seed=11, precision=asked)
    facts = {"step": 0, "steps": 36, "precision": computed}
    before = place.client.get(f"{API}/{run_id}/script.py").text
    place.claims.write(claim, [Entry(START, facts, 0)], {})
    answer = place.client.get(f"{API}/{run_id}/script.py")
    assert answer.headers["content-type"].startswith("text/x-python")
    assert f'filename="run-{run_id[:4]}-train.py"' in answer.headers["content-disposition"]
    compile(answer.text, "train.py", "exec")
    assert "SEED = 11\n" in answer.text
    assert f"run {run_id}" in answer.text
    for text, precision in ((before, asked), (answer.text, computed)):
        assert f"BFLOAT16 = {precision == 'bfloat16'}\n" in text
    keep(RunFolder(place.folder, run_id), 0, b"weights")
    fork = place.client.post(f"{API}/{run_id}/fork", json={"epoch": 0}).json()["id"]
    assert f"/{run_id}/weights.safetensors?epoch=0" in place.client.get(f"{API}/{fork}/script.py").text
    place.claims.end(claim, "stopped")


def test_tensorboard_reads_the_history(place: Place) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is an option, and not installed here")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: PLC0415

    run_id, claim = place.training()
    steps = [Entry(STEP, {"step": step, "loss": 2.5 / step, "lr": None}, step) for step in (1, 2)]
    place.claims.write(claim, steps, {})
    place.claims.write(claim, [Entry(EPOCH, {"epoch": 1, "step": 2, "test_accuracy": 0.5}, 2, 1)], {})
    answer = place.client.get(f"{API}/{run_id}/tensorboard.zip")
    folder = place.folder / "events"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(folder)
    read = EventAccumulator(str(folder)).Reload()
    assert set(read.Tags()["scalars"]) == {"step/loss", "epoch/test_accuracy"}
    assert [(each.step, each.value) for each in read.Scalars("step/loss")] == [(1, 2.5), (2, 1.25)]
    (test,) = read.Scalars("epoch/test_accuracy")
    assert (test.step, test.value) == (2, 0.5)
    at = place.store.events(run_id)[-1].at
    assert test.wall_time == pytest.approx(at, abs=1)
    place.claims.end(claim, "stopped")


def test_without_tensorboard_its_file_is_a_problem(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorboard, "is_installed", lambda: False)
    run_id = place.start()
    answer = place.client.get(f"{API}/{run_id}/tensorboard.zip")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:convscope:problem:not-installed"
    assert "tensorboard" not in place.client.get(f"{API}/{run_id}").json()["links"]
