"""Starts runs that wait and notices trainers that are gone; each server has one, they agree by the store.

A run whose trainer is gone is interrupted, and started again from its newest checkpoint as soon as there is
room; one that never gets as far as a checkpoint, many times in a row, has failed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.runs import folder as folders
from app.runs.claims import Claims
from app.runs.errors import DiskFull, StoreUnavailable
from app.runs.folder import RunFolder
from app.runs.identity import Process, this_process
from app.runs.launcher import Launcher
from app.runs.run import Run
from app.runs.states import CRASHED, DISK_FULL, WISHED_FOR, State
from app.runs.store import RunStore

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 10
"""Starts of a run without a checkpoint between them, after which it has failed."""
_TIDY_SECONDS = 60.0


@dataclass(frozen=True)
class Rules:
    """What a supervisor goes by: seconds, bytes, and how many runs are at work at once."""

    most_running: int
    lease_seconds: float
    stop_seconds: float
    look_seconds: float
    store_bytes: int
    free_bytes: int


class Supervisor:
    """Looks after the runs of a store, as long as :meth:`run` runs."""

    def __init__(self, store: RunStore, root: Path, launcher: Launcher, rules: Rules) -> None:
        self.store, self.claims = store, Claims(store.database)
        self._root, self._launcher, self._rules = root, launcher, rules
        self._us = this_process()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._is_ready, self._is_over, self._tidied_at = False, False, 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()

    @property
    def is_ready(self) -> bool:
        """Whether the store could be read and written the last time."""
        return self._is_ready

    def wake(self) -> None:
        """Looks at once: something was asked. From any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    def stop(self) -> None:
        """Lets :meth:`run` return after the look that is under way."""
        self._is_over = True
        self._woken.set()

    async def run(self, is_stopping: Callable[[], bool]) -> None:
        """Looks after the runs until :meth:`stop`; starts none any more once `is_stopping`."""
        self._loop = asyncio.get_running_loop()
        is_made = False
        while not self._is_over:
            self._woken.clear()
            try:
                if not is_made:
                    await asyncio.to_thread(self.store.database.create)
                    is_made = True
                await asyncio.to_thread(self.look, starts=not is_stopping())
                self._is_ready = True
            except StoreUnavailable:
                self._is_ready = False
            except Exception:
                logger.exception("the runs could not be looked after")
                self._is_ready = False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._rules.look_seconds):
                    await self._woken.wait()

    def look(self, *, starts: bool = True) -> None:
        """Notices what has happened to trainers, and starts one where a run waits and there is room."""
        for run in self.claims.running():
            self._look_after(run)
        self._children = {run_id: child for run_id, child in self._children.items() if child.poll() is None}
        for run in self.store.deleted():
            if run.state != "running":
                self._remove(run)
        if time.monotonic() - self._tidied_at > _TIDY_SECONDS:
            self._tidied_at = time.monotonic()
            self._keep_quota()
            folders.sweep(self._root, self.store.knows)
        while starts and (given := self.claims.give_out(self._us, self._rules.most_running)):
            self._start(given)

    def close(self) -> None:
        """Asks our trainers to save and leave; their runs are interrupted until a server comes."""
        try:
            self._let_go()
        except StoreUnavailable:
            for child in self._children.values():
                child.terminate()

    def _let_go(self) -> None:
        ours = [run for run in self.claims.running() if run.server == str(self._us)]
        for run in ours:
            self._signal(run, signal.SIGTERM)
        deadline = time.monotonic() + self._rules.stop_seconds
        while any(map(self._is_here_and_alive, ours)) and time.monotonic() < deadline:
            time.sleep(0.05)
        for run in ours:
            self._signal(run, signal.SIGKILL)
        for child in self._children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(1)
        for run in self.claims.running():
            if run.server == str(self._us) and not self._is_here_and_alive(run):
                self.claims.take_back(run, WISHED_FOR[run.wish] if run.wish else "interrupted")

    def _look_after(self, run: Run) -> None:
        if self._is_gone(run):
            failure = CRASHED if run.attempts >= MOST_ATTEMPTS and not run.wish else None
            state: State = WISHED_FOR[run.wish] if run.wish else "failed" if failure else "interrupted"
            if self.claims.take_back(run, state, failure):
                logger.warning("the trainer of run %s is gone; the run is %s", run.id, state)
            return
        overdue = run.wished_at is not None and time.time() - run.wished_at > self._rules.stop_seconds
        if run.deleted or overdue or self._lease_is_over(run):
            self._signal(run, signal.SIGKILL)
        elif run.server is not None:
            server = Process.parse(run.server)
            if server.is_here and not server.is_alive:
                self.claims.adopt(run, self._us)

    def _is_gone(self, run: Run) -> bool:
        """Whether nobody trains a run that was given out."""
        trainer, child = run.trainer, self._children.get(run.id)
        if trainer is not None:
            return not trainer.is_alive if trainer.is_here else self._lease_is_over(run)
        if child is not None:
            return child.poll() is not None
        server = Process.parse(run.server) if run.server else None
        # Whom a server started that died since may still come and take the run, if nobody else has.
        return self._lease_is_over(run) or (server is not None and server.is_here and not server.is_alive)

    def _lease_is_over(self, run: Run) -> bool:
        return time.time() - (run.heartbeat_at or 0) > self._rules.lease_seconds

    def _is_here_and_alive(self, run: Run) -> bool:
        child, trainer = self._children.get(run.id), run.trainer
        if child is not None:
            return child.poll() is None
        return trainer is not None and trainer.is_here and trainer.is_alive

    def _signal(self, run: Run, number: signal.Signals) -> None:
        """Sends a signal to the trainer of a run, where it is here and still that one."""
        if not self._is_here_and_alive(run):
            return
        child = self._children.get(run.id)
        pid = child.pid if child is not None else run.pid
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _start(self, run: Run) -> None:
        files = RunFolder(self._root, run.id)
        try:
            folders.check_free(self._root, self._rules.free_bytes)
            self._children[run.id] = self._launcher.start(run.id, files.log)
        except DiskFull:
            self.claims.take_back(run, "failed", DISK_FULL)
        except OSError:
            logger.exception("the trainer of run %s cannot be started", run.id)
            failure = CRASHED if run.attempts >= MOST_ATTEMPTS else None
            self.claims.take_back(run, "failed" if failure else "interrupted", failure)

    def _keep_quota(self) -> None:
        """Removes runs that nobody trains until the rest keeps to the quota, paused ones last."""
        used = folders.used_bytes(self._root)
        for run in self.store.idle():
            if used <= self._rules.store_bytes:
                return
            files = RunFolder(self._root, run.id)
            size = folders.used_bytes(files.path) + folders.used_bytes(files.network)
            if not size:
                continue
            used -= size
            if not self._remove(run):
                return  # it was resumed, or another server tidies as well: the next time tells what is left
            logger.warning("run %s is removed: the runs take more than they may", run.id)

    def _remove(self, run: Run) -> bool:
        """Forgets a run, and only then removes its files: one that was resumed meanwhile keeps them."""
        is_removed = self.store.remove(run.id)
        if is_removed:
            RunFolder(self._root, run.id).remove()
        return is_removed
