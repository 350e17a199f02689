"""Labelled pictures in memory: CIFAR-10 through torchvision, or the digits that scikit-learn ships.

A whole set is one uint8 tensor, (N, 32, 32, 3): 154 MB for CIFAR-10's training pictures. There are no loader
processes and no per-picture transforms.
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.sources import CIFAR10, DIGITS, Source, SourceName, Triple

MEAN, STD, CLASSES = CIFAR10.mean, CIFAR10.std, CIFAR10.classes


class DataUnreachable(RuntimeError):
    """CIFAR-10 is not in `folder`, and was not or could not be downloaded; the text says what to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"CIFAR-10 is not in {folder}; convscope train downloads it where it can. Give the folder that "
            "holds cifar-10-batches-py with --data, or set CONVSCOPE_DATA; or train on the digits that are "
            "here: --dataset digits."
        )


@dataclasses.dataclass(frozen=True)
class Pictures:
    """Labelled pictures: `pixels` uint8 (N, H, W, 3), `labels` int64 (N,), and where they are from."""

    pixels: Tensor
    labels: Tensor
    source: Source = CIFAR10

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: slice | Tensor) -> Pictures:
        return Pictures(self.pixels[index], self.labels[index], self.source)

    def picture(self, index: int) -> npt.NDArray[np.uint8]:
        """One of them, uint8 (H, W, 3)."""
        found: npt.NDArray[np.uint8] = self.pixels[index].numpy()
        return found


def load(name: SourceName, folder: Path, *, train: bool, download: bool = False) -> Pictures:
    """The training or test pictures of a source; `folder` is CIFAR-10's, filled where `download` allows it.

    Raises:
        DataUnreachable: CIFAR-10 is not in `folder`, whole, and was not or could not be downloaded.
    """
    return digits(train=train) if name == "digits" else cifar10(folder, train=train, download=download)


@functools.lru_cache(maxsize=4)
def cifar10(folder: Path, *, train: bool, download: bool = False) -> Pictures:
    """The official training (50,000) or test (10,000) pictures, MD5-checked, downloaded where asked.

    Raises:
        DataUnreachable: they are not in `folder`, whole, and were not or could not be downloaded.
    """
    from torchvision import datasets as official  # noqa: PLC0415  # a second of imports, for training only

    try:
        data = official.CIFAR10(str(folder), train=train, download=download)
    except (OSError, RuntimeError) as error:
        raise DataUnreachable(folder) from error
    return Pictures(torch.from_numpy(data.data), torch.tensor(data.targets))


@functools.lru_cache(maxsize=2)
def digits(*, train: bool) -> Pictures:
    """scikit-learn's 1,797 handwritten digits: all but the last 360 for training, those for testing.

    8 × 8 grey levels from 0 to 16 become 32 × 32 bytes, bilinearly, the same in red, green and blue.
    """
    from sklearn.datasets import load_digits  # noqa: PLC0415  # seconds of imports, for these alone

    data = load_digits()
    grey = torch.tensor(data.images, dtype=torch.float32).unsqueeze(1) * (255 / 16)
    larger = F.interpolate(grey, size=(32, 32), mode="bilinear").round().to(torch.uint8)
    pixels = larger.permute(0, 2, 3, 1).repeat(1, 1, 1, 3)
    part = slice(None, DIGITS.train_pictures) if train else slice(DIGITS.train_pictures, None)
    return Pictures(pixels[part], torch.tensor(data.target, dtype=torch.int64)[part], DIGITS)


def split(pictures: Pictures, held_out: int) -> tuple[Pictures, Pictures]:
    """Training and held-out pictures: the same fixed draw for every run, so that runs compare."""
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))
    return pictures[order[held_out:]], pictures[order[:held_out]]


def normalise(pixels: Tensor, mean: Triple = MEAN, std: Triple = STD) -> Tensor:
    """Bytes (N, H, W, 3) as the float32 (N, 3, H, W) that enters a network, channels last."""
    scale, shift = _scale_and_shift(mean, std, pixels.device)
    return pixels.float().mul_(scale).sub_(shift).permute(0, 3, 1, 2)


@functools.lru_cache(maxsize=8)
def _scale_and_shift(mean: Triple, std: Triple, device: torch.device) -> tuple[Tensor, Tensor]:
    """Kept: to send three numbers to an accelerator is to wait for it."""
    with torch.inference_mode(mode=False):  # whoever asks first, all others must be able to use them
        scale = torch.tensor(std).mul(255).reciprocal()
        shift = torch.tensor(mean) / torch.tensor(std)
        return scale.to(device), shift.to(device)
