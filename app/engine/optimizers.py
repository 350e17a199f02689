"""Optimizers by name, with the hyperparameters each takes.

PyTorch is not loaded here: an API checks a configuration without it. `stepping` makes the real ones.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from app.arithmetic.fields import Spec

Rate = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
Decay = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Momentum = Annotated[float, Field(ge=0, lt=1)]


class AdamW(Spec):
    """``torch.optim.AdamW``."""

    name: Literal["adamw"] = "adamw"
    lr: Rate = 3e-3
    weight_decay: Decay = 0.01


class SGD(Spec):
    """``torch.optim.SGD``; `nesterov` needs momentum."""

    name: Literal["sgd"] = "sgd"
    lr: Rate = 0.1
    momentum: Momentum = 0.9
    nesterov: bool = True
    weight_decay: Decay = 5e-4


class Muon(Spec):
    """Orthogonalised momentum for convolutions' weights, Nesterov SGD for everything else.

    `lr` and `momentum` are the convolutions'; `other_lr`, `other_momentum`, `weight_decay` the rest's
    (Jordan et al., 2024).
    """

    name: Literal["muon"] = "muon"
    lr: Rate = 0.24
    momentum: Momentum = 0.6
    other_lr: Rate = 0.1
    other_momentum: Momentum = 0.85
    weight_decay: Decay = 1e-4


AnyOptimizer = Annotated[AdamW | SGD | Muon, Field(discriminator="name")]
