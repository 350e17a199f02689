"""Small seeded networks on disk, for tests that need one and no training: every type of layer is in them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from app.arithmetic.specification import NetworkSpec
from app.engine import checkpoints, datasets
from app.engine.checkpoints import Card, Checkpoint, Normalisation, Title
from app.engine.networks import build

INPUT = {"channels": 3, "height": 32, "width": 32}

Layers = Sequence[dict[str, Any]]

PLAIN: Layers = (
    {"type": "conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1, "name": "edges"},
    {"type": "relu"},
    {"type": "max_pool2d", "kernel_size": 2},
    {"type": "flatten"},
    {"type": "linear", "out_features": 10},
)
EVERYTHING: Layers = (
    {"type": "conv2d", "out_channels": 6, "kernel_size": [5, 3], "stride": [2, 1], "padding": [2, 1, 0, 1]},
    {"type": "batch_norm2d", "eps": 0.001},
    {"type": "gelu"},
    {
        "type": "residual",
        "layers": [
            {"type": "conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1, "groups": 2, "bias": False},
            {"type": "batch_norm2d"},
            {"type": "relu"},
        ],
        "shortcut": [{"type": "conv2d", "out_channels": 8, "kernel_size": 1, "dilation": 2}],
    },
    {"type": "residual", "layers": [{"type": "tanh"}, {"type": "residual", "layers": [{"type": "sigmoid"}]}]},
    {
        "type": "conv_transpose2d",
        "out_channels": 4,
        "kernel_size": 3,
        "stride": 2,
        "padding": 1,
        "output_padding": [1, 0],
        "groups": 2,
    },
    {"type": "max_pool2d", "kernel_size": [3, 2], "stride": 2, "padding": 1, "ceil_mode": True},
    {"type": "conv2d", "out_channels": 5, "kernel_size": 3, "padding": 2, "padding_mode": "reflect"},
    {"type": "avg_pool2d", "kernel_size": 3, "stride": 2, "padding": 1},
    {"type": "locally_connected2d", "out_channels": 4, "kernel_size": [2, 3], "stride": 2, "padding": 1},
    {"type": "avg_pool2d", "kernel_size": 2, "padding": 1, "count_include_pad": False, "ceil_mode": True},
    {"type": "softmax", "name": "which_map"},
    {"type": "adaptive_avg_pool2d", "output_size": [3, 2]},
    {"type": "flatten"},
    {"type": "dropout", "p": 0.3},
    {"type": "linear", "out_features": 16, "bias": False},
    {"type": "batch_norm1d"},
    {"type": "relu"},
    {"type": "linear", "out_features": 10},
    {"type": "softmax"},
)


def write(
    models: Path, name: str, layers: Layers, seed: int = 0, variance: float | None = None
) -> Checkpoint:
    """A network with random weights in the folder `models`; running statistics are random, unless said."""
    network = NetworkSpec.model_validate({"name": name, "input": INPUT, "layers": list(layers)})
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        built = build(network).eval()
        for module in built.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                assert module.running_mean is not None
                assert module.running_var is not None
                nn.init.normal_(module.running_mean)
                nn.init.normal_(module.bias)
                nn.init.uniform_(module.running_var, variance or 0.5, variance or 2)
                nn.init.uniform_(module.weight, 0.5, 2)
    weights = checkpoints.weights_of(built)
    card = Card(
        name=name,
        title=Title(en=name.capitalize(), ko=name.capitalize()),
        classes=list(datasets.CLASSES),
        normalisation=Normalisation(mean=datasets.MEAN, std=datasets.STD),
        test_accuracy=0.1,
        parameters=sum(parameter.numel() for parameter in built.parameters()),
        sha256=hashlib.sha256(weights).hexdigest(),
        seed=seed,
        epochs=0,
        command="none",
        trained_seconds=0,
        device="CPU",
        torch_version=torch.__version__,
    )
    checkpoints.save(models, network, weights, card)
    return checkpoints.read(models, name)
