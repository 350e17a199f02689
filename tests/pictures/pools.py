"""Decoders for the tests of them, and what to make them decode."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from app.pictures.decode import DecodePool, PoolSettings
from tests.pictures import files

Result = TypeVar("Result")


PATIENT = {"decoders": 1, "wait_seconds": 60, "decode_seconds": 60}
"""One decoder, and time enough on a machine that is busy with something else."""


LEVELS = files.noise(30, 40)


SMALL = files.png(LEVELS, files.RGB)


def in_a_pool(use: Callable[[DecodePool], Coroutine[Any, Any, Result]], **options: Any) -> Result:
    async def run() -> Result:
        async with DecodePool(PoolSettings(**{**PATIENT, **options})) as pool:
            await until(lambda: pool.ready)
            return await use(pool)

    return asyncio.run(run())


async def until(holds: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.005)


def process_ids(pool: DecodePool) -> list[int]:
    return [decoder.process_id for decoder in pool._decoders]


@contextmanager
def stopped(pool: DecodePool) -> Iterator[None]:
    """The decoders hang, as on an endless file."""
    stopped_ids = process_ids(pool)
    for process_id in stopped_ids:
        os.kill(process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        for process_id in stopped_ids:
            os.kill(process_id, signal.SIGCONT)


def is_running(process_id: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
