"""How runs begin: anew, or from what another one had learned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from app.engine.durable import write_atomically
from app.runs import footprint
from app.runs.config import RunConfig, requested
from app.runs.folder import RunFolder, check_free, if_kept
from app.runs.run import Run
from app.runs.store import Room, RunStore, new_id


@dataclass(frozen=True)
class Starting:
    """Begins runs in a store, with their files under `root`."""

    store: RunStore
    root: Path
    models: Path
    room: Room
    store_bytes: int
    free_bytes: int

    def requested(self, asked: BaseModel) -> RunConfig:
        """The run that a request, as :func:`app.runs.config.request_model` makes them, means.

        Raises:
            UnknownNetwork, BrokenRecipe, InvalidSpec
        """
        return self._of_fair_size(requested(asked, self.models))

    def changed(self, origin: Run, changes: dict[str, Any]) -> RunConfig:
        """The run that a fork of another one would be. Raises InvalidSpec."""
        return self._of_fair_size(origin.config.with_changes(changes))

    def start(self, asked: BaseModel, client: str) -> Run:
        """Queues the run that is :meth:`requested`.

        Raises:
            UnknownNetwork, BrokenRecipe, InvalidSpec, DiskFull, TooManyOfYours, QueueFull
        """
        check_free(self.root, self.free_bytes)
        return self.store.add(self.requested(asked), client, self.room)

    def fork(self, run_id: str, epoch: int | None, changes: dict[str, Any], client: str) -> Run:
        """Queues a run that begins with the weights another one had after an epoch, by default its last.

        Raises:
            UnknownRun, UnknownEpoch, InvalidSpec, DiskFull, TooManyOfYours, QueueFull
        """
        check_free(self.root, self.free_bytes)
        origin = self.store.get(run_id)
        from_epoch, weights = RunFolder(self.root, origin.id).weights(epoch)
        config = self.changed(origin, changes)
        self.store.check_room(client, self.room)
        with if_kept():
            start = weights.read_bytes()
        files = RunFolder(self.root, new_id())
        try:
            files.make()
            write_atomically(files.initial, start)
            fork_of = (origin.id, from_epoch)
            return self.store.add(config, client, self.room, run_id=files.path.name, fork_of=fork_of)
        except BaseException:
            files.remove()
            raise

    def _of_fair_size(self, config: RunConfig) -> RunConfig:
        """The run itself, if those at work leave a share as large as theirs to those that have ended."""
        footprint.check(config, self.store_bytes // (self.room.running + 1))
        return config
