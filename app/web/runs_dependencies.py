"""What the routes of runs ask for: the store, and an epoch of a run whose weights are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Query, Request

from app.runs.folder import RunFolder, if_kept
from app.runs.run import Run
from app.runs.store import RunStore
from app.web.dependencies import SettingsDep


async def _store(request: Request) -> RunStore:
    store: RunStore = request.app.state.runs
    return store


StoreDep = Annotated[RunStore, Depends(_store)]
EpochQuery = Annotated[
    int | None,
    Query(ge=0, le=1000, description="By default the last that is kept; 0 is before the first step."),
]


@dataclass(frozen=True)
class Kept:
    """A run after one of its epochs.

    Attributes:
        written_at: when the weights were; a run that goes on from an earlier step writes them again.
    """

    run: Run
    files: RunFolder
    epoch: int
    weights: Path
    written_at: int


def _kept(run_id: str, store: StoreDep, settings: SettingsDep, epoch: EpochQuery = None) -> Kept:
    run = store.get(run_id)
    files = RunFolder(settings.runs_dir, run.id)
    found, weights = files.weights(epoch)
    with if_kept():
        written_at = weights.stat().st_mtime_ns
    return Kept(run, files, found, weights, written_at)


KeptDep = Annotated[Kept, Depends(_kept)]
