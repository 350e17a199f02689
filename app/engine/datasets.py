"""CIFAR-10 through torchvision, then one uint8 tensor in memory, augmented by batch.

The whole training set is held as (N, H, W, 3) bytes, 154 MB. A batch is gathered with its crops and flips in
one indexing step; there are no loader processes and no per-picture transforms.
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

Triple = tuple[float, float, float]

MEAN = (0.4914, 0.4822, 0.4465)
"""Mean of CIFAR-10's training pictures, red, green, blue, of values in [0, 1]."""
STD = (0.2470, 0.2435, 0.2616)
"""Standard deviation of the same."""
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


class DataUnreachable(RuntimeError):
    """CIFAR-10 is neither in `folder` nor to be downloaded; the text says what to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"CIFAR-10 was not found in {folder} and could not be downloaded. Give the folder that holds "
            "cifar-10-batches-py with --data, or set CONVSCOPE_DATA."
        )


@dataclasses.dataclass(frozen=True)
class Pictures:
    """Labelled pictures: `pixels` uint8 (N, H, W, 3), `labels` int64 (N,)."""

    pixels: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: slice | Tensor) -> Pictures:
        return Pictures(self.pixels[index], self.labels[index])


@functools.lru_cache(maxsize=4)
def cifar10(folder: Path, *, train: bool) -> Pictures:
    """The official training (50,000) or test (10,000) pictures, MD5-checked, downloaded when missing.

    Raises:
        DataUnreachable: not in `folder` and not to be downloaded.
    """
    from torchvision.datasets import CIFAR10  # noqa: PLC0415  # a second of imports, for training only

    try:
        data = CIFAR10(str(folder), train=train)
    except RuntimeError:
        try:
            data = CIFAR10(str(folder), train=train, download=True)
        except (OSError, RuntimeError) as error:
            raise DataUnreachable(folder) from error
    return Pictures(torch.from_numpy(data.data), torch.tensor(data.targets))


def split(pictures: Pictures, held_out: int) -> tuple[Pictures, Pictures]:
    """Training and held-out pictures: the same fixed draw for every run, so that runs compare."""
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))
    return pictures[order[held_out:]], pictures[order[:held_out]]


def normalise(pixels: Tensor, mean: Triple = MEAN, std: Triple = STD) -> Tensor:
    """Bytes (N, H, W, 3) as the float32 (N, 3, H, W) that enters a network, channels last."""
    scale = torch.tensor(std, device=pixels.device).mul(255).reciprocal()
    shift = torch.tensor(mean, device=pixels.device) / torch.tensor(std, device=pixels.device)
    return pixels.float().mul_(scale).sub_(shift).permute(0, 3, 1, 2)


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """What is done to training pictures: crop out of a reflected border, mirror, blank a square; pixels.

    A picture is mirrored in every other epoch, its first by a coin: both faces are seen equally often
    (Jordan, 2024), which a fresh coin at each epoch only promises in the mean.
    """

    crop_padding: int = 4
    flip: bool = True
    cutout: int = 0


class Augmented:
    """Draws augmented batches; every draw is a function of the seeds given, never of what was drawn before.

    `seed` decides which pictures are mirrored in even epochs.
    """

    def __init__(self, pictures: Pictures, augmentation: Augmentation, seed: int = 0) -> None:
        self.labels = pictures.labels
        self.coins = torch.randint(2, (len(pictures),), generator=torch.Generator().manual_seed(seed))
        self.side = pictures.pixels.shape[1]
        self.augmentation = augmentation
        border = augmentation.crop_padding
        padded = pictures.pixels.permute(0, 3, 1, 2).float()
        if border:
            padded = F.pad(padded, (border,) * 4, mode="reflect")
        # Four bytes a pixel, seen as one int32, so that gathering moves a whole pixel at a time.
        rgbx = F.pad(padded.permute(0, 2, 3, 1), (0, 1)).to(torch.uint8).contiguous()
        self.packed = rgbx.view(torch.int32).squeeze(-1)  # (N, H + 2 border, W + 2 border)

    def batch(self, chosen: Tensor, epoch: int, seed: int) -> tuple[Tensor, Tensor]:
        """Normalised float32 (B, 3, H, W), channels last, and labels (B,) of the pictures `chosen`."""
        draw = torch.Generator().manual_seed(seed)
        count, side, steps = len(chosen), self.side, torch.arange(self.side)
        offsets = torch.randint(2 * self.augmentation.crop_padding + 1, (2, count, 1), generator=draw)
        rows, columns = offsets[0] + steps, offsets[1] + steps
        if self.augmentation.flip:
            mirrored = (self.coins[chosen] + epoch) % 2 == 1
            columns = torch.where(mirrored[:, None], columns.flip(1), columns)
        gathered = self.packed[chosen[:, None, None], rows[:, :, None], columns[:, None, :]]
        pixels = gathered.unsqueeze(-1).view(torch.uint8)[..., :3]
        pictures = normalise(pixels)
        if cut := self.augmentation.cutout:
            corner = torch.randint(1 - cut, side, (2, count, 1), generator=draw)
            outside = [(steps < corner[axis]) | (steps >= corner[axis] + cut) for axis in (0, 1)]
            pictures *= (outside[0][:, :, None] | outside[1][:, None, :]).unsqueeze(1)
        return pictures, self.labels[chosen]
