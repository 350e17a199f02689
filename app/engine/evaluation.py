"""How a network does on labelled pictures: one pass, no test-time augmentation."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from app.engine.datasets import Pictures, normalise
from app.engine.devices import CPU, FLOAT32, Pace, autocast
from app.engine.events import Measured
from app.engine.processes import ALONE, Processes

BATCH = 1000


@torch.inference_mode()
def measure(
    network: nn.Module,
    pictures: Pictures,
    pace: Pace = FLOAT32,
    device: torch.device = CPU,
    processes: Processes = ALONE,
) -> Measured:
    """Mean cross-entropy, and the fraction of `pictures` whose largest logit is the label's.

    Leaves the network in evaluation mode. Several processes share the pictures and all know the result.
    """
    network.eval()
    sums = torch.zeros(2, device=device)
    own = processes.share(0, len(pictures))
    for start in range(own.start, own.stop, BATCH):
        part = pictures[slice(start, min(start + BATCH, own.stop))]
        inputs = normalise(part.pixels, part.source.mean, part.source.std).to(device)
        labels = part.labels.to(device)
        with autocast(pace, device):
            logits = network(inputs.contiguous(memory_format=pace.memory_format))
        sums[0] += F.cross_entropy(logits.float(), labels, reduction="sum")
        sums[1] += (logits.argmax(1) == labels).sum()
    processes.sum_in_place([sums])
    loss, right = sums.tolist()
    return Measured(loss / len(pictures), right / len(pictures))


def accuracy(network: nn.Module, pictures: Pictures) -> float:
    """The fraction of `pictures` whose largest logit is the label's, in float32 on the CPU."""
    return measure(network, pictures).accuracy
