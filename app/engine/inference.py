"""A few threads that run networks, fed through a short queue, so that the event loop never waits for one.

A thread cannot be stopped, so what is run here must be bounded beforehand: tensors of a size that was worked
out before they existed.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from app.locale import mark as _

Result = TypeVar("Result")


class InferenceBusy(Exception):
    """As much waits for a thread as may wait, or this has waited or run for too long.

    Attributes:
        retry_after_seconds: when to try again.
    """

    message = _("The networks are busy at this moment. Try again in a few seconds.")

    def __init__(self, retry_after_seconds: float) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(self.message)


class Inference:
    """``await inference.run(work)``: in one event loop, on one of a few threads.

    Args:
        threads: how much runs at once.
        waiting: how much more may wait for a thread.
        wait_seconds: how long it may wait.
        run_seconds: how long it may run before whoever asked is told to try again.
        torch_threads: threads that each of them lets PyTorch use inside an operation.
    """

    def __init__(
        self, *, threads: int, waiting: int, wait_seconds: float, run_seconds: float, torch_threads: int
    ) -> None:
        self._most = threads + waiting
        self._wait_seconds = wait_seconds
        self._run_seconds = run_seconds
        self._unfinished = 0
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, "inference", use_threads, (torch_threads,))

    def close(self) -> None:
        """Lets what runs finish and forgets what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work()` returns or raises. Cancelling the call takes the work back, unless it has begun.

        Raises:
            InferenceBusy
        """
        with self._lock:
            if self._unfinished >= self._most:
                raise self._busy()
            self._unfinished += 1
        job = self._pool.submit(work)
        job.add_done_callback(self._finish)
        given_up = False

        def give_up() -> None:
            nonlocal given_up
            given_up = job.cancel()

        timer = asyncio.get_running_loop().call_later(self._wait_seconds, give_up)
        try:
            async with asyncio.timeout(self._wait_seconds + self._run_seconds):
                return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            if given_up:
                raise self._busy() from None
            raise
        except TimeoutError:
            raise self._busy() from None
        finally:
            timer.cancel()

    def _finish(self, _job: Future[Result]) -> None:
        with self._lock:
            self._unfinished -= 1

    def _busy(self) -> InferenceBusy:
        return InferenceBusy(retry_after_seconds=max(1.0, self._wait_seconds / 2))


def use_threads(count: int) -> None:
    """Sets how many threads PyTorch may use for an operation that the calling thread runs."""
    import torch  # noqa: PLC0415  takes seconds, and is not for the thread that starts the application

    torch.set_num_threads(count)
