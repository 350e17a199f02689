"""Batches of training pictures, cropped, mirrored and blanked as tensors.

A batch is gathered with its crops and flips in one indexing step.
"""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.datasets import Pictures, normalise
from app.engine.devices import CPU, sent


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

    `seed` decides which pictures are mirrored in even epochs. What is drawn is drawn on the CPU, the same for
    every device; the pictures lie, and batches are made, on `device`.
    """

    def __init__(
        self, pictures: Pictures, augmentation: Augmentation, seed: int = 0, device: torch.device = CPU
    ) -> None:
        self.labels, self.source, self.device = pictures.labels.to(device), pictures.source, device
        self.coins = torch.randint(2, (len(pictures),), generator=torch.Generator().manual_seed(seed))
        self.side = pictures.pixels.shape[1]
        self.augmentation = augmentation
        # A float copy of all of them would be the run's largest tensor.
        parts = torch.split(pictures.pixels, 5000)
        self.packed = torch.cat([_packed(part, augmentation.crop_padding).to(device) for part in parts])

    def batch(
        self, chosen: Tensor, epoch: int, seed: int, part: slice = slice(None)
    ) -> tuple[Tensor, Tensor]:
        """Normalised float32 (B, 3, H, W), channels last, and labels (B,) of the pictures `chosen`.

        With `part` only those of the batch, the same as when all of it is asked for.
        """
        return self.made(sent(self.drawn(chosen, epoch, seed)[:, part].contiguous(), self.device))

    def drawn(self, chosen: Tensor, epoch: int, seed: int) -> Tensor:
        """All that decides a batch of the pictures `chosen`, int64 (4 or 6, B), on the CPU."""
        draw = torch.Generator().manual_seed(seed)
        count, cut = len(chosen), self.augmentation.cutout
        offsets = torch.randint(2 * self.augmentation.crop_padding + 1, (2, count, 1), generator=draw)
        mirrored = (self.coins[chosen] + epoch) % 2 if self.augmentation.flip else torch.zeros_like(chosen)
        rows = [chosen, mirrored, *offsets.squeeze(2)]
        if cut:
            rows += torch.randint(1 - cut, self.side, (2, count, 1), generator=draw).squeeze(2)
        return torch.stack(rows)

    def made(self, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """The pictures and labels that `drawn`, or some of its columns, on the device, decides."""
        chosen, mirrored, *offsets = drawn.unsqueeze(2)
        chosen, steps = chosen.squeeze(1), torch.arange(self.side, device=self.device)
        rows, columns = offsets[0] + steps, offsets[1] + steps
        if self.augmentation.flip:
            columns = torch.where(mirrored == 1, columns.flip(1), columns)
        gathered = self.packed[chosen[:, None, None], rows[:, :, None], columns[:, None, :]]
        pixels = gathered.unsqueeze(-1).view(torch.uint8)[..., :3]
        pictures = normalise(pixels, self.source.mean, self.source.std)
        if cut := self.augmentation.cutout:
            outside = [(steps < corner) | (steps >= corner + cut) for corner in offsets[2:]]
            pictures *= (outside[0][:, :, None] | outside[1][:, None, :]).unsqueeze(1)
        return pictures, self.labels[chosen]


def _packed(pixels: Tensor, border: int) -> Tensor:
    """Bytes (N, H, W, 3) with a reflected border as int32 (N, H + 2 border, W + 2 border).

    A pixel's bytes and a fourth are one number, so that gathering moves a whole pixel at a time.
    """
    padded = pixels.permute(0, 3, 1, 2).float()
    if border:
        padded = F.pad(padded, (border,) * 4, mode="reflect")
    rgbx = F.pad(padded.permute(0, 2, 3, 1), (0, 1)).to(torch.uint8).contiguous()
    return rgbx.view(torch.int32).squeeze(-1)
