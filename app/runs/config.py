"""What a run is asked to do, checked arithmetically before anything is allocated."""

from __future__ import annotations

import json
from copy import copy
from math import prod
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Tag, ValidationError, create_model

from app.arithmetic import network as arithmetic
from app.arithmetic.fields import Spec
from app.arithmetic.layers import InputShape, InvalidSpec, NetworkSpec
from app.engine import recipes
from app.engine.configuration import TrainingConfig

MAX_ALLOCATED_PARAMETERS = 10**8
MAX_ALLOCATED_VALUES = 10**9
"""Most values that the activations of one batch may have together."""
CLASSES = 10
SIDE = 32

DatasetName = Literal["cifar10"]
Device = Literal["auto", "cpu", "cuda", "mps"]
NetworkChoice = Annotated[
    # With a bracket in them, so that the name of a field at fault leaves them out, as it does pydantic's own.
    Annotated[str, Tag("[name]")] | Annotated[NetworkSpec, Tag("[specification]")],
    Discriminator(lambda value: "[name]" if isinstance(value, str) else "[specification]"),
]
"""A shipped network by its name, or any network."""


class RunConfig(TrainingConfig):
    """A run: what decides its weights, and where it trains."""

    dataset: DatasetName = "cifar10"
    device: Device = "auto"

    @property
    def training(self) -> TrainingConfig:
        """The part of it that the engine knows."""
        return TrainingConfig(**{name: getattr(self, name) for name in TrainingConfig.model_fields})

    def dump(self) -> dict[str, Any]:
        """As plain JSON data that reads back unchanged; the network in its shortest form."""
        data: dict[str, Any] = json.loads(self.model_dump_json(exclude={"network"}))
        return {"network": self.network.dump(), **data}

    def with_changes(self, changes: dict[str, Any]) -> RunConfig:
        """The same run with other values, each of which has been checked by itself.

        Raises:
            InvalidSpec: they do not go together.
        """
        try:
            changed = RunConfig.model_validate_json(json.dumps({**self.dump(), **changes}))
        except ValidationError as error:
            first = error.errors()[0]
            cause = first.get("ctx", {}).get("error")
            if isinstance(cause, InvalidSpec):
                raise cause from error
            raise InvalidSpec(".".join(map(str, first["loc"])), "This value cannot be used.") from error
        check(changed)
        return changed


class RunRequest(RunConfig):
    """A run as it is asked for: its network may be a shipped one, by name."""

    network: NetworkChoice  # type: ignore[assignment]

    def settled(self, models: Path) -> RunConfig:
        """The run that is meant: of a shipped network the specification that its recipe trains.

        Raises:
            UnknownNetwork, BrokenRecipe, InvalidSpec
        """
        named = self.network
        network = recipes.read(models, named).training.network if isinstance(named, str) else named
        values = {name: getattr(self, name) for name in RunConfig.model_fields}
        config = RunConfig(**{**values, "network": network})
        check(config)
        return config


def changes_model(name: str, base: type[Spec], **further: Any) -> type[BaseModel]:
    """A model of what a fork may change: every field of a run but its network and its data, none needed."""
    fields: dict[str, Any] = {}
    for field_name, declared in RunConfig.model_fields.items():
        if field_name not in ("network", "dataset"):
            field = copy(declared)
            field.default, field.default_factory = None, None
            annotation: Any = declared.annotation
            fields[field_name] = (annotation | None, field)
    return create_model(name, __base__=base, **fields, **further)


def check(config: RunConfig) -> None:
    """Refuses a network that cannot be trained on the pictures, and more memory than anyone is given.

    Raises:
        InvalidSpec: with the address of the layer at fault, or naming the field of the configuration.
    """
    entering = config.network.input
    if (entering.channels, entering.height, entering.width) != (3, SIDE, SIDE):
        raise InvalidSpec("input", "A network that is trained here takes pictures of 3 × 32 × 32.")
    for side in (SIDE, *(side for _until, side in config.smaller_until)):
        smaller = InputShape(channels=3, height=side, width=side)
        traced = list(arithmetic.trace(config.network.model_copy(update={"input": smaller})))
        if traced[-1].leaving != (CLASSES,):
            raise InvalidSpec(
                "out_features",
                "The last layer must give {count} scores, one a class.",
                {"count": CLASSES},
                nearest=CLASSES,
                address=str(len(config.network.layers) - 1),
            )
        parameters = sum(each.cost.parameters for each in traced)
        if not 0 < parameters <= MAX_ALLOCATED_PARAMETERS:
            raise InvalidSpec(
                "layers",
                "A network that is trained has 1 to {most} parameters; this has {count}.",
                {"most": MAX_ALLOCATED_PARAMETERS, "count": parameters},
            )
        most = MAX_ALLOCATED_VALUES // sum(prod(each.leaving) for each in traced)
        if config.batch_size > most:
            raise InvalidSpec(
                "batch_size",
                "With this network at most {most} pictures fit in a batch.",
                {"most": most},
                nearest=most or None,
            )
