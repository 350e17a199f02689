"""The pictures that runs train on; nothing is downloaded for them."""

from __future__ import annotations

from pathlib import Path

from app.engine import datasets
from app.engine.datasets import DataUnreachable, Pictures

CIFAR10_FILES = "cifar-10-batches-py"


def load(name: str, folder: Path, *, train: bool) -> Pictures:
    """The training or test pictures of the data set `name`; `folder` is CIFAR-10's.

    Raises:
        DataUnreachable: they are not there. A server fetches nothing by itself.
    """
    if name != "cifar10" or not (folder / CIFAR10_FILES).is_dir():
        raise DataUnreachable(folder)
    return datasets.cifar10(folder, train=train)
