"""Examples a second of our training loop as a ratio to a plain one, same network, same run.

The plain loop is what a tutorial writes: a DataLoader, per-picture transforms, float32, NCHW memory, AdamW.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from PIL import Image
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from app.engine import recipes, training
from app.engine.configuration import TrainingConfig
from app.engine.datasets import MEAN, STD, Pictures
from app.engine.networks import build
from app.settings import Settings
from tests.bench.measurement import Measurement

BOUNDS = {"tinyvgg": 4.0, "convnet": 3.0}
STEPS, ROUNDS = 6, 3


class PlainPictures(Dataset[tuple[torch.Tensor, int]]):
    """One picture at a time, through PIL."""

    def __init__(self, pictures: Pictures) -> None:
        self.pixels, self.labels = pictures.pixels.numpy(), pictures.labels.tolist()
        self.transform = transforms.Compose(
            [
                transforms.RandomCrop(32, padding=4),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize(MEAN, STD),
            ]
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.fromarray(self.pixels[index])), self.labels[index]


def noise(count: int) -> Pictures:
    """Pictures to train on where only speed matters."""
    pixels = torch.randint(0, 256, (count, 32, 32, 3), dtype=torch.uint8)
    return Pictures(pixels, torch.randint(0, 10, (count,)))


def plain_rate(config: TrainingConfig, pictures: Pictures) -> float:
    """Examples a second of the plain loop over its last steps."""
    network, batch_size = build(config.network), config.batch_of(len(pictures))
    optimizer = torch.optim.AdamW(network.parameters())
    seconds = []
    began = time.perf_counter()
    for inputs, labels in DataLoader(PlainPictures(pictures), batch_size, shuffle=True):
        optimizer.zero_grad()
        F.cross_entropy(network(inputs), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        seconds.append(time.perf_counter() - began)
        began = time.perf_counter()
    return batch_size / statistics.median(seconds[1:])


def our_rate(config: TrainingConfig, pictures: Pictures) -> float:
    """Examples a second of our loop over its last steps, at full picture size."""
    with tempfile.TemporaryDirectory() as folder:
        events = training.train(config, pictures, torch.device("cpu"), Path(folder), checkpoint_seconds=1e9)
        rates = [event.examples_per_second for event in events if isinstance(event, training.Stepped)]
    return statistics.median(rates[1:])


def measure() -> Iterator[Measurement]:
    """The two loops in turn, a few rounds, the ratio of their medians."""
    for name, bound in BOUNDS.items():
        recipe = recipes.read(Settings().models_dir, name).training
        config = recipe.model_copy(
            update={"epochs": 1, "held_out": 0, "smaller_until": (), "precision": "auto"}
        )
        pictures = noise(config.batch_of(50_000) * STEPS)
        pairs = [(our_rate(config, pictures), plain_rate(config, pictures)) for _ in range(ROUNDS)]
        ours, plain = (statistics.median(rates) for rates in zip(*pairs, strict=True))
        yield Measurement(f"{name}: a plain training loop", plain, "examples/s")
        yield Measurement(f"{name}: ours", ours, "examples/s")
        bf16 = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
        yield Measurement(f"{name}: ours / plain", ours / plain, at_least=bound if bf16 else None)
