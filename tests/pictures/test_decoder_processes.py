"""What a decoder's process is allowed, what it leaves behind, and that it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from app.pictures.decode import DecodePool, PoolSettings
from app.pictures.errors import (
    PicturesBusy,
)
from tests.pictures.pools import SMALL, in_a_pool, is_running, process_ids, until

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux_only
def test_a_process_has_given_up_what_it_does_not_need() -> None:
    async def use(pool: DecodePool) -> None:
        await pool.decode(SMALL)
        process = Path(f"/proc/{process_ids(pool)[0]}")
        limits = (process / "limits").read_text()
        for name, most in (("address space", 512 * 2**20), ("core file size", 0), ("file size", 0)):
            line = next(line for line in limits.splitlines() if line.startswith(f"Max {name}"))
            assert line.split()[-3:-1] == [str(most), str(most)]
        assert "NoNewPrivs:\t1" in (process / "status").read_text()
        loaded = (process / "maps").read_text()
        assert "torch" not in loaded
        assert "numpy" not in loaded
        assert "secret" not in (process / "environ").read_text()

    os.environ["AWS_SECRET_ACCESS_KEY"] = "secret"
    try:
        in_a_pool(use)
    finally:
        del os.environ["AWS_SECRET_ACCESS_KEY"]


def test_nothing_of_a_picture_stays_in_the_shared_memory() -> None:
    async def use(pool: DecodePool) -> None:
        for data in (SMALL, SMALL[:-20], b"hello"):
            await asyncio.gather(pool.decode(data), return_exceptions=True)
            decoder = next(iter(pool._decoders))
            assert not np.frombuffer(decoder._memory, np.uint8).any()

    in_a_pool(use)


@linux_only
def test_closing_leaves_no_process_no_file_number_and_no_thread() -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    seen: list[int] = []

    async def use(pool: DecodePool) -> None:
        await pool.decode(SMALL)
        seen.extend(process_ids(pool))

    in_a_pool(use)
    files_before, threads_before = open_files(), threading.active_count()
    in_a_pool(use, decoders=3)
    assert open_files() == files_before
    assert threading.active_count() == threads_before
    assert not any(is_running(process_id) for process_id in seen)


def test_closing_answers_whoever_waits() -> None:
    async def run() -> list[object]:
        async with DecodePool(PoolSettings(decoders=1)) as pool:
            await until(lambda: pool.ready)
            os.kill(process_ids(pool)[0], signal.SIGSTOP)
            waiting = [asyncio.create_task(pool.decode(SMALL)) for _ in range(3)]
            await asyncio.sleep(0.05)
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    assert all(isinstance(outcome, PicturesBusy) for outcome in asyncio.run(run()))


@linux_only
@pytest.mark.parametrize("is_busy", [False, True])
def test_a_process_dies_with_its_parent(is_busy: bool) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                """
                import asyncio
                from tests.pictures.pools import DecodePool, PoolSettings, process_ids, until

                async def main():
                    async with DecodePool(PoolSettings(decoders=1)) as pool:
                        await until(lambda: pool.ready)
                        print(process_ids(pool)[0], flush=True)
                        await asyncio.sleep(60)

                asyncio.run(main())
                """
            ),
        ],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert parent.stdout is not None
    decoder = int(parent.stdout.readline())
    if is_busy:
        os.kill(decoder, signal.SIGSTOP)  # it cannot even notice that its parent hung up
    assert is_running(decoder)
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 30
    while is_running(decoder) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(decoder)


def test_a_decoder_that_cannot_start_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        monkeypatch.setattr("app.pictures.decode._PAUSE_AFTER_FAILED_START_SECONDS", 0.02)
        monkeypatch.setattr(sys, "executable", "/nonexistent")
        async with DecodePool(PoolSettings(decoders=1, wait_seconds=0.2)) as pool:
            with pytest.raises(PicturesBusy):
                await pool.decode(SMALL)
            assert not pool.ready
            monkeypatch.undo()
            await until(lambda: pool.ready)
            await pool.decode(SMALL)

    asyncio.run(run())
