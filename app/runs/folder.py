"""The files of the runs: what each goes on from, the weights of its epochs, and the networks they became.

    {folder}/{run id}/state/                the newest two checkpoints; each epoch's weights and test
    {folder}/{run id}/initial.safetensors   of a fork: the weights it begins with
    {folder}/{run id}/trainer.log
    {folder}/networks/run-{run id}/    a finished run, as `models/` has networks

Names of files come from ids that we made, never from a request.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.arithmetic.specification import NetworkSpec
from app.engine import epochs, filters
from app.engine.filters import Filters
from app.engine.outcomes import Outcome
from app.runs.errors import DiskFull, NoFilters, NotTested, UnknownEpoch

NETWORKS = "networks"
MOST_EPOCHS = 24
"""Most epochs of a run whose weights are kept."""
_LEFT_OVER_SECONDS = 3600


class RunFolder:
    """Where one run keeps its files."""

    def __init__(self, root: Path, run_id: str) -> None:
        self.path = root / run_id
        self.state = self.path / "state"
        self.initial = self.path / "initial.safetensors"
        self.log = self.path / "trainer.log"
        self.network = networks_folder(root) / f"run-{run_id}"

    def make(self) -> None:
        """Makes the folder."""
        self.state.mkdir(parents=True, exist_ok=True)

    def epochs(self) -> list[int]:
        """The epochs whose weights are kept, in order; 0 stands for before the first step."""
        return epochs.kept(self.state)

    def weights(self, epoch: int | None = None) -> tuple[int, Path]:
        """The file with the weights after an epoch, by default the last that is kept; which epoch that is.

        Raises:
            UnknownEpoch: with the nearest that is kept.
        """
        kept = self.epochs()
        wanted = max(kept, default=None) if epoch is None else epoch
        if wanted is None or wanted not in kept:
            nearest = min(kept, key=lambda each: abs(each - (wanted or 0)), default=None)
            raise UnknownEpoch(field="epoch", nearest=nearest)
        return wanted, epochs.path_of(self.state, wanted)

    def outcome(self, epoch: int) -> Outcome:
        """What the network took the test pictures for after an epoch. Raises NotTested."""
        found = epochs.outcome(self.state, epoch)
        if found is None:
            raise NotTested
        return found

    def filters(self, network: NetworkSpec, epoch: int) -> Filters:
        """The first filters of the network after an epoch.

        Raises:
            UnknownEpoch: its weights are not kept any more.
            NoFilters: the network begins with something else.
        """
        with if_kept():
            found = filters.first(network, epochs.path_of(self.state, epoch))
        if found is None:
            raise NoFilters
        return found

    def thin_out(self, most_bytes: int) -> None:
        """Removes the weights of some epochs where too many are kept; the first and the latest stay."""
        kept, stride = self.epochs(), 1
        latest, path = self.weights()
        most = max(2, min(MOST_EPOCHS, most_bytes // max(1, path.stat().st_size)))
        while len(kept) > most:
            stride *= 2
            kept = [each for each in kept if each % stride == 0 or each == latest]
        for each in self.epochs():
            if each not in kept:
                epochs.remove(self.state, each)

    def remove(self) -> None:
        """Removes everything of the run, its network first."""
        shutil.rmtree(self.network, ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)


@contextmanager
def if_kept() -> Iterator[None]:
    """Around reading an epoch's file: one that was thinned out since it was found is an UnknownEpoch."""
    try:
        yield
    except FileNotFoundError as error:
        raise UnknownEpoch(field="epoch") from error


def networks_folder(root: Path) -> Path:
    """Where the networks of finished runs are."""
    return root / NETWORKS


def ship(root: Path, run_id: str, write: Callable[[Path], Path]) -> None:
    """Puts a finished network in its place, whole; `write` writes it into a folder and says where."""
    networks = networks_folder(root)
    networks.mkdir(parents=True, exist_ok=True)
    arriving = root / run_id / "arriving"
    shutil.rmtree(arriving, ignore_errors=True)
    made = write(arriving)
    place = RunFolder(root, run_id).network
    shutil.rmtree(place, ignore_errors=True)
    made.rename(place)


def check_free(root: Path, least_bytes: int) -> None:
    """Raises DiskFull when less than that is free where the runs are."""
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    if shutil.disk_usage(there).free < least_bytes:
        raise DiskFull


def sweep(root: Path, is_known: Callable[[str], bool]) -> None:
    """Removes what was left of runs that the store does not know, once it is an hour old."""
    for folder in root.glob("*"):
        is_run = re.fullmatch(r"[0-9a-f]{32}", folder.name) is not None
        if is_run and time.time() - folder.stat().st_mtime > _LEFT_OVER_SECONDS and not is_known(folder.name):
            RunFolder(root, folder.name).remove()


def used_bytes(root: Path) -> int:
    """What all runs take together; what vanishes meanwhile counts as nothing."""
    total = 0
    for folder, _folders, files in os.walk(root):
        for name in files:
            try:
                total += (Path(folder) / name).stat().st_size
            except OSError:
                continue
    return total
