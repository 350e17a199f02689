"""Files of runs: which epochs are kept, what is refused, what is swept away."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from app.engine import epochs
from app.runs import folder
from app.runs.errors import DiskFull, UnknownEpoch
from app.runs.folder import RunFolder


def keep(files: RunFolder, epoch: int, weights: bytes, most_bytes: int) -> None:
    path = epochs.path_of(files.state, epoch)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(weights)
    files.thin_out(most_bytes)


ID = "0123456789abcdef" * 2


def test_epochs_are_thinned_out_and_the_first_and_last_stay(tmp_path: Path) -> None:
    files = RunFolder(tmp_path, ID)
    for epoch in range(101):
        keep(files, epoch, b"x" * 10, most_bytes=10**6)
        kept = files.epochs()
        assert len(kept) <= folder.MOST_EPOCHS
        assert {kept[0], kept[-1]} == {0, epoch}
    assert max(later - earlier for earlier, later in itertools.pairwise(files.epochs())) <= 8


def test_large_weights_keep_to_their_bytes_but_for_two(tmp_path: Path) -> None:
    files = RunFolder(tmp_path, ID)
    for epoch in range(20):
        keep(files, epoch, b"x" * 100, most_bytes=450)
        assert len(files.epochs()) <= 4
    for epoch in range(20, 30):
        keep(files, epoch, b"x" * 1000, most_bytes=450)
    assert files.epochs() == [0, 29]


def test_an_epoch_that_is_not_kept_is_answered_with_the_nearest(tmp_path: Path) -> None:
    files = RunFolder(tmp_path, ID)
    with pytest.raises(UnknownEpoch) as caught:
        files.weights()
    assert caught.value.nearest is None
    for epoch in (0, 4, 8):
        keep(files, epoch, str(epoch).encode(), most_bytes=100)
    assert files.weights()[1].read_bytes() == b"8"
    assert files.weights(0) == (0, files.path / "state" / "epochs" / "epoch-0000.safetensors")
    with pytest.raises(UnknownEpoch) as caught:
        files.weights(7)
    assert caught.value.nearest == 8


def test_too_little_room_is_refused(tmp_path: Path) -> None:
    folder.check_free(tmp_path / "not" / "yet" / "there", 1)
    with pytest.raises(DiskFull):
        folder.check_free(tmp_path, 2**60)


def test_what_no_run_owns_is_swept_when_it_is_old(tmp_path: Path) -> None:
    for name in (ID, "f" * 32, "e" * 32, "networks", "other"):
        (tmp_path / name).mkdir()
    for name in (ID, "f" * 32, "networks", "other"):
        os.utime(tmp_path / name, (0, 0))
    folder.sweep(tmp_path, lambda run_id: run_id == ID)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([ID, "e" * 32, "networks", "other"])
