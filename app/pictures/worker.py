"""The decoding process: ``python -m app.pictures.worker NUMBER…``.

Started, fed, timed and killed by :class:`app.pictures.decode.DecodePool`. Picture and result travel through
shared memory, one message each way through the socket: the length of the file, then a verdict. Before the
first byte of a stranger it gives up what it does not need: address space, file writes, core dumps,
privileges, and a life after its parent's.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import resource
import signal
import socket
import struct
import sys

from app.pictures.normalise import Limits, normalise, prepare
from app.pictures.verdict import NotDecoded, Verdict

REQUEST = struct.Struct("<I")
"""Bytes of the file, at the start of the shared memory."""
VERDICT = struct.Struct("<BHH8s")
"""A Verdict, width, height, format; after DECODED the RGB pixels stand at the start of the shared memory."""

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def main() -> None:
    """Decodes until the parent hangs up."""
    socket_number, memory_number, memory_bytes, address_space_bytes, *limit_values = map(int, sys.argv[1:])
    limits = Limits(*limit_values)
    _give_up_rights(address_space_bytes)
    prepare(limits)
    channel = socket.socket(fileno=socket_number)
    memory = mmap.mmap(memory_number, memory_bytes)
    channel.sendall(VERDICT.pack(Verdict.READY, 0, 0, b""))
    while request := channel.recv(REQUEST.size, socket.MSG_WAITALL):
        (length,) = REQUEST.unpack(request)
        channel.sendall(_decode(memory, length, limits))


def _decode(memory: mmap.mmap, length: int, limits: Limits) -> bytes:
    try:
        picture, kind = normalise(memory[:length], limits)
        pixels = picture.tobytes()
        memory[: len(pixels)] = pixels
    except NotDecoded as end:
        return VERDICT.pack(end.verdict, 0, 0, b"")
    except MemoryError:
        return VERDICT.pack(Verdict.BROKEN, 0, 0, b"")
    return VERDICT.pack(Verdict.DECODED, picture.width, picture.height, kind.encode())


def _give_up_rights(address_space_bytes: int) -> None:
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    for kind, most in (
        (resource.RLIMIT_AS, address_space_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS does not know all of them
            resource.setrlimit(kind, (most, most))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stderr.fileno())  # what a decoder complains about is of no use to anyone


if __name__ == "__main__":
    main()
