"""The store, on SQLite and on PostgreSQL: states, room, claims, and events numbered without gaps."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.runs.claims import Claim, Claims
from app.runs.database import Database
from app.runs.errors import ClaimLost, QueueFull, StoreUnavailable, TooManyOfYours, UnknownRun, WrongState
from app.runs.identity import Process, this_process
from app.runs.journal import EPOCH, START, STEP, Entry
from app.runs.run import Run
from app.runs.store import RunStore
from app.runs.tables import events
from tests.runs.examples import ROOM, WIDE, config

SERVER, TRAINER = Process("here/1", 10, "100"), Process("here/1", 11, "200")


def started(store: RunStore) -> tuple[Run, Claim]:
    """A run that a trainer has taken."""
    store.add(config(), "someone", WIDE)
    given = Claims(store.database).give_out(SERVER, 1)
    assert given is not None
    return Claims(store.database).take(given.id, TRAINER)


def states(store: RunStore, run_id: str) -> list[Any]:
    return [event.data["state"] for event in store.events(run_id) if event.kind == "state"]


def test_what_is_asked_for_is_what_is_kept(store: RunStore) -> None:
    asked = config(optimizer={"name": "sgd", "lr": 0.5}, smaller_until=[[0.5, 32]], train_examples=100)
    added = store.add(asked, "someone", ROOM)
    kept = store.get(added.id)
    assert kept == added
    assert kept.config == asked
    assert (kept.state, kept.wish, kept.failure, kept.trainer) == ("queued", None, None, None)
    assert len(kept.id) == 32
    assert [run.id for run in store.newest()] == [added.id]
    assert store.newest()[0].config is store.get(added.id).config, "checked once, not at each look"


def test_a_client_has_two_runs_and_five_are_there_at_most(store: RunStore) -> None:
    for client in ("a", "a", "b", "b"):
        store.add(config(), client, ROOM)
    with pytest.raises(TooManyOfYours):
        store.add(config(), "a", ROOM)
    last = store.add(config(), "c", ROOM)
    with pytest.raises(QueueFull):
        store.add(config(), "d", ROOM)
    store.stop(last.id)
    store.add(config(), "d", ROOM)


def test_no_more_get_in_when_many_ask_at_once(store: RunStore) -> None:
    def ask(number: int) -> bool:
        try:
            store.add(config(), f"client {number}", ROOM)
        except QueueFull:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(16))) == 5


@pytest.mark.parametrize("unknown", ["0" * 32, "", "../../etc/passwd", "x" * 4000, "0" * 31 + "\n"])
def test_an_unknown_run_is_unknown(store: RunStore, unknown: str) -> None:
    for ask in (store.get, store.pause, store.stop, lambda run_id: store.resume(run_id, ROOM)):
        with pytest.raises(UnknownRun):
            ask(unknown)
    store.delete(unknown)


def test_a_waiting_run_is_paused_resumed_and_stopped_at_once(store: RunStore) -> None:
    run_id = store.add(config(), "someone", ROOM).id
    for _ in range(2):
        assert store.pause(run_id).state == "paused"
    for _ in range(2):
        assert store.resume(run_id, ROOM).state == "queued"
    for _ in range(2):
        assert store.stop(run_id).state == "stopped"
    assert states(store, run_id) == ["queued", "paused", "queued", "stopped"]
    for refused in (store.pause, lambda run_id: store.resume(run_id, ROOM)):
        with pytest.raises(WrongState):
            refused(run_id)


def test_a_running_run_is_asked_and_a_stop_is_not_softened(store: RunStore) -> None:
    run, claim = started(store)
    claims = Claims(store.database)
    assert store.pause(run.id).wish == "pause"
    assert claims.beat(claim, 1.5).wish == "pause"
    assert store.resume(run.id, ROOM).wish is None
    assert store.stop(run.id).wish == "stop"
    since = store.get(run.id).wished_at
    assert store.pause(run.id).wish == "stop"
    assert store.resume(run.id, ROOM).wish == "stop"
    assert store.stop(run.id).wished_at == since
    assert claims.beat(claim, 1.0).active_seconds == pytest.approx(2.5)
    claims.end(claim, "stopped")
    ended = store.get(run.id)
    assert (ended.state, ended.wish, ended.trainer, ended.claim) == ("stopped", None, None, None)
    assert ended.ended_at is not None


def test_runs_are_given_out_in_order_one_at_a_time(store: RunStore) -> None:
    first, second = (store.add(config(), client, ROOM).id for client in ("a", "b"))
    claims = Claims(store.database)
    given = claims.give_out(SERVER, 1)
    assert given is not None
    assert (given.id, given.state, given.attempts) == (first, "running", 1)
    assert claims.give_out(SERVER, 1) is None
    _run, claim = claims.take(first, TRAINER)
    claims.end(claim, "finished")
    given = claims.give_out(SERVER, 1)
    assert given is not None
    assert given.id == second


def test_of_many_servers_exactly_one_starts_a_run(url: str, store: RunStore) -> None:
    store.add(config(), "someone", ROOM)
    stores = [Database(url) for _ in range(6)]
    ready = threading.Barrier(len(stores))

    def look(database: Database) -> Run | None:
        ready.wait()
        return Claims(database).give_out(SERVER, 1)

    with ThreadPoolExecutor(len(stores)) as pool:
        given = [run for run in pool.map(look, stores) if run is not None]
    assert len(given) == 1
    for database in stores:
        database.close()


def test_exactly_one_trainer_takes_a_run(store: RunStore) -> None:
    run, _claim = started(store)
    assert run.trainer == TRAINER
    with pytest.raises(ClaimLost):
        Claims(store.database).take(run.id, this_process())
    waiting = store.add(config(), "someone", WIDE)
    with pytest.raises(ClaimLost):
        Claims(store.database).take(waiting.id, this_process())


def test_a_trainer_that_was_given_up_writes_nothing_more(store: RunStore) -> None:
    run, claim = started(store)
    claims = Claims(store.database)
    assert claims.take_back(store.get(run.id), "interrupted")
    assert not claims.take_back(run, "interrupted")
    again = claims.give_out(SERVER, 1)
    assert again is not None
    claims.take(run.id, this_process())
    before = store.get(run.id)
    for write in (
        lambda: claims.beat(claim, 1),
        lambda: claims.write(claim, [Entry(STEP, {"step": 1}, 1)], {"step": 1}),
        lambda: claims.end(claim, "finished"),
    ):
        with pytest.raises(ClaimLost):
            write()
    assert store.get(run.id) == before
    assert states(store, run.id) == ["queued", "running", "interrupted", "running"]


def test_what_was_seen_before_a_trainer_came_is_not_taken_back_from_it(store: RunStore) -> None:
    store.add(config(), "someone", ROOM)
    claims = Claims(store.database)
    given = claims.give_out(SERVER, 1)
    assert given is not None
    claims.take(given.id, TRAINER)
    assert not claims.take_back(given, "interrupted")
    assert store.get(given.id).state == "running"


def test_events_are_numbered_from_one_and_forgotten_from_where_it_goes_on(store: RunStore) -> None:
    run, claim = started(store)
    claims = Claims(store.database)
    steps = [Entry(STEP, {"step": step, "loss": 1 / step}, step) for step in range(1, 6)]
    claims.write(claim, [Entry(START, {"step": 0}, 0), *steps], {"step": 5})
    claims.write(claim, [Entry(EPOCH, {"epoch": 1, "step": 5}, 5, 1)], {"saved_step": 3})
    claims.write(claim, [Entry(EPOCH, {"epoch": 2, "step": 9}, 9, 2)], {"saved_step": 3})
    assert store.last_epochs([run]) == {run.id: {"epoch": 2, "step": 9}}
    claims.write(claim, [Entry(START, {"step": 3}, 3)], {"step": 3}, go_on_from=3)
    claims.write(claim, [Entry(STEP, {"step": 4, "loss": 0.5}, 4)], {"step": 4})
    assert store.last_epochs([run]) == {}
    told = store.events(run.id)
    assert [event.id for event in told] == [1, 2, 3, 4, 5, 6, 11, 12]
    assert [row["step"] for row in store.measured(run.id)["step"]] == [1, 2, 3, 4]
    assert store.measured(run.id)["epoch"] == []
    assert [event.id for event in store.events(run.id, after=6)] == [11, 12]
    assert store.get(run.id).last_event == 12


def test_what_is_deleted_is_gone_for_everyone_and_removed_later(store: RunStore) -> None:
    run, claim = started(store)
    store.delete(run.id)
    store.delete(run.id)
    assert store.newest() == []
    with pytest.raises(UnknownRun):
        store.get(run.id)
    with pytest.raises(ClaimLost):
        Claims(store.database).beat(claim, 1)
    assert [each.id for each in store.deleted()] == [run.id]
    assert store.knows(run.id)
    assert store.remove(run.id)
    assert not store.remove(run.id)
    assert not store.knows(run.id)
    with pytest.raises(UnknownRun):
        store.events(run.id)
    with store.database.reading() as connection:
        assert connection.execute(select(events)).all() == []


def test_only_what_has_ended_or_is_deleted_is_removed(store: RunStore) -> None:
    run, claim = started(store)
    assert not store.remove(run.id)
    Claims(store.database).end(claim, "failed", "crashed")
    store.resume(run.id, ROOM)
    assert not store.remove(run.id)
    store.stop(run.id)
    assert store.remove(run.id)
    assert not store.knows(run.id)


def test_a_failed_run_can_be_resumed_unless_it_diverged(store: RunStore) -> None:
    for failure, resumable in (("disk-full", True), ("diverged", False)):
        run, claim = started(store)
        Claims(store.database).end(claim, "failed", failure, {"step": 3})
        failed = store.get(run.id)
        assert (failed.failure, failed.reasons) == (failure, {"step": 3})
        if resumable:
            assert store.resume(run.id, ROOM).failure is None
            store.stop(run.id)
        else:
            with pytest.raises(WrongState):
                store.resume(run.id, ROOM)


def test_a_store_that_cannot_be_reached_says_so(tmp_path: Any) -> None:
    folder = tmp_path / "file"
    folder.write_text("not a folder")
    for url in (f"sqlite:///{folder}/runs.sqlite", "sqlite:////dev/null/runs.sqlite"):
        database = Database(url)
        with pytest.raises(StoreUnavailable):
            database.create()
        with pytest.raises(StoreUnavailable):
            RunStore(database).newest()
