"""The supervisor, with trainers that are small processes: who is started, and what becomes of the dead."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.runs import identity
from app.runs.database import Database
from app.runs.folder import RunFolder
from app.runs.identity import Process, this_process
from app.runs.launcher import Launcher
from app.runs.run import Run
from app.runs.store import RunStore
from app.runs.supervisor import MOST_ATTEMPTS, Rules, Supervisor
from app.runs.tables import runs
from tests.runs.examples import WIDE, config

RULES = Rules(
    most_running=1,
    lease_seconds=60,
    stop_seconds=5,
    look_seconds=0.05,
    store_bytes=10**9,
    free_bytes=0,
)
# Takes its run as a trainer does, without PyTorch; leaves when asked to, at once, or when it is forgotten.
TRAINER = """
import signal, sys, time
from app.runs.claims import Claims
from app.runs.database import Database
from app.runs.identity import this_process
claims = Claims(Database(sys.argv[1]))
leaving = []
signal.signal(signal.SIGTERM, lambda *_: leaving.append(True))
run, claim = claims.take(sys.argv[-1], this_process())
end = time.monotonic() + 120
while not leaving and sys.argv[2] == "stays" and time.monotonic() < end:
    time.sleep(0.02)
if leaving:
    claims.end(claim, "interrupted")
"""
GONE = subprocess.Popen(["true"])
GONE.wait()


@dataclass(frozen=True)
class Noted(Launcher):
    """Notes every process that it starts, so that the test can end them all."""

    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, run_id: str, log: Path) -> subprocess.Popen[bytes]:
        self.children.append(child := super().start(run_id, log))
        return child


class Place:
    def __init__(self, folder: Path) -> None:
        self.url, self.folder = f"sqlite:///{folder}/runs.sqlite", folder
        self.store = RunStore(Database(self.url))
        self.store.database.create()
        self.supervisors: list[Supervisor] = []
        self.children: list[subprocess.Popen[bytes]] = []

    def supervisor(self, how: str = "stays", rules: Rules = RULES) -> Supervisor:
        command = (sys.executable, "-P", "-c", TRAINER, self.url, how)
        made = Supervisor(self.store, self.folder, Noted({}, command, self.children), rules)
        self.supervisors.append(made)
        return made

    def add(self) -> str:
        return self.store.add(config(), "someone", WIDE).id

    def wait(self, run_id: str, holds: Callable[[Run], bool], *looking: Supervisor) -> Run:
        """The run, once something holds of it; `looking` look after it meanwhile."""
        deadline = time.monotonic() + 60
        while not holds(run := self.store.get(run_id)):
            assert time.monotonic() < deadline, run
            for supervisor in looking:
                supervisor.look()
            time.sleep(0.02)
        return run

    def set(self, run_id: str, **columns: Any) -> None:
        with self.store.database.writing() as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(**columns))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for supervisor in made.supervisors:
        supervisor.close()
    for run in made.store.newest():
        if run.trainer is not None and run.trainer.is_alive:
            os.kill(run.trainer.pid, signal.SIGKILL)
    for child in made.children:
        child.kill()
        child.wait()
    made.store.database.close()


def trained(run: Run) -> bool:
    return run.trainer is not None


def states(place: Place, run_id: str) -> list[str]:
    return [str(event.data["state"]) for event in place.store.events(run_id)]


def test_a_process_is_told_from_a_later_one_of_the_same_number() -> None:
    us = this_process()
    assert us.is_here
    assert us.is_alive
    assert Process.parse(str(us)) == us
    assert not replace(us, started="1").is_alive
    assert not replace(us, host=f"{us.host.partition('/')[0]}/another boot").is_alive
    assert not replace(us, host="elsewhere/1").is_here
    assert identity.started(GONE.pid) is None


def test_what_is_left_of_a_process_is_not_alive() -> None:
    with subprocess.Popen(["true"]) as child:
        deadline = time.monotonic() + 10
        while identity.started(child.pid) is not None:  # a zombie, until it is waited for
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_killed_trainer_is_noticed_and_the_next_one_started(place: Place) -> None:
    supervisor, run_id, waiting = place.supervisor(), place.add(), place.add()
    for _ in range(2):
        run = place.wait(run_id, trained, supervisor)
        assert run.trainer is not None
        command = Path(f"/proc/{run.trainer.pid}/cmdline").read_bytes().split(b"\0")
        assert command[-3:-1] == [b"--run", run_id.encode()]
        os.kill(run.trainer.pid, signal.SIGKILL)
        place.wait(run_id, lambda now, before=run: now.claim != before.claim, supervisor)  # type: ignore[misc]
    place.wait(run_id, trained, supervisor)
    assert states(place, run_id) == ["queued", "running", *["interrupted", "running"] * 2]
    assert place.store.get(waiting).state == "queued"


def test_a_server_that_leaves_takes_its_trainer_along_and_the_next_one_goes_on(place: Place) -> None:
    first, run_id = place.supervisor(), place.add()
    run = place.wait(run_id, trained, first)
    first.close()
    assert place.store.get(run_id).state == "interrupted"
    assert run.trainer is not None
    assert not run.trainer.is_alive
    place.wait(run_id, trained, place.supervisor())


def test_a_trainer_outlives_a_killed_server_and_is_adopted(place: Place) -> None:
    first, run_id = place.supervisor(), place.add()
    run = place.wait(run_id, trained, first)
    place.supervisors.clear()
    place.set(run_id, server=str(Process(this_process().host, GONE.pid, "1")))
    second = place.supervisor()
    adopted = place.wait(run_id, lambda now: now.server == str(this_process()), second)
    assert adopted.trainer == run.trainer
    assert states(place, run_id) == ["queued", "running"]


def test_a_server_that_was_killed_before_its_trainer_came_is_replaced(place: Place) -> None:
    run_id = place.add()
    supervisor = place.supervisor()
    supervisor.claims.give_out(Process(this_process().host, GONE.pid, "1"), 1)
    place.wait(run_id, trained, supervisor)


def test_a_run_that_another_machine_trains_is_left_alone_until_its_lease_is_over(place: Place) -> None:
    run_id, supervisor = place.add(), place.supervisor()
    elsewhere = Process("elsewhere/1", 1, "1")
    supervisor.claims.give_out(elsewhere, 1)
    supervisor.claims.take(run_id, elsewhere)
    supervisor.look()
    assert place.store.get(run_id).trainer == elsewhere
    place.set(run_id, heartbeat_at=time.time() - 61)
    run = place.wait(run_id, lambda now: trained(now) and now.trainer != elsewhere, supervisor)
    assert run.trainer is not None
    assert run.trainer.is_here


def test_a_trainer_that_is_silent_is_killed(place: Place) -> None:
    run_id, supervisor = place.add(), place.supervisor()
    run = place.wait(run_id, trained, supervisor)
    place.set(run_id, heartbeat_at=time.time() - 61)
    place.wait(run_id, lambda now: trained(now) and now.trainer != run.trainer, supervisor)


@pytest.mark.parametrize(("wish", "state"), [("pause", "paused"), ("stop", "stopped")])
def test_a_trainer_that_does_not_do_as_it_is_asked_is_killed(place: Place, wish: str, state: str) -> None:
    run_id, supervisor = place.add(), place.supervisor(rules=replace(RULES, stop_seconds=0.2))
    place.wait(run_id, trained, supervisor)
    getattr(place.store, wish)(run_id)
    run = place.wait(run_id, lambda now: now.state == state, supervisor)
    assert run.wish is None


def test_a_deleted_run_is_removed_with_its_trainer(place: Place) -> None:
    run_id, supervisor = place.add(), place.supervisor()
    run = place.wait(run_id, trained, supervisor)
    place.store.delete(run_id)
    deadline = time.monotonic() + 20
    while place.store.knows(run_id):
        assert time.monotonic() < deadline
        supervisor.look()
        time.sleep(0.02)
    assert run.trainer is not None
    assert not run.trainer.is_alive
    assert not RunFolder(place.folder, run_id).path.exists()


def test_a_run_whose_trainers_all_die_at_once_fails_in_the_end(place: Place) -> None:
    run_id, supervisor = place.add(), place.supervisor("dies")
    place.set(run_id, attempts=MOST_ATTEMPTS - 2)
    run = place.wait(run_id, lambda now: now.state == "failed", supervisor)
    assert run.failure == "crashed"
    assert states(place, run_id) == ["queued", "running", "interrupted", "running", "failed"]


def test_no_run_is_started_on_a_full_disk(place: Place) -> None:
    run_id = place.add()
    place.supervisor(rules=replace(RULES, free_bytes=2**60)).look()
    run = place.store.get(run_id)
    assert (run.state, run.failure) == ("failed", "disk-full")


def test_the_runs_that_ended_longest_ago_give_way(place: Place) -> None:
    ended = [place.add() for _ in range(3)]
    waiting = place.add()
    for run_id in (*ended, waiting):
        files = RunFolder(place.folder, run_id)
        files.make()
        files.initial.write_bytes(b"x" * 2_000_000)
    for run_id in (ended[1], ended[0], ended[2]):
        place.store.stop(run_id)
    place.store.pause(waiting)
    place.supervisor(rules=replace(RULES, store_bytes=7_500_000)).look()
    assert {run.id for run in place.store.newest()} == {ended[0], ended[2], waiting}
    assert not RunFolder(place.folder, ended[1]).path.exists()


def test_paused_runs_give_way_when_none_has_ended(place: Place) -> None:
    """Whoever starts runs and pauses them would fill the disk."""
    paused = [place.add() for _ in range(3)]
    ended, active = place.add(), place.add()
    for run_id in (*paused, ended, active):
        files = RunFolder(place.folder, run_id)
        files.make()
        files.initial.write_bytes(b"x" * 2_000_000)
    for run_id, trained_at in zip(paused, (30.0, 10.0, 20.0), strict=True):
        place.set(run_id, state="paused", heartbeat_at=trained_at, queued_at=50 - trained_at, ended_at=5.0)
    empty = place.add()
    place.set(empty, state="paused", heartbeat_at=1.0)
    place.store.stop(ended)
    place.set(active, state="interrupted")
    place.supervisor(rules=replace(RULES, store_bytes=5_500_000)).look(starts=False)
    assert {run.id for run in place.store.newest()} == {paused[0], active, empty}
    assert not RunFolder(place.folder, ended).path.exists()


def test_a_run_that_is_resumed_meanwhile_does_not_give_way(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, idle = place.add(), place.store.idle
    place.set(run_id, state="failed", failure="crashed", ended_at=1.0)
    files = RunFolder(place.folder, run_id)
    files.make()
    files.initial.write_bytes(b"x" * 1_000)

    def then_resumed() -> list[Run]:
        found = idle()
        place.store.resume(run_id, WIDE)
        return found

    monkeypatch.setattr(place.store, "idle", then_resumed)
    place.supervisor(rules=replace(RULES, store_bytes=500)).look(starts=False)
    assert place.store.get(run_id).state == "queued"
    assert files.initial.exists()
