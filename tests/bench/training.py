"""Examples a second of our training loop as a ratio to a plain one, same network, same run.

The plain loop is what a tutorial writes: a DataLoader, per-picture transforms, float32, NCHW memory, AdamW.
Ours goes through an epoch as the network's recipe has it, which begins with smaller pictures: each size takes
its share of the steps. At full size alone, where both see the same pixels, the ratio is told beside it.
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
from app.engine.sources import SIDE
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


def our_rate(config: TrainingConfig, pictures: Pictures, side: int) -> float:
    """Examples a second of our loop over its last steps, with pictures of `side` × `side`."""
    config = config.model_copy(update={"smaller_until": ((1.0, side),)})
    with tempfile.TemporaryDirectory() as folder:
        events = training.train(config, pictures, torch.device("cpu"), Path(folder), checkpoint_seconds=1e9)
        rates = [event.examples_per_second for event in events if isinstance(event, training.Stepped)]
    return statistics.median(rates[1:])


def measure() -> Iterator[Measurement]:
    """Our loop at each size and the plain one in turn, a few rounds; the ratios of their medians."""
    for name, bound in BOUNDS.items():
        recipe = recipes.read(Settings().models_dir, name).training
        config = recipe.model_copy(update={"epochs": 1, "held_out": 0, "precision": "auto"})
        shares = {recipe.side_at(begin): until - begin for begin, until in recipe.stages()}
        pictures = noise(config.batch_of(50_000) * STEPS)
        rounds = [
            ({side: our_rate(config, pictures, side) for side in shares}, plain_rate(config, pictures))
            for _ in range(ROUNDS)
        ]
        plain = statistics.median(rate for _, rate in rounds)
        ours = {side: statistics.median(rates[side] for rates, _ in rounds) for side in shares}
        mean = 1 / sum(share / ours[side] for side, share in shares.items())
        yield Measurement(f"{name}: a plain training loop", plain, "examples/s")
        yield Measurement(f"{name}: ours at full size", ours[SIDE], "examples/s")
        yield Measurement(f"{name}: ours at full size / plain", ours[SIDE] / plain)
        yield Measurement(f"{name}: ours, by the recipe's sizes", mean, "examples/s")
        bf16 = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
        yield Measurement(f"{name}: ours / plain", mean / plain, at_least=bound if bf16 else None)
