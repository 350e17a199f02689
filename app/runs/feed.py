"""Event streams: one reader a run, however many watch it.

A watcher first gets what stands in the journal after the last event it saw, then what the reader finds. One
that is too slow to take it is let go, and comes back with the number of the last event it saw.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field

from app.runs.errors import StoreUnavailable, TooManyWatchers, UnknownRun
from app.runs.journal import Event
from app.runs.run import Run
from app.runs.store import RunStore

KEEP_ALIVE = b": still here\n\n"
RETRY = b"retry: 2000\n\n"
_MOST_UNREAD = 64
"""Batches that wait for a watcher before it is let go."""


@dataclass(frozen=True)
class _Batch:
    """Events in order, each as it is sent, and all of them in one piece."""

    events: tuple[tuple[int, bytes], ...]
    data: bytes
    is_end: bool

    def after(self, last: int) -> bytes:
        """What a watcher who has seen the event numbered `last` has not seen."""
        if self.events[0][0] > last:
            return self.data
        return b"".join(data for number, data in self.events if number > last)


@dataclass(eq=False)
class _Watcher:
    batches: asyncio.Queue[_Batch | None] = field(default_factory=lambda: asyncio.Queue(_MOST_UNREAD + 1))


class Feed:
    """The streams of one server process."""

    def __init__(
        self,
        store: RunStore,
        *,
        most_watchers: int,
        look_seconds: float,
        keep_alive_seconds: float,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._store = store
        self._most_watchers, self._count = most_watchers, 0
        self._look_seconds, self._keep_alive_seconds = look_seconds, keep_alive_seconds
        self._is_stopping = is_stopping
        self._watchers: dict[str, set[_Watcher]] = {}
        self._readers: dict[str, asyncio.Task[None]] = {}

    def enter(self) -> None:
        """Takes a place. Raises TooManyWatchers."""
        if self._count >= self._most_watchers:
            raise TooManyWatchers
        self._count += 1

    def leave(self) -> None:
        """Gives a place back."""
        self._count -= 1

    async def stream(self, run: Run, after: int) -> AsyncGenerator[bytes, None]:
        """Server-sent events of a run after the one numbered `after`, until it has ended or is deleted."""
        run_id = run.id
        # All who watch share a reader: a number that the run has not reached would make it skip what comes.
        after = min(after, run.last_event)
        watcher = _Watcher()
        try:
            self._watchers.setdefault(run_id, set()).add(watcher)
            yield RETRY
            while events := await asyncio.to_thread(self._store.events, run_id, after):
                after = events[-1].id
                yield b"".join(map(encoded, events))
                if is_last(events[-1]) and await self._has_ended(run_id, after):
                    return
            if run_id not in self._readers:
                self._readers[run_id] = asyncio.create_task(self._read(run_id, after))
            async for batch in self._follow(watcher, after):
                yield batch
        except UnknownRun:
            return
        finally:
            self._leave(run_id, watcher)

    async def close(self) -> None:
        """Ends the readers."""
        readers = list(self._readers.values())
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)

    async def _follow(self, watcher: _Watcher, after: int) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(self._keep_alive_seconds):
                    batch = await watcher.batches.get()
            except TimeoutError:
                yield KEEP_ALIVE
                continue
            if batch is None:
                return
            # The first ones may hold what the journal has told already.
            if data := batch.after(after):
                yield data
            if batch.is_end:
                return

    async def _read(self, run_id: str, after: int) -> None:
        """Reads what is new for all who watch, until nobody does, or the run has ended or is deleted."""
        try:
            while self._watchers.get(run_id) and not self._is_stopping():
                try:
                    events = await asyncio.to_thread(self._store.events, run_id, after)
                except StoreUnavailable:
                    events = []
                if events:
                    after = events[-1].id
                    is_end = is_last(events[-1]) and await self._has_ended(run_id, after)
                    parts = tuple((event.id, encoded(event)) for event in events)
                    self._give(run_id, _Batch(parts, b"".join(data for _, data in parts), is_end))
                    if is_end:
                        return
                await asyncio.sleep(self._look_seconds)
        except UnknownRun:
            return
        finally:
            self._readers.pop(run_id, None)
            self._give(run_id, None)

    def _give(self, run_id: str, batch: _Batch | None) -> None:
        for watcher in list(self._watchers.get(run_id, ())):
            is_slow = watcher.batches.qsize() >= _MOST_UNREAD
            if is_slow:
                self._leave(run_id, watcher)
            if not watcher.batches.full():
                watcher.batches.put_nowait(None if is_slow else batch)

    async def _has_ended(self, run_id: str, last: int) -> bool:
        """Whether an event is the run's last; a run that failed may have been resumed since."""
        newer = await asyncio.to_thread(self._store.events, run_id, last)
        return not newer

    def _leave(self, run_id: str, watcher: _Watcher) -> None:
        watchers = self._watchers.get(run_id, set())
        watchers.discard(watcher)
        if not watchers:
            self._watchers.pop(run_id, None)


def is_last(event: Event) -> bool:
    """Whether a run does nothing more by itself after this event."""
    return event.kind == "state" and event.data.get("state") in ("finished", "stopped", "failed")


def encoded(event: Event) -> bytes:
    """An event as the stream has it."""
    return f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(event.data)}\n\n".encode()
