"""The optimizers of the lecture by name, with PyTorch's names for what each takes.

This does not load PyTorch: a page or an API checks a configuration without. `stepping` makes the real ones.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.fields import Probability, Spec

Rate = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
Decay = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Momentum = Annotated[float, Field(ge=0, lt=1)]
Tiny = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
"""Added to a denominator, so that nothing is divided by zero."""
Betas = Annotated[
    tuple[Momentum, Momentum], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)
]
"""How slowly Adam forgets the gradients and their squares."""


class SGD(Spec):
    """``torch.optim.SGD``: plain with momentum 0, else with (Nesterov) momentum."""

    later: ClassVar[frozenset[str]] = frozenset({"dampening"})

    name: Literal["sgd"] = "sgd"
    lr: Rate = 0.1
    momentum: Momentum = 0.9
    nesterov: bool = True
    weight_decay: Decay = 5e-4
    dampening: Probability = 0.0

    @model_validator(mode="after")
    def _nesterov_is_undamped(self) -> SGD:
        if self.looks_ahead and self.dampening:
            raise InvalidSpec(
                "dampening", "Nesterov momentum takes no dampening: use 0, or turn nesterov off.", None, 0.0
            )
        return self

    @property
    def looks_ahead(self) -> bool:
        """Whether steps are Nesterov's; without momentum there is nothing to look ahead along."""
        return self.nesterov and self.momentum > 0


class Adagrad(Spec):
    """``torch.optim.Adagrad``: each weight's rate falls with the squares of all its gradients so far."""

    name: Literal["adagrad"] = "adagrad"
    lr: Rate = 0.01
    lr_decay: Decay = 0.0
    weight_decay: Decay = 0.0
    initial_accumulator_value: Decay = 0.0
    eps: Tiny = 1e-10


class RMSprop(Spec):
    """``torch.optim.RMSprop``: Adagrad that forgets."""

    name: Literal["rmsprop"] = "rmsprop"
    lr: Rate = 1e-3
    alpha: Momentum = 0.99
    eps: Tiny = 1e-8
    weight_decay: Decay = 0.0
    momentum: Momentum = 0.0
    centered: bool = False


class Adam(Spec):
    """``torch.optim.Adam``: momentum over RMSprop, both freed of their start at zero."""

    name: Literal["adam"] = "adam"
    lr: Rate = 3e-3
    betas: Betas = (0.9, 0.999)
    eps: Tiny = 1e-8
    weight_decay: Decay = 0.0
    amsgrad: bool = False


class AdamW(Spec):
    """``torch.optim.AdamW``: Adam whose weight decay is no part of the gradient."""

    later: ClassVar[frozenset[str]] = frozenset({"betas", "eps", "amsgrad"})

    name: Literal["adamw"] = "adamw"
    lr: Rate = 3e-3
    weight_decay: Decay = 0.01
    betas: Betas = (0.9, 0.999)
    eps: Tiny = 1e-8
    amsgrad: bool = False


class Muon(Spec):
    """Orthogonalised momentum for convolutions' weights, Nesterov SGD for everything else.

    `lr`, `momentum` and `ns_steps` (rounds of orthogonalising a step) are the convolutions'; `other_lr`,
    `other_momentum`, `weight_decay` the rest's (Jordan et al., 2024). `dense_lr` is that of dense layers'
    weights, where it is another one.
    """

    later: ClassVar[frozenset[str]] = frozenset({"ns_steps", "dense_lr"})

    name: Literal["muon"] = "muon"
    lr: Rate = 0.24
    momentum: Momentum = 0.6
    other_lr: Rate = 0.1
    other_momentum: Annotated[float, Field(gt=0, lt=1)] = 0.85
    weight_decay: Decay = 1e-4
    ns_steps: Annotated[int, Field(ge=1, le=10)] = 3
    dense_lr: Rate | None = None


AnyOptimizer = Annotated[SGD | Adagrad | RMSprop | Adam | AdamW | Muon, Field(discriminator="name")]

OPTIMIZERS: dict[str, type[Any]] = {
    kind.model_fields["name"].default: kind for kind in (SGD, Adagrad, RMSprop, Adam, AdamW, Muon)
}
"""The configuration of each optimizer, by its name."""
