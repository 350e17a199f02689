"""What a run is asked to do, checked arithmetically before anything is allocated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import copy
from math import prod
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Tag, ValidationError, create_model

from app.arithmetic import network as arithmetic
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.fields import Spec
from app.arithmetic.specification import NetworkSpec
from app.engine import recipes
from app.engine.configuration import TrainingConfig

MAX_ALLOCATED_PARAMETERS = 10**8
MAX_ALLOCATED_VALUES = 10**9
"""Most values that the activations of all pictures that go through the network at once may have."""

Device = Literal["auto", "cpu", "cuda", "mps"]
NetworkChoice = Annotated[
    # With a bracket in them, so that the name of a field at fault leaves them out, as it does pydantic's own.
    Annotated[str, Tag("[name]")] | Annotated[NetworkSpec, Tag("[specification]")],
    Discriminator(lambda value: "[name]" if isinstance(value, str) else "[specification]"),
]
"""A shipped network by its name, or any network."""


class RunConfig(TrainingConfig):
    """A run: what decides its weights, and where it trains."""

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
        """The same run with other values, and usual ones where they are None.

        Another schedule comes with its usual warm-up.

        Raises:
            InvalidSpec: they do not go together.
        """
        left_out = {*changes} | ({"warmup"} if "schedule" in changes else set())
        kept = {name: value for name, value in self.dump().items() if name not in left_out}
        return checked({**kept, **{name: value for name, value in changes.items() if value is not None}})


def requested(asked: BaseModel, models: Path) -> RunConfig:
    """The run that a request (:func:`request_model`) means.

    Of a shipped network it trains what its recipe trains, in the recipe's way where nothing else is asked; of
    a recipe of several trainings that is the first.

    Raises:
        UnknownNetwork, BrokenRecipe
        InvalidSpec: the values do not go together, or the network cannot be trained on the pictures.
    """
    values: dict[str, Any] = json.loads(asked.model_dump_json(exclude_unset=True, exclude={"network"}))
    network: str | NetworkSpec = getattr(asked, "network")  # noqa: B009  the model is made, not written
    if isinstance(network, str):
        recipe = recipes.read(models, network).training
        values, network = {**_way_of(recipe, values), **values}, recipe.network
    return checked({**values, "network": network.dump()})


def _way_of(recipe: TrainingConfig, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a recipe says of how a network is trained; not what is the machine's affair or the shipping's."""
    said = recipe.model_fields_set - {"network", "dataset", "seed", "precision", "fold_batch_norm"}
    way: dict[str, Any] = json.loads(recipe.model_dump_json(include=said))
    if asked.get("dataset", "cifar10") != recipe.dataset:
        way.pop("held_out", None)
    if "schedule" in asked:
        way.pop("warmup", None)
    return way


def checked(data: dict[str, Any]) -> RunConfig:
    """The run that plain JSON data tells of, if it can be trained here. Raises InvalidSpec."""
    try:
        config = RunConfig.model_validate_json(json.dumps(data))
    except ValidationError as error:
        # A usual value that was not made for want of another field, which is itself at fault, is no fault.
        own = (each for each in error.errors() if each["type"] != "default_factory_not_called")
        first, *others = map(_as_invalid, own)
        first.also = tuple(others)
        raise first from error
    _check_size(config)
    if config.augmentation.flip and not config.mirrors:
        # What is written down is what is done: there are pictures whose mirror image is none.
        unflipped = config.augmentation.model_copy(update={"flip": False})
        config = config.model_copy(update={"augmentation": unflipped})
    return config


def request_model(name: str, base: type[Spec]) -> type[BaseModel]:
    """A model of what may be asked for: the fields of a run, its network by name or specification."""
    fields: dict[str, Any] = {"network": (NetworkChoice, ...), **_fields(left_out=("network",))}
    return create_model(name, __base__=base, **fields)


def changes_model(name: str, base: type[Spec], **further: Any) -> type[BaseModel]:
    """A model of what a fork may change: every field of a run but its network and its data, none needed.

    None means the usual value: that of a run where nothing is said.
    """
    fields = _fields(left_out=("network", "dataset"))
    for field_name, (annotation, field) in fields.items():
        # A bound is one of the value: left to the whole, it would be put to None as well.
        for bound in field.metadata:
            annotation = Annotated[annotation, bound]  # noqa: PLW2901
        field.default, field.default_factory, field.metadata = None, None, []
        fields[field_name] = (annotation | None, field)
    return create_model(name, __base__=base, **fields, **further)


def _fields(left_out: Iterable[str]) -> dict[str, Any]:
    declared = RunConfig.model_fields.items()
    return {name: (field.annotation, copy(field)) for name, field in declared if name not in left_out}


def _as_invalid(error: Any) -> InvalidSpec:
    """One of pydantic's errors, with the place of the field in the configuration."""
    place = [str(part) for part in error["loc"]]
    cause = error.get("ctx", {}).get("error")
    if not isinstance(cause, InvalidSpec):
        return InvalidSpec(".".join(place), "This value cannot be used.")
    address = [f"layers.{cause.address}"] if cause.address else []
    field = ".".join([*place, *address, *([cause.field] if cause.field else [])])
    invalid = InvalidSpec(field, cause.message, cause.values, cause.nearest)
    invalid.extra = cause.extra
    return invalid


def _check_size(config: RunConfig) -> None:
    """Refuses more than anyone is given the memory for. Raises InvalidSpec."""
    traced = list(arithmetic.trace(config.network))
    parameters = sum(each.cost.parameters for each in traced)
    if parameters > MAX_ALLOCATED_PARAMETERS:
        raise InvalidSpec(
            "network",
            "A network that is trained has at most {most} parameters; this has {count}.",
            {"most": MAX_ALLOCATED_PARAMETERS, "count": parameters},
        )
    most = MAX_ALLOCATED_VALUES // sum(prod(each.leaving) for each in traced)
    if min(config.at_once, config.batch_of(config.examples)) > most:
        raise InvalidSpec(
            "batch_size",
            "With this network at most {most} pictures fit in a batch.",
            {"most": most},
            nearest=most or None,
        )
