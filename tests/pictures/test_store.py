"""Pictures kept for a while: by one server or several, in a folder or elsewhere."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest

from app.pictures.errors import PictureBundled, PictureStoreFull, PictureUnknown
from app.pictures.picture import Picture
from app.pictures.store import ID_PATTERN, PictureStore
from tests.pictures import files

HOUR = 3600.0


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["folder", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A folder, and something that is not one, as a bucket is not."""
    if request.param == "folder":
        yield f"file://{tmp_path}/pictures"
    else:
        yield f"memory://{tmp_path}/pictures"
        with contextlib.suppress(FileNotFoundError):
            fsspec.filesystem("memory").rm(str(tmp_path), recursive=True)


def picture(height: int = 4, width: int = 5, seed: int = 0) -> Picture:
    return Picture(files.noise(height, width, seed=seed))


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def size(height: int = 4, width: int = 5) -> int:
    return 8 + 3 * height * width


def test_a_picture_comes_back_to_the_last_bit(url: str, clock: Clock) -> None:
    store = PictureStore(url, HOUR, 10**6, clock)
    kept = store.put(picture(7, 3))
    assert np.array_equal(store.get(kept.id).pixels, picture(7, 3).pixels)
    assert kept.expires_at.timestamp() == clock.now + HOUR


def test_two_servers_answer_for_the_same_picture(url: str, clock: Clock) -> None:
    one, other = (PictureStore(url, lifetime, 10**6, clock) for lifetime in (HOUR, 2 * HOUR))
    kept = one.put(picture())
    assert np.array_equal(other.get(kept.id).pixels, picture().pixels)
    assert other.expires_at(kept.id) == kept.expires_at
    other.delete(kept.id)
    with pytest.raises(PictureUnknown):
        one.get(kept.id)


def test_ids_hold_128_bits_that_differ_every_time(url: str, clock: Clock) -> None:
    store = PictureStore(url, HOUR, 10**6, clock)
    ids = [store.put(picture()).id for _ in range(20)]
    assert all(re.fullmatch(ID_PATTERN, picture_id) for picture_id in ids)
    assert len({picture_id[8:] for picture_id in ids}) == 20
    assert len(ids[0][8:]) * 4 == 128


@pytest.mark.parametrize(
    "picture_id",
    [
        "",
        "x",
        "../../etc/passwd",
        "0" * 39,
        "0" * 41,
        "F" * 40,
        "f" * 40 + "\n",
        "/" + "f" * 39,
        "sample-nothing",
    ],
)
def test_what_is_not_an_id_is_unknown(url: str, clock: Clock, picture_id: str) -> None:
    store = PictureStore(url, HOUR, 10**6, clock)
    for ask in (store.get, store.delete):
        with pytest.raises(PictureUnknown):
            ask(picture_id)


def test_an_id_nobody_made_is_unknown(url: str, clock: Clock) -> None:
    store = PictureStore(url, HOUR, 10**6, clock)
    store.put(picture())
    with pytest.raises(PictureUnknown):
        store.get("f" * 40)
    with pytest.raises(PictureUnknown):
        store.delete("f" * 40)


def test_after_its_time_a_picture_is_gone_before_anyone_swept(url: str, clock: Clock) -> None:
    store = PictureStore(url, HOUR, 10**6, clock)
    kept = store.put(picture())
    clock.now += HOUR - 1
    store.get(kept.id)
    clock.now += 1
    with pytest.raises(PictureUnknown):
        store.get(kept.id)
    clock.now -= HOUR
    with pytest.raises(PictureUnknown):  # it was removed on the way
        store.get(kept.id)


def test_sweeping_removes_what_has_expired_and_nothing_else(url: str, clock: Clock) -> None:
    store = PictureStore(url, HOUR, 10**6, clock)
    old = store.put(picture())
    clock.now += HOUR / 2
    young = store.put(picture())
    clock.now += HOUR / 2
    store.sweep()
    filesystem, folder = fsspec.url_to_fs(url)
    assert [Path(path).name for path in filesystem.ls(folder, detail=False)] == [young.id]
    assert old.id != young.id


def test_where_the_folder_grows_too_large_what_expires_first_goes(url: str, clock: Clock) -> None:
    store = PictureStore(url, HOUR, 10 * size(), clock)
    ids = []
    for _ in range(25):
        clock.now += 1
        ids.append(store.put(picture()).id)
        filesystem, folder = fsspec.url_to_fs(url)
        assert sum(entry["size"] for entry in filesystem.ls(folder, detail=True)) <= 11 * size()
    store.get(ids[-1])
    store.get(ids[-8])
    with pytest.raises(PictureUnknown):
        store.get(ids[0])


def test_what_another_server_put_counts_too(url: str, clock: Clock) -> None:
    one, other = (PictureStore(url, HOUR, 10 * size(), clock) for _ in range(2))
    for _ in range(10):
        clock.now += 1
        one.put(picture())
        other.put(picture())
    one.sweep()
    filesystem, folder = fsspec.url_to_fs(url)
    assert sum(entry["size"] for entry in filesystem.ls(folder, detail=True)) <= 10 * size()


def test_whether_a_picture_is_there_can_be_asked(url: str, clock: Clock) -> None:
    store = PictureStore(url, HOUR, 10**6, clock)
    kept = store.put(picture())
    assert store.has(kept.id)
    assert store.has("sample-ship")
    assert not any(store.has(other) for other in ("f" * 40, "../x", "sample-nothing"))
    clock.now += HOUR
    assert not store.has(kept.id)


def test_samples_are_answered_and_stay(url: str, clock: Clock) -> None:
    store = PictureStore(url, HOUR, 10**6, clock)
    assert store.get("sample-ship").pixels.shape == (256, 256, 3)
    with pytest.raises(PictureBundled):
        store.delete("sample-ship")


def test_many_threads_may_put_get_and_sweep(url: str, clock: Clock) -> None:
    store = PictureStore(url, HOUR, 60 * size(), clock)

    def one(seed: int) -> bool:
        kept = store.put(picture(seed=seed))
        if seed % 7 == 0:
            store.sweep()
        return np.array_equal(store.get(kept.id).pixels, picture(seed=seed).pixels)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(one, range(50)))


@pytest.mark.parametrize(
    "damage", [b"", b"CSP1", b"XXXX\4\0\5\0" + bytes(60), b"CSP1\xff\xff\xff\xff" + bytes(60)]
)
def test_a_torn_file_is_no_picture(tmp_path: Path, clock: Clock, damage: bytes) -> None:
    store = PictureStore(f"file://{tmp_path}", HOUR, 10**6, clock)
    kept = store.put(picture())
    (tmp_path / kept.id).write_bytes(damage)
    with pytest.raises(PictureUnknown):
        store.get(kept.id)


def test_what_a_killed_server_left_half_written_is_swept(tmp_path: Path, clock: Clock) -> None:
    store = PictureStore(f"file://{tmp_path}", HOUR, 10**6, clock)
    kept = store.put(picture())
    (tmp_path / kept.id).rename(tmp_path / f"{kept.id}.part")
    (tmp_path / "README").write_text("not ours")
    clock.now += 2 * HOUR
    store.sweep()
    assert names(tmp_path) == ["README"]


def test_a_folder_that_was_removed_comes_back(tmp_path: Path, clock: Clock) -> None:
    store = PictureStore(f"file://{tmp_path}/pictures", HOUR, 10**6, clock)
    (tmp_path / "pictures" / store.put(picture()).id).unlink()
    (tmp_path / "pictures").rmdir()
    store.sweep()
    store.get(store.put(picture()).id)


def test_nobody_else_may_look_into_the_folder(tmp_path: Path, clock: Clock) -> None:
    PictureStore(f"file://{tmp_path}/pictures", HOUR, 10**6, clock).put(picture())
    assert (tmp_path / "pictures").stat().st_mode & 0o077 == 0


def test_a_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = PictureStore(f"file://{tmp_path}", HOUR, 10**6, clock)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("fsspec.implementations.local.LocalFileOpener.write", full)
        with pytest.raises(PictureStoreFull):
            store.put(picture())
    assert names(tmp_path) == []
    store.get(store.put(picture()).id)


def test_a_full_disk_gives_up_half_of_what_is_kept_however_much_might_be(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = PictureStore(f"file://{tmp_path}", HOUR, 10**9, clock)
    kept = [store.put(picture()).id for _ in range(6)]

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("fsspec.implementations.local.LocalFileOpener.write", full)
        with pytest.raises(PictureStoreFull):
            store.put(picture())
    assert 0 < len(names(tmp_path)) <= len(kept) // 2


def test_a_folder_that_others_could_look_into_is_closed(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    folder.chmod(0o777)
    store = PictureStore(f"file://{folder}", HOUR, 10**6, clock)
    store.get(store.put(picture()).id)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_of_somebody_else_that_anyone_may_write_to_is_refused(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(PermissionError):
        PictureStore(f"file://{tmp_path}", HOUR, 10**6, clock).check()


def test_a_check_leaves_nothing_and_fails_where_nothing_can_be_written(tmp_path: Path, clock: Clock) -> None:
    PictureStore(f"file://{tmp_path}/pictures", HOUR, 10**6, clock).check()
    assert names(tmp_path / "pictures") == []
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        PictureStore(f"file://{tmp_path}/file/pictures", HOUR, 10**6, clock).check()
