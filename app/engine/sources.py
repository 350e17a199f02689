"""The picture sets that networks are trained on: what is known of each without reading it. Never PyTorch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Triple = tuple[float, float, float]
SIDE = 32
"""Height and width of every source's pictures, in pixels."""
SourceName = Literal["cifar10", "digits"]


@dataclasses.dataclass(frozen=True)
class Source:
    """A set of labelled pictures, 3 × 32 × 32.

    Attributes:
        title_en, title_ko: what they are called within a sentence.
        mean: of the training pictures' values in [0, 1]: red, green, blue.
        std: standard deviation of the same.
        train_pictures: how many are trained on, those held out included.
        held_out: how many of them are held out unless a run says otherwise.
        batch_size: how many a step takes unless a run says otherwise: few enough that an epoch is many steps.
        mirrored: whether a picture's mirror image still shows what its label says.
    """

    name: SourceName
    title_en: str
    title_ko: str
    classes: tuple[str, ...]
    mean: Triple
    std: Triple
    train_pictures: int
    test_pictures: int
    held_out: int
    batch_size: int
    mirrored: bool


CIFAR10 = Source(
    name="cifar10",
    title_en="CIFAR-10",
    title_ko="CIFAR-10",
    classes=(
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    mean=(0.4914, 0.4822, 0.4465),
    std=(0.2470, 0.2435, 0.2616),
    train_pictures=50_000,
    test_pictures=10_000,
    held_out=5000,
    batch_size=500,
    mirrored=True,
)
DIGITS = Source(
    name="digits",
    title_en="digits",
    title_ko="손글씨 숫자",
    classes=tuple("0123456789"),
    mean=(0.3054, 0.3054, 0.3054),
    std=(0.3228, 0.3228, 0.3228),
    train_pictures=1437,
    test_pictures=360,
    held_out=237,
    batch_size=50,
    mirrored=False,
)
"""Handwritten digits, 8 × 8 grey, that scikit-learn brings along: real pictures where CIFAR-10 is not."""

SOURCES: Mapping[SourceName, Source] = MappingProxyType({source.name: source for source in (CIFAR10, DIGITS)})
