"""The pictures that runs train on and are tested on; nothing is downloaded for them.

PyTorch is imported where they are read.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.engine.sources import Source, SourceName
from app.runs.errors import NoData, NoPicture

if TYPE_CHECKING:
    from app.engine.datasets import Pictures

CIFAR10_FILES = "cifar-10-batches-py"


def load(name: SourceName, folder: Path, *, train: bool) -> Pictures:
    """The training or test pictures of the data set `name`; `folder` is CIFAR-10's.

    Raises:
        DataUnreachable: they are not there. A server fetches nothing by itself.
    """
    from app.engine import datasets  # noqa: PLC0415

    return datasets.load(name, folder, train=train)


def test_picture(source: Source, folder: Path, index: int) -> npt.NDArray[np.uint8]:
    """The test picture at a place, uint8 (32, 32, 3).

    Raises:
        NoPicture: there are not so many.
        NoData: they are not on this server.
    """
    if index >= source.test_pictures:
        raise NoPicture({"count": source.test_pictures}, field="index", nearest=source.test_pictures - 1)
    from app.engine.datasets import DataUnreachable  # noqa: PLC0415

    try:
        return load(source.name, folder, train=False).picture(index)
    except DataUnreachable as error:
        raise NoData from error
