"""Memory that stays with the process between training steps.

glibc gives every large block back to the system as soon as it is freed. The next step's tensors then start
from fresh pages, which the system fills with zeros at first touch: a fifth of a step of ``convnet``.
"""

from __future__ import annotations

import contextlib
import ctypes
import platform
from collections.abc import Iterator

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
NEVER = 2**31 - 1
USUAL_BYTES = {M_MMAP_THRESHOLD: 32 * 2**20, M_TRIM_THRESHOLD: 64 * 2**20}
"""What glibc's own adjusting ends at in a program that frees blocks of every size."""


@contextlib.contextmanager
def memory_kept() -> Iterator[None]:
    """Within it, what the process frees is kept for it to use again; after it, given back.

    It holds for all threads. Without glibc it does nothing.
    """
    if platform.libc_ver()[0] != "glibc":
        yield
        return
    libc = ctypes.CDLL(None)
    for threshold in USUAL_BYTES:
        libc.mallopt(threshold, NEVER)
    try:
        yield
    finally:
        for threshold, usual in USUAL_BYTES.items():
            libc.mallopt(threshold, usual)
        libc.malloc_trim(0)
