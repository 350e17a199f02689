"""What is taken home of a run: its network as a folder, its history as an event file, its script."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from app.engine import checkpoints, tensorboard
from app.engine.script import script
from app.engine.tensorboard import Point
from app.runs.errors import NotInstalled, UnknownRun, WrongState
from app.runs.folder import RunFolder
from app.runs.journal import EPOCH, STEP
from app.runs.run import Run
from app.runs.store import RunStore


def script_of(run: Run, store: RunStore) -> str:
    """The run as a Python file that needs nothing of ours."""
    precision = store.precision(run.id) or run.config.precision
    start = None
    if run.forked_from is not None:
        start = f"/api/v1/runs/{run.forked_from}/weights.safetensors?epoch={run.forked_epoch}"
    title = f"{run.config.network.name}, trained as run {run.id} was."
    device = run.config.device
    return script(run.config, device=device, bfloat16=precision == "bfloat16", title=title, start=start)


def network_of(run: Run, files: RunFolder) -> IO[bytes]:
    """The three files of a finished run's network, as an open ZIP file.

    Raises:
        WrongState: it is not finished.
        UnknownRun: it is being removed.
    """
    if run.state != "finished":
        raise WrongState({"state": run.state})
    names = (checkpoints.NETWORK, checkpoints.WEIGHTS, checkpoints.CARD)
    try:
        # Weights do not become smaller.
        return _zipped([files.network / name for name in names], ZIP_STORED)
    except FileNotFoundError as error:
        raise UnknownRun from error


def history_of(run: Run, store: RunStore) -> IO[bytes]:
    """The history as a TensorBoard event file, in an open ZIP file. Raises NotInstalled."""
    if not tensorboard.is_installed():
        raise NotInstalled
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tensorboard.write(folder, _points(run, store))
        return _zipped(sorted(folder.iterdir()), ZIP_DEFLATED)


def _points(run: Run, store: RunStore) -> Iterator[Point]:
    after = 0
    while events := store.events(run.id, after):
        after = events[-1].id
        for event in (each for each in events if each.kind in (STEP, EPOCH)):
            step = event.data["step"]
            for name, value in event.data.items():
                if name not in ("step", "epoch") and value is not None:
                    yield Point(f"{event.kind}/{name}", value, step, event.at)


def _zipped(paths: list[Path], compression: int) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115  whoever sends it closes it
    try:
        with ZipFile(file, "w", compression) as archive:
            for path in paths:
                archive.write(path, path.name)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file
