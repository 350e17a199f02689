"""Networks run on a few threads behind a short queue; whoever cannot be served is told so at once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from app.engine.inference import Inference, InferenceBusy


@contextmanager
def pool(**options: Any) -> Iterator[Inference]:
    defaults: dict[str, Any] = {
        "threads": 2,
        "waiting": 3,
        "wait_seconds": 5.0,
        "run_seconds": 5.0,
        "torch_threads": 1,
    }
    inference = Inference(**{**defaults, **options})
    try:
        yield inference
    finally:
        inference.close()


class Gate:
    """Work that lasts until it is let go; counts how much of it runs and has run."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.begun = 0

    def work(self) -> int:
        self.begun += 1
        assert self.opened.wait(10)
        return self.begun


async def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def test_what_the_work_returns_or_raises_comes_back() -> None:
    async def use(inference: Inference) -> None:
        assert await inference.run(lambda: 3) == 3
        with pytest.raises(ZeroDivisionError):
            await inference.run(lambda: 1 // 0)

    with pool() as inference:
        asyncio.run(use(inference))


def test_pytorch_uses_as_many_threads_as_it_is_told() -> None:
    with pool(torch_threads=1) as inference:
        assert asyncio.run(inference.run(torch.get_num_threads)) == 1


def test_beyond_the_queue_work_is_refused_at_once_and_taken_again_later() -> None:
    async def use(inference: Inference) -> None:
        gate = Gate()
        jobs = [asyncio.create_task(inference.run(gate.work)) for _ in range(5)]
        await until(lambda: gate.begun == 2)
        began = time.monotonic()
        with pytest.raises(InferenceBusy) as caught:
            await inference.run(gate.work)
        assert time.monotonic() - began < 1
        assert caught.value.retry_after_seconds >= 1
        gate.opened.set()
        await asyncio.gather(*jobs)
        assert await inference.run(lambda: "again") == "again"

    with pool() as inference:
        asyncio.run(use(inference))


def test_work_that_waits_too_long_is_never_begun() -> None:
    async def use(inference: Inference) -> None:
        gate = Gate()
        running = asyncio.create_task(inference.run(gate.work))
        await until(lambda: gate.begun == 1)
        with pytest.raises(InferenceBusy):
            await inference.run(gate.work)
        gate.opened.set()
        await running
        assert gate.begun == 1

    with pool(threads=1, wait_seconds=0.1) as inference:
        asyncio.run(use(inference))


def test_whoever_asked_for_work_that_runs_too_long_is_told_to_try_again() -> None:
    async def use(inference: Inference) -> None:
        gate = Gate()
        with pytest.raises(InferenceBusy):
            await inference.run(gate.work)
        gate.opened.set()

    with pool(wait_seconds=0.1, run_seconds=0.1) as inference:
        asyncio.run(use(inference))


def test_cancelled_work_is_never_begun_and_leaves_its_place_to_others() -> None:
    async def use(inference: Inference) -> None:
        gate = Gate()
        running = asyncio.create_task(inference.run(gate.work))
        await until(lambda: gate.begun == 1)
        waiting = [asyncio.create_task(inference.run(gate.work)) for _ in range(3)]
        await asyncio.sleep(0)
        for job in waiting:
            job.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        others = [asyncio.create_task(inference.run(lambda: None)) for _ in range(3)]
        await asyncio.sleep(0)
        gate.opened.set()
        await asyncio.gather(running, *others)
        assert gate.begun == 1

    with pool(threads=1) as inference:
        asyncio.run(use(inference))
