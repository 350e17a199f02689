"""The pictures of runs are those that are here: nothing is fetched for them, whatever is in the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine.datasets import DataUnreachable
from app.engine.sources import CIFAR10
from app.runs import data
from app.runs.errors import NoData


@pytest.mark.parametrize("found", ["nothing", "an empty folder", "a torn file"])
def test_nothing_is_downloaded_for_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    fetched: list[object] = []
    monkeypatch.setattr(
        "torchvision.datasets.cifar.download_and_extract_archive", lambda *given, **_: fetched.append(given)
    )
    if found != "nothing":
        (tmp_path / data.CIFAR10_FILES).mkdir()
    if found == "a torn file":
        (tmp_path / data.CIFAR10_FILES / "test_batch").write_bytes(b"torn")
    for train in (True, False):
        with pytest.raises(DataUnreachable):
            data.load("cifar10", tmp_path, train=train)
    with pytest.raises(NoData):
        data.test_picture(CIFAR10, tmp_path, 0)
    assert fetched == []
