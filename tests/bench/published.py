"""The published speedrun in plain PyTorch: `python -m tests.bench.published SEED` tells its accuracy.

What `models/speedrun/baseline` configures, trained as the publication's own script does (Jordan, 2024,
airbench94_muon), on the CPU: the network in bfloat16, where the processor has it, and channels last, batch
norms in float32, an epoch's pictures cropped at once, an optimizer step a batch, and nothing of what our
trainer does to be fast.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from app.engine import beginning, datasets, recipes, stepping
from app.engine.configuration import TrainingConfig
from app.engine.datasets import Pictures, normalise
from app.engine.devices import CPU, usual_precision
from app.engine.networks import build
from app.settings import Settings

IS_BFLOAT16 = usual_precision(CPU) == "bfloat16"
FORMAT = torch.bfloat16 if IS_BFLOAT16 else torch.float32


def train(config: TrainingConfig, pictures: Pictures, seed: int) -> nn.Sequential:
    """Trains by `config`, and returns the network."""
    torch.manual_seed(seed)
    network = build(config.network)
    beginning.begin(network, normalise(pictures.pixels[: beginning.LOOKED_AT]))
    network.to(FORMAT).to(memory_format=torch.channels_last)
    for each in network:
        if isinstance(each, nn.BatchNorm2d):
            each.float()
    optimizers = stepping.make(config.optimizer, network, bfloat16=IS_BFLOAT16)
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    peaks = [group["lr"] for group in groups]
    size, border = config.batch_of(len(pictures)), config.augmentation.crop_padding
    steps, step = config.epochs * (len(pictures) // size), 0
    for images, labels in _epochs(pictures, border, config.epochs):
        for chosen in torch.split(torch.randperm(len(labels)), size):
            if step >= steps * beginning.SHIFTS_UNTIL:
                beginning.freeze_first(network)
            logits = network(images[chosen])
            smoothing = config.label_smoothing
            F.cross_entropy(logits.float(), labels[chosen], label_smoothing=smoothing).backward()  # type: ignore[no-untyped-call]
            for group, peak in zip(groups, peaks, strict=True):
                group["lr"] = peak * (1 - step / steps)
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            step += 1
    return network


def _epochs(pictures: Pictures, border: int, count: int) -> Iterator[tuple[Tensor, Tensor]]:
    """All pictures and labels, once an epoch: cropped at random, mirrored in turn."""
    images = normalise(pictures.pixels).to(FORMAT)
    mirrored = torch.rand(len(images), 1, 1, 1) < 0.5
    padded = F.pad(torch.where(mirrored, images.flip(-1), images), (border,) * 4, "reflect")
    padded = padded.contiguous(memory_format=torch.channels_last)
    for epoch in range(count):
        cropped = _cropped(padded, images.shape[-1])
        yield (cropped.flip(-1) if epoch % 2 else cropped), pictures.labels


def _cropped(padded: Tensor, side: int) -> Tensor:
    shifts = padded.shape[-1] - side + 1
    rows, columns = torch.randint(shifts, (2, len(padded)))
    cropped = torch.empty_like(padded[..., :side, :side], memory_format=torch.channels_last)
    for row in range(shifts):
        for column in range(shifts):
            here = (rows == row) & (columns == column)
            cropped[here] = padded[here, :, row : row + side, column : column + side]
    return cropped


@torch.inference_mode()
def accuracy(network: nn.Sequential, pictures: Pictures) -> float:
    """Of each picture and its mirror image together."""
    network.eval()
    right = 0
    for start in range(0, len(pictures), 1000):
        part = pictures[start : start + 1000]
        images = normalise(part.pixels).to(FORMAT)
        logits = network(images).float() + network(images.flip(-1)).float()
        right += int((logits.argmax(1) == part.labels).sum())
    return right / len(pictures)


if __name__ == "__main__":
    folder, data = Settings().models_dir / "speedrun", Settings().data
    recipe = recipes.read(folder, "baseline").training
    trained = train(recipe, datasets.load("cifar10", data, train=True), int(sys.argv[1]))
    print(accuracy(trained, datasets.load("cifar10", data, train=False)))
