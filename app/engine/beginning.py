"""The weights that a network begins with where they are not PyTorch's usual ones (Jordan, 2024).

The first convolution whitens what it sees and stays as it is; the others begin by passing on the channels
that they get; batch norms only shift.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

LOOKED_AT = 5000
"""How many of the training pictures say what is to be whitened."""
SHIFTS_UNTIL = 1 / 3
"""The part of a run in which the first convolution's bias learns. After it no gradient is worked out for that
layer, which sees the most pixels."""


def begin(network: nn.Sequential, inputs: Tensor) -> None:
    """Sets weights in place; `inputs` are normalised pictures, float32 (N, 3, H, W)."""
    first, *others = (each for each in network.modules() if isinstance(each, nn.Conv2d))
    last = [each for each in network.modules() if isinstance(each, nn.Linear)][-1]
    with torch.no_grad():
        first.weight.copy_(whitening(inputs, first.weight.shape))
        for convolution in others:
            nn.init.dirac_(convolution.weight[: convolution.weight.shape[1]])
        last.weight.div_(last.weight.std() * last.in_features)
    freeze(network)


def freeze(network: nn.Sequential) -> None:
    """Keeps from learning what is to stay: the first convolution's weights, and those of batch norms."""
    _first(network).weight.requires_grad = False
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
            norm.weight.requires_grad = False


def freeze_first(network: nn.Sequential) -> None:
    """Keeps the first convolution from learning at all."""
    for parameter in _first(network).parameters():
        parameter.requires_grad, parameter.grad = False, None


def _first(network: nn.Sequential) -> nn.Conv2d:
    return next(each for each in network.modules() if isinstance(each, nn.Conv2d))


def whitening(inputs: Tensor, shape: torch.Size) -> Tensor:
    """Weights (out, 3, kernel height, kernel width) whose outputs are uncorrelated and of one size.

    They are the principal patches of the pictures, each divided by how far pictures spread along it, the
    widest first, each followed by its negative.
    """
    count, channels, height, width = shape
    patches = inputs.unfold(2, height, 1).unfold(3, width, 1).permute(0, 2, 3, 1, 4, 5)
    flat = patches.reshape(-1, channels * height * width)
    spread, directions = torch.linalg.eigh(flat.T @ flat / len(flat))
    found = (directions / (spread + 5e-4).sqrt()).T.flip(0)
    # An eigenvector's sign is anyone's choice: machines that train together must agree.
    found *= found.gather(1, found.abs().argmax(1, keepdim=True)).sign()
    both = torch.stack([found, -found], 1).flatten(0, 1)
    return both[:count].reshape(shape)
