"""Each epoch's weights: ``epochs/epoch-0003.safetensors`` beside a run's checkpoints, 0 the start's.

They are what a run is forked from and what a picture is looked at with as it was learned.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from app.engine.checkpoints import weights_of
from app.engine.durable import write_atomically

if TYPE_CHECKING:
    from torch import nn

FOLDER = "epochs"
_NAME = re.compile(r"epoch-(\d{4,})\.safetensors")


def keep(state_folder: Path, epoch: int, network: nn.Module) -> None:
    """Writes the network's weights as those after `epoch`."""
    folder = state_folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(path_of(state_folder, epoch), weights_of(network))


def kept(state_folder: Path) -> list[int]:
    """The epochs whose weights are there, in order."""
    names = (_NAME.fullmatch(path.name) for path in (state_folder / FOLDER).glob("epoch-*"))
    return sorted(int(name[1]) for name in names if name)


def path_of(state_folder: Path, epoch: int) -> Path:
    """Where the weights after `epoch` are, or would be."""
    return state_folder / FOLDER / f"epoch-{epoch:04d}.safetensors"
