"""Work that several ask for at the same time, done once; given up when nobody waits for it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class Shared(Generic[Key, Result]):
    """What is being made, by what names it. For one event loop."""

    def __init__(self) -> None:
        self._underway: dict[Key, _Work[Result]] = {}

    def __len__(self) -> int:
        return len(self._underway)

    def has(self, key: Key) -> bool:
        """Whether somebody waits for it already."""
        work = self._underway.get(key)
        return work is not None and not work.is_given_up

    async def result(self, key: Key, make: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """What `make()` returns or raises, called once for all who ask meanwhile.

        Cancelling the call cancels the work where nobody else waits for it.
        """
        if not self.has(key):
            work = self._underway[key] = _Work(asyncio.create_task(make()))
            work.task.add_done_callback(lambda _: self._forget(key, work))
        return await self._underway[key].result()

    def _forget(self, key: Key, work: _Work[Result]) -> None:
        if self._underway.get(key) is work:
            del self._underway[key]


class _Work(Generic[Result]):
    def __init__(self, task: asyncio.Task[Result]) -> None:
        self.task = task
        self._waiting = 0

    @property
    def is_given_up(self) -> bool:
        return self.task.cancelling() > 0

    async def result(self) -> Result:
        self._waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.task.cancel()
