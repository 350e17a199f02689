"""The pictures that runs train on; nothing is downloaded for them."""

from __future__ import annotations

from pathlib import Path

from app.engine import datasets
from app.engine.datasets import DataUnreachable, Pictures
from app.engine.sources import SourceName

CIFAR10_FILES = "cifar-10-batches-py"


def load(name: SourceName, folder: Path, *, train: bool) -> Pictures:
    """The training or test pictures of the data set `name`; `folder` is CIFAR-10's.

    Raises:
        DataUnreachable: they are not there. A server fetches nothing by itself.
    """
    if name == "cifar10" and not (folder / CIFAR10_FILES).is_dir():
        raise DataUnreachable(folder)
    return datasets.load(name, folder, train=train)
