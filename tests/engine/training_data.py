"""Small made-up pictures that a network can really learn: each class is a colour, each picture noisy."""

from __future__ import annotations

import torch

from app.arithmetic.specification import NetworkSpec
from app.engine.datasets import Pictures


def coloured_pictures(count: int, seed: int = 0) -> Pictures:
    """`count` noisy pictures of ten colours, as CIFAR-10 is held: uint8 (N, 32, 32, 3)."""
    draw = torch.Generator().manual_seed(seed)
    colours = torch.randint(0, 256, (10, 3), generator=torch.Generator().manual_seed(7))
    labels = torch.randint(0, 10, (count,), generator=draw)
    noise = torch.randint(-40, 41, (count, 32, 32, 3), generator=draw)
    pixels = (colours[labels][:, None, None, :] + noise).clamp(0, 255).to(torch.uint8)
    return Pictures(pixels, labels)


def small_network() -> NetworkSpec:
    """A convolution, every random layer a run can have (batch norm, dropout) and a dense head."""
    return NetworkSpec.model_validate(
        {
            "name": "small",
            "input": {"channels": 3, "height": 32, "width": 32},
            "layers": [
                {"type": "conv2d", "out_channels": 4, "kernel_size": 3, "stride": 4, "bias": False},
                {"type": "batch_norm2d"},
                {"type": "relu"},
                {"type": "flatten"},
                {"type": "dropout", "p": 0.2},
                {"type": "linear", "out_features": 10},
            ],
        }
    )
