"""How a network does on labelled pictures: one pass and no test-time augmentation, unless that is asked."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from app.engine.allocation import memory_kept
from app.engine.datasets import Pictures, normalise
from app.engine.devices import CPU, FLOAT32, Pace, autocast
from app.engine.events import Measured
from app.engine.processes import ALONE, Processes

BATCH = 1000
CHANNELS_LAST = Pace(bfloat16=False, channels_last=True)
"""Float32 as a CPU's convolutions take it fastest: two thirds of the time of channels first, or less."""


@dataclasses.dataclass(frozen=True)
class Examined:
    """How a network does on pictures, altogether and one by one.

    Attributes:
        predicted: int64 (N,), the class with the largest logit, on the CPU.
        probability: float32 (N,), what the network gives that class.
    """

    measured: Measured
    predicted: Tensor
    probability: Tensor


@torch.inference_mode()
def examine(
    network: nn.Module,
    pictures: Pictures,
    pace: Pace = FLOAT32,
    device: torch.device = CPU,
    processes: Processes = ALONE,
    *,
    mirrored: bool = False,
) -> Examined:
    """Mean cross-entropy, the fraction of `pictures` whose largest logit is the label's, and what each got.

    `mirrored` gives the logits the mean of each picture's and its mirror image's. Leaves the network in
    evaluation mode. Several processes share the pictures and all know the result.
    """
    network.eval()
    sums = torch.zeros(2, device=device)
    predicted, probability = torch.zeros(2, len(pictures), device=device)
    own = processes.share(0, len(pictures))
    for start in range(own.start, own.stop, BATCH):
        place = slice(start, min(start + BATCH, own.stop))
        part = pictures[place]
        inputs = normalise(part.pixels, part.source.mean, part.source.std).to(device)
        labels = part.labels.to(device)
        with autocast(pace, device):
            logits = network(inputs.contiguous(memory_format=pace.memory_format)).float()
            if mirrored:
                faced = inputs.flip(3).contiguous(memory_format=pace.memory_format)
                logits = (logits + network(faced).float()) / 2
        sums[0] += F.cross_entropy(logits, labels, reduction="sum")
        predicted[place], probability[place] = logits.argmax(1), logits.softmax(1).amax(1)
        sums[1] += (predicted[place] == labels).sum()
    processes.sum_in_place([sums, predicted, probability])
    loss, right = sums.tolist()
    measured = Measured(loss / len(pictures), right / len(pictures))
    return Examined(measured, predicted.long().cpu(), probability.cpu())


def measure(
    network: nn.Module,
    pictures: Pictures,
    pace: Pace = FLOAT32,
    device: torch.device = CPU,
    processes: Processes = ALONE,
) -> Measured:
    """Mean cross-entropy and accuracy of :func:`examine`."""
    return examine(network, pictures, pace, device, processes).measured


def accuracy(
    network: nn.Module, pictures: Pictures, pace: Pace = CHANNELS_LAST, *, mirrored: bool = False
) -> float:
    """The fraction of `pictures` whose largest logit is the label's, on the CPU; float32 unless `pace` says.

    With `mirrored` of each picture and its mirror image together, as speedruns count.
    """
    with memory_kept():
        return examine(network, pictures, pace, mirrored=mirrored).measured.accuracy
