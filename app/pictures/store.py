"""Keeps normalised pictures for a while, in a folder or a bucket that several servers may share.

A picture is one file: eight bytes that say how large it is, then its pixels. Its id, the file's name, is
made here: the second of its end and 128 random bits. So ids cannot be guessed, nothing a client sends
becomes part of a path (it is matched whole before use), and what has expired is known from a listing alone.
No server remembers anything that another would need."""

from __future__ import annotations

import contextlib
import errno
import logging
import math
import os
import re
import secrets
import stat
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from app.pictures import samples
from app.pictures.errors import PictureBundled, PictureStoreFull, PictureUnknown
from app.pictures.picture import Picture

logger = logging.getLogger(__name__)

ID_PATTERN = r"[0-9a-f]{40}"
"""What a kept picture's id looks like: eight hexadecimal digits of time, 32 of chance."""

_ID = re.compile(ID_PATTERN)
_HEADER = struct.Struct("<4sHH")
_MAGIC = b"CSP1"
_PARTIAL = ".part"
_OUT_OF_SPACE = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class Kept:
    """A picture's id and when it will be gone."""

    id: str
    expires_at: datetime


@dataclass(frozen=True)
class _File:
    path: str
    size_bytes: int
    expires: int


class PictureStore:
    """Pictures under ids. Safe to call from several threads; every call may wait for the storage.

    Args:
        url: fsspec's address of a folder: ``file:///var/lib/convscope``, ``s3://bucket/pictures``.
        lifetime_seconds: how long a picture is kept.
        capacity_bytes: where the folder grows beyond, the pictures that expire first go early.
        clock: seconds since 1970.

    Attributes:
        is_local: whether it is a folder of this machine, which answers at once.
    """

    def __init__(
        self, url: str, lifetime_seconds: float, capacity_bytes: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._files, self._folder = url_to_fs(url)
        self.is_local = isinstance(self._files, LocalFileSystem)
        self._lifetime_seconds = lifetime_seconds
        self._capacity_bytes = capacity_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._room_bytes = 0

    def put(self, picture: Picture) -> Kept:
        """Keeps a picture.

        Raises:
            PictureStoreFull: the storage is out of space.
        """
        expires = math.ceil(self._clock() + self._lifetime_seconds)
        picture_id = f"{expires:08x}{secrets.token_hex(16)}"
        header = _HEADER.pack(_MAGIC, picture.height, picture.width)
        self._make_room(len(header) + picture.pixels.nbytes)
        try:
            self._write(picture_id, header, picture.pixels.data)
        except OSError as error:
            if error.errno not in _OUT_OF_SPACE:
                raise
            logger.warning("the picture store is out of space")
            # Of what is kept, not of the capacity: the storage may be smaller than that.
            self.sweep(sum(file.size_bytes for file in self._list()) // 2)
            raise PictureStoreFull(retry_after_seconds=2) from error
        return Kept(picture_id, self.expires_at(picture_id))

    def get(self, picture_id: str) -> Picture:
        """The picture with this id: a sample, or what any server put there. Raises PictureUnknown."""
        if picture_id in samples.SAMPLES:
            return samples.picture(picture_id)
        path = self._path(picture_id)
        try:
            data = self._files.cat_file(path)
        except FileNotFoundError as error:
            raise PictureUnknown from error
        magic, height, width = _HEADER.unpack_from(data) if len(data) >= _HEADER.size else (b"", 0, 0)
        if magic != _MAGIC or len(data) != _HEADER.size + 3 * height * width:
            raise PictureUnknown
        return Picture(np.frombuffer(data, np.uint8, offset=_HEADER.size).reshape(height, width, 3))

    def has(self, picture_id: str) -> bool:
        """Whether there is a picture with this id, without reading all of it."""
        if picture_id in samples.SAMPLES:
            return True
        try:
            self._files.cat_file(self._path(picture_id), 0, _HEADER.size)
        except (FileNotFoundError, PictureUnknown):
            return False
        return True

    def delete(self, picture_id: str) -> None:
        """Forgets a picture. Raises PictureUnknown where there is none, PictureBundled for a sample."""
        if picture_id in samples.SAMPLES:
            raise PictureBundled
        try:
            self._files.rm_file(self._path(picture_id))
        except FileNotFoundError as error:
            raise PictureUnknown from error

    def expires_at(self, picture_id: str) -> datetime:
        """When a kept picture will be gone."""
        return datetime.fromtimestamp(_expires(picture_id), UTC)

    def sweep(self, capacity_bytes: int | None = None) -> None:
        """Removes what has expired; where too much is kept, also what expires first, down to nine tenths."""
        capacity_bytes = self._capacity_bytes if capacity_bytes is None else capacity_bytes
        with self._lock:
            files = sorted(self._list(), key=lambda file: file.expires)
            total_bytes = sum(file.size_bytes for file in files)
            aim_bytes = total_bytes if total_bytes <= capacity_bytes else capacity_bytes * 9 // 10
            now = self._clock()
            for file in files:
                if file.expires > now and total_bytes <= aim_bytes:
                    break
                self._remove(file.path)
                total_bytes -= file.size_bytes
            self._room_bytes = self._capacity_bytes - total_bytes

    def check(self) -> None:
        """Writes and removes a byte. Raises OSError where that is not possible."""
        name = f"{0:08x}{secrets.token_hex(16)}"  # expired already, should we die in between
        self._write(name, b"", b".")
        self._remove(f"{self._folder}/{name}")

    def _path(self, picture_id: str) -> str:
        """Path of a picture that may still be kept; one that has expired is removed on the way."""
        if _ID.fullmatch(picture_id) is None:
            raise PictureUnknown
        path = f"{self._folder}/{picture_id}"
        if _expires(picture_id) <= self._clock():
            self._remove(path)
            raise PictureUnknown
        return path

    def _write(self, name: str, header: bytes, pixels: bytes | memoryview) -> None:
        """All or nothing: a bucket's file appears when it is complete, a folder's by being renamed."""
        path = f"{self._folder}/{name}"
        partial = f"{path}{_PARTIAL}" if self.is_local else path
        self._make_folder()
        try:
            with self._files.open(partial, "wb") as file:
                file.write(header)
                file.write(pixels)
            if self.is_local:
                self._files.mv(partial, path)
        except OSError:
            self._remove(partial)
            raise

    def _make_folder(self) -> None:
        """A cleaner of temporary files may have taken it.

        Nobody else on this machine may look into it: one that somebody made before us is closed to others,
        and where it is not ours to close, not used if anyone may write there.
        """
        if not self.is_local:
            self._files.makedirs(self._folder, exist_ok=True)
            return
        folder = Path(self._folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if found.st_uid == os.geteuid():
            if stat.S_IMODE(found.st_mode) & 0o077:
                folder.chmod(0o700)
        elif found.st_mode & stat.S_IWOTH:
            raise PermissionError(errno.EPERM, "the picture folder is another user's, and open to all")

    def _make_room(self, size_bytes: int) -> None:
        with self._lock:
            self._room_bytes -= size_bytes
            is_full = self._room_bytes < 0
        if is_full:
            self.sweep()
            with self._lock:
                self._room_bytes -= size_bytes

    def _list(self) -> Iterator[_File]:
        try:
            listing = self._files.ls(self._folder, detail=True, refresh=True)
        except FileNotFoundError:
            return
        for entry in listing:
            name = entry["name"].rpartition("/")[2].removesuffix(_PARTIAL)
            if _ID.fullmatch(name):
                yield _File(entry["name"], entry["size"] or 0, _expires(name))

    def _remove(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):  # another server, or another thread, was faster
            self._files.rm_file(path)


def _expires(picture_id: str) -> int:
    return int(picture_id[:8], 16)
