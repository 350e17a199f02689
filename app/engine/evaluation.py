"""Accuracy of a network on labelled pictures: one pass, no test-time augmentation."""

from __future__ import annotations

import torch
from torch import nn

from app.engine.datasets import Pictures, normalise
from app.engine.devices import CPU, FLOAT32, Pace, autocast


@torch.inference_mode()
def accuracy(
    network: nn.Module,
    pictures: Pictures,
    pace: Pace = FLOAT32,
    device: torch.device = CPU,
    batch_size: int = 1000,
) -> float:
    """The fraction of `pictures` whose largest logit is the label's; leaves the network in eval mode."""
    network.eval()
    right = 0
    for start in range(0, len(pictures), batch_size):
        part = pictures[slice(start, start + batch_size)]
        inputs = normalise(part.pixels).to(device).contiguous(memory_format=pace.memory_format)
        with autocast(pace, device):
            logits = network(inputs)
        right += int((logits.argmax(1).cpu() == part.labels).sum())
    return right / len(pictures)
