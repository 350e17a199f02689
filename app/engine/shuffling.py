"""Pictures in one fixed disorder: what is asked of a network whose pixels, or whose labels, have no reason.

There is one shuffle of each kind for everyone, so that runs compare.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from app.engine.datasets import Pictures

if TYPE_CHECKING:
    from app.engine.configuration import Shuffled

SEED = 1


def training_pictures(pictures: Pictures, shuffled: Shuffled) -> Pictures:
    """The training pictures as a run sees them."""
    match shuffled:
        case "nothing":
            return pictures
        case "pixels":
            return with_shuffled_pixels(pictures)
        case "labels":
            return with_shuffled_labels(pictures)


def test_pictures(pictures: Pictures, shuffled: Shuffled) -> Pictures:
    """The test pictures as a run sees them: their labels are always the right ones."""
    return with_shuffled_pixels(pictures) if shuffled == "pixels" else pictures


def with_shuffled_pixels(pictures: Pictures) -> Pictures:
    """The pictures with their pixels in another order, the same for all; a pixel's colours stay together."""
    return dataclasses.replace(pictures, pixels=shuffle_pixels(pictures.pixels))


def with_shuffled_labels(pictures: Pictures) -> Pictures:
    """The pictures with each other's labels: as many of each class, none with a reason."""
    return dataclasses.replace(pictures, labels=pictures.labels[_permutation(len(pictures))])


def shuffle_pixels(pixels: Tensor) -> Tensor:
    """Bytes (N, H, W, 3) in another order of places."""
    _, height, width, channels = pixels.shape
    return pixels.view(-1, height * width, channels)[:, _permutation(height * width)].view_as(pixels)


def _permutation(count: int) -> Tensor:
    return torch.randperm(count, generator=torch.Generator().manual_seed(SEED))
