"""One decoding process, seen from its parent: started, given a file, killed (:mod:`app.pictures.worker`)."""

from __future__ import annotations

import asyncio
import mmap
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import astuple
from pathlib import Path

import numpy as np

import app
from app.pictures.normalise import Limits
from app.pictures.picture import Picture
from app.pictures.verdict import NotDecoded, Verdict
from app.pictures.worker import REQUEST, VERDICT

_INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "LANG", "LC_ALL", "TMPDIR")
"""All of our environment that a decoder sees: enough to find Python and its libraries, and no secret."""

_HEAP = {
    # Else a thread of libwebp reserves 64 MB of the address space for a second heap.
    "MALLOC_ARENA_MAX": "1",
    # Keeps up to 32 MB between two pictures: to give them back and fault them in again doubles the time of a
    # small picture.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(32 * 2**20),
}
"""For glibc's allocator."""


class DecoderDied(Exception):
    """The process ended in the middle of its work."""


class Decoder:
    """A running decoding process. Decodes one file at a time."""

    def __init__(self, file_bytes: int, memory_bytes: int, limits: Limits) -> None:
        """Starts the process; :meth:`started` waits until it is ready.

        Raises OSError where the machine has no process, memory or file number left.
        """
        self._limits = limits
        self._shared_bytes = max(file_bytes, 3 * limits.normalised_side_px**2)
        ours, theirs = socket.socketpair()
        number = _shared_memory(self._shared_bytes)
        try:
            self._memory = mmap.mmap(number, self._shared_bytes)
            self._process = subprocess.Popen(  # noqa: S603 - our own module, arguments made of integers
                [
                    *(sys.executable, "-P", "-s", "-m", "app.pictures.worker"),
                    *map(str, (theirs.fileno(), number, self._shared_bytes, memory_bytes, *astuple(limits))),
                ],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), number),
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(number)
        ours.settimeout(0)
        self._channel = ours

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def process_id(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    async def started(self) -> None:
        """Returns when the process has imported its libraries and given up its rights. Raises DecoderDied."""
        await self._verdict()

    async def decode(self, data: bytes | bytearray) -> Picture:
        """The normalised picture. After cancellation the process is in the middle of something: kill it.

        Raises:
            NotDecoded: the process says why.
            DecoderDied: the process ended instead of answering.
        """
        self._memory[: len(data)] = data
        used_bytes = len(data)
        try:
            await self._ask(len(data))
            verdict, width, height, name = await self._verdict()
            used_bytes = max(used_bytes, 3 * width * height)
            if verdict != Verdict.DECODED:
                raise NotDecoded(Verdict(verdict))
            if used_bytes > self._shared_bytes:
                raise DecoderDied  # a decoder that says so is no longer ours
            pixels = np.frombuffer(self._memory[: 3 * width * height], np.uint8).reshape(height, width, 3)
            return Picture(pixels, name.rstrip(b"\0").decode("ascii", "replace"))
        finally:
            self._forget(used_bytes)

    def kill(self) -> None:
        """Ends the process at once, whatever it is doing. May be called twice."""
        self._process.kill()
        self._process.wait()
        self._channel.close()
        self._memory.close()

    async def _ask(self, length: int) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(self._channel, REQUEST.pack(length))
        except ConnectionError as error:
            raise DecoderDied from error

    async def _verdict(self) -> tuple[int, int, int, bytes]:
        message = b""
        while len(message) < VERDICT.size:
            try:
                part = await asyncio.get_running_loop().sock_recv(self._channel, VERDICT.size - len(message))
            except ConnectionError as error:
                raise DecoderDied from error
            if not part:
                raise DecoderDied
            message += part
        return VERDICT.unpack(message)

    def _forget(self, length: int) -> None:
        """Wipes the shared memory. Giving its pages back instead costs 1 ms a megabyte when they return."""
        np.frombuffer(self._memory, np.uint8, min(length, self._shared_bytes))[:] = 0


def _shared_memory(size_bytes: int) -> int:
    """File number of new memory, empty and without a name."""
    if sys.platform == "linux":
        number = os.memfd_create("convscope-picture")
    else:
        with tempfile.TemporaryFile() as file:
            number = os.dup(file.fileno())
    os.ftruncate(number, size_bytes)
    return number


def _environment() -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "PYTHONPATH": str(Path(app.__file__).resolve().parent.parent),
        **_HEAP,
    }
