"""Batch norms folded into the convolutions and dense layers before them: fewer layers, the same function."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from app.arithmetic import layers as spec
from app.arithmetic.specification import NetworkSpec


def fold_batch_norm(network: NetworkSpec, built: nn.Sequential) -> tuple[NetworkSpec, nn.Sequential]:
    """Specification and module without the batch norms right behind a convolution or a linear layer.

    `built` must be in evaluation mode; it is left as it was. Outputs agree to float rounding.
    """
    layers, modules = _fold(network.layers, list(built))
    return network.model_copy(update={"layers": tuple(layers)}), nn.Sequential(*modules).eval()


def _fold(
    layers: Sequence[spec.AnyLayer], modules: Sequence[nn.Module]
) -> tuple[list[spec.AnyLayer], list[nn.Module]]:
    kept_layers: list[spec.AnyLayer] = []
    kept_modules: list[nn.Module] = []
    following = itertools.chain(modules[1:], [None])
    kept: spec.AnyLayer
    merged: nn.Module
    folded = False
    for layer, module, behind in zip(layers, modules, following, strict=True):
        if folded:
            folded = False
            continue
        if isinstance(module, nn.Conv2d) and isinstance(behind, nn.BatchNorm2d):
            kept, merged, folded = _biased(layer), fuse_conv_bn_eval(module, behind), True
        elif isinstance(module, nn.Linear) and isinstance(behind, nn.BatchNorm1d):
            kept, merged, folded = _biased(layer), fuse_linear_bn_eval(module, behind), True
        else:
            kept, merged = layer, module
        kept_layers.append(kept)
        kept_modules.append(merged)
    return kept_layers, kept_modules


def _biased(layer: spec.AnyLayer) -> spec.AnyLayer:
    return layer.model_copy(update={"bias": True})
