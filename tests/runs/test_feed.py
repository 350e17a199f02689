"""Event streams: from the beginning or after the last event seen, one reader for all, ended with the run."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.runs.claims import Claim, Claims
from app.runs.database import Database
from app.runs.errors import TooManyWatchers
from app.runs.feed import KEEP_ALIVE, Feed
from app.runs.identity import this_process
from app.runs.journal import STEP, Entry, Event
from app.runs.run import Run
from app.runs.store import RunStore
from tests.runs.examples import WIDE, config


class Counted(RunStore):
    """A store that counts how often it is asked for events."""

    asked = 0

    def events(self, run_id: str, after: int = 0) -> list[Event]:
        self.asked += 1
        return super().events(run_id, after)


class Running:
    """A run that is trained by hand, and its feed."""

    def __init__(self, folder: Path) -> None:
        self.store = Counted(Database(f"sqlite:///{folder}/runs.sqlite"))
        self.store.database.create()
        self.claims = Claims(self.store.database)
        self.id = self.store.add(config(), "someone", WIDE).id
        self.claims.give_out(this_process(), 1)
        self.claim: Claim = self.claims.take(self.id, this_process())[1]
        self.is_stopping = False

    def feed(self, most_watchers: int = 200, keep_alive_seconds: float = 5) -> Feed:
        return Feed(
            self.store,
            most_watchers=most_watchers,
            look_seconds=0.01,
            keep_alive_seconds=keep_alive_seconds,
            is_stopping=lambda: self.is_stopping,
        )

    @property
    def now(self) -> Run:
        return self.store.get(self.id)

    def steps(self, *steps: int) -> None:
        self.claims.write(self.claim, [Entry(STEP, {"step": step}, step) for step in steps], {})


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    made.store.database.close()


def ids(data: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"^id: (\d+)$", data, re.MULTILINE)]


async def read_until(stream: AsyncIterator[bytes], event_id: int) -> list[int]:
    """The numbers of the events that arrive until one has come."""
    found: list[int] = []
    while event_id not in found:
        found += ids(await anext(stream))
    return found


async def rest(stream: AsyncIterator[bytes]) -> list[int]:
    return [number async for chunk in stream for number in ids(chunk)]


def test_a_watcher_sees_everything_once_and_in_order_to_the_end(run: Running) -> None:
    async def watch() -> list[int]:
        stream = run.feed().stream(run.now, 0)
        seen = await read_until(stream, 2)
        for step in range(1, 6):
            run.steps(step, step + 100)
            seen += await read_until(stream, 2 + 2 * step)
        run.claims.end(run.claim, "finished")
        return seen + await rest(stream)

    assert asyncio.run(asyncio.wait_for(watch(), 20)) == list(range(1, 14))


def test_who_comes_back_misses_nothing_and_sees_nothing_twice(run: Running) -> None:
    async def watch() -> list[int]:
        feed = run.feed()
        first = feed.stream(run.now, 0)
        seen = await read_until(first, 2)
        run.steps(1, 2)
        await first.aclose()
        run.steps(3, 4)
        second = feed.stream(run.now, seen[-1])
        seen += await read_until(second, 6)
        run.claims.end(run.claim, "stopped")
        return seen + await rest(second)

    assert asyncio.run(asyncio.wait_for(watch(), 20)) == list(range(1, 8))


def test_who_comes_late_to_a_reader_sees_nothing_twice(run: Running) -> None:
    async def watch() -> tuple[list[int], list[int]]:
        feed = run.feed()
        early = feed.stream(run.now, 0)
        one = await read_until(early, 2)
        late = feed.stream(run.now, 0)
        tasks = asyncio.gather(rest(early), rest(late))
        for step in range(50):
            run.steps(step)
            await asyncio.sleep(0)
        run.claims.end(run.claim, "finished")
        remaining, other = await tasks
        return one + remaining, other

    first, second = asyncio.run(asyncio.wait_for(watch(), 20))
    assert first == second == list(range(1, 54))


def test_however_many_watch_the_store_is_read_once(run: Running) -> None:
    async def watch() -> list[list[int]]:
        feed = run.feed()
        streams = [feed.stream(run.now, 0) for _ in range(50)]
        await asyncio.gather(*(read_until(stream, 2) for stream in streams))
        tasks = asyncio.gather(*map(rest, streams))
        await asyncio.sleep(0.05)
        run.store.asked = 0
        for step in range(10):
            run.steps(step)
            await asyncio.sleep(0.03)
        run.claims.end(run.claim, "finished")
        return await tasks

    began = time.monotonic()
    seen = asyncio.run(asyncio.wait_for(watch(), 60))
    assert seen == [list(range(3, 14))] * 50
    # Once every hundredth of a second, and not fifty times.
    assert run.store.asked < 100 * (time.monotonic() - began) + 60


def test_a_silent_stream_is_kept_alive_and_ends_with_the_server(run: Running) -> None:
    async def watch() -> list[bytes]:
        stream = run.feed(keep_alive_seconds=0.02).stream(run.now, 2)
        chunks = [await anext(stream) for _ in range(3)]
        run.is_stopping = True
        return chunks + [chunk async for chunk in stream if chunk != KEEP_ALIVE]

    assert asyncio.run(asyncio.wait_for(watch(), 20))[1:] == [KEEP_ALIVE] * 2


def test_a_run_that_is_over_is_told_and_ends_at_once(run: Running) -> None:
    run.claims.end(run.claim, "failed", "crashed")

    async def watch() -> list[int]:
        return await rest(run.feed().stream(run.now, 1))

    assert asyncio.run(asyncio.wait_for(watch(), 5)) == [2, 3]


def test_there_are_only_so_many_places(run: Running) -> None:
    feed = run.feed(most_watchers=2)
    feed.enter()
    feed.enter()
    with pytest.raises(TooManyWatchers):
        feed.enter()
    feed.leave()
    feed.enter()


def test_a_watcher_that_does_not_read_is_let_go(run: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.runs.feed._MOST_UNREAD", 5)

    async def watch() -> list[int]:
        feed = run.feed()
        slow, quick = feed.stream(run.now, 0), feed.stream(run.now, 0)
        await asyncio.gather(read_until(slow, 2), read_until(quick, 2))
        first, ahead = (asyncio.create_task(anext(stream)) for stream in (slow, quick))
        await asyncio.sleep(0.5)  # both have caught up with the journal
        run.steps(1)
        await ahead
        for step in range(2, 20):
            run.steps(step)
            await read_until(quick, 2 + step)
        seen = ids(await first) + await rest(slow)
        await quick.aclose()
        return seen

    seen = asyncio.run(asyncio.wait_for(watch(), 60))
    assert seen == list(range(3, 3 + len(seen)))
    assert len(seen) < 19


def test_a_number_of_no_event_of_the_run_silences_nobody(run: Running) -> None:
    async def watch() -> list[list[int]]:
        feed = run.feed()
        streams = [feed.stream(run.now, after) for after in (2**53, 0)]
        foreign = asyncio.create_task(rest(streams[0]))
        own = await read_until(streams[1], 2)
        run.steps(1)
        seen = own + await read_until(streams[1], 3)
        run.claims.end(run.claim, "finished")
        return [await foreign, seen + await rest(streams[1])]

    assert asyncio.run(asyncio.wait_for(watch(), 20)) == [[3, 4], [1, 2, 3, 4]]


@pytest.mark.parametrize("is_followed", [False, True])
def test_the_stream_of_a_deleted_run_ends(run: Running, *, is_followed: bool) -> None:
    async def watch() -> list[int]:
        stream = run.feed().stream(run.now, 0)
        seen = await read_until(stream, 2) if is_followed else []
        run.store.delete(run.id)
        return seen + await rest(stream)

    assert asyncio.run(asyncio.wait_for(watch(), 10)) == ([1, 2] if is_followed else [])
