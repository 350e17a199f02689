"""Each epoch's weights: ``epochs/epoch-0003.safetensors`` beside a run's checkpoints, 0 the start's.

They are what a run is forked from and what a picture is looked at with as it was learned. Beside them,
``epoch-0003.json`` says what the network then took the test pictures for, where it was tested.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from app.engine.checkpoints import weights_of
from app.engine.durable import write_atomically
from app.engine.outcomes import Outcome

if TYPE_CHECKING:
    from torch import nn

FOLDER = "epochs"
_NAME = re.compile(r"epoch-(\d{4,})\.safetensors")


def keep(state_folder: Path, epoch: int, network: nn.Module, outcome: Outcome | None = None) -> None:
    """Writes the network's weights as those after `epoch`, and before them what it made of the test."""
    folder = state_folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    if outcome is not None:
        write_atomically(_outcome_path(state_folder, epoch), outcome.model_dump_json().encode())
    write_atomically(path_of(state_folder, epoch), weights_of(network))


def outcome(state_folder: Path, epoch: int) -> Outcome | None:
    """What the network after `epoch` took the test pictures for; None where that is not there."""
    try:
        return Outcome.model_validate_json(_outcome_path(state_folder, epoch).read_bytes())
    except FileNotFoundError:
        return None


def remove(state_folder: Path, epoch: int) -> None:
    """Removes what is kept of an epoch, its weights first."""
    path_of(state_folder, epoch).unlink(missing_ok=True)
    _outcome_path(state_folder, epoch).unlink(missing_ok=True)


def kept(state_folder: Path) -> list[int]:
    """The epochs whose weights are there, in order."""
    names = (_NAME.fullmatch(path.name) for path in (state_folder / FOLDER).glob("epoch-*"))
    return sorted(int(name[1]) for name in names if name)


def path_of(state_folder: Path, epoch: int) -> Path:
    """Where the weights after `epoch` are, or would be."""
    return state_folder / FOLDER / f"epoch-{epoch:04d}.safetensors"


def _outcome_path(state_folder: Path, epoch: int) -> Path:
    return path_of(state_folder, epoch).with_suffix(".json")
