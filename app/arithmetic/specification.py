"""The specification of a network: its input, and its layers in their places.

A layer's place has an address, its index from 0 and inside a residual ``3.layers.1``, and a name, by default
its type and a running number. Order is that of execution.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.fields import Channels, Size, Spec
from app.arithmetic.layers import AnyLayer, Residual

MAX_LAYERS = 64
"""Most layers of a network, those inside residuals counted."""


class InputShape(Spec):
    """What enters a network: one picture of channels × height × width."""

    channels: Channels
    height: Size
    width: Size


class NetworkSpec(Spec):
    """A network: its input and its layers in order; built into an ``nn.Sequential``."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")] = "network"
    input: InputShape
    layers: Annotated[
        tuple[AnyLayer, ...],
        BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v),
        Field(min_length=1, max_length=MAX_LAYERS),
    ]

    @model_validator(mode="after")
    def _names_are_one_layers(self) -> NetworkSpec:
        placed = list(walk(self.layers))
        if len(placed) > MAX_LAYERS:
            raise InvalidSpec(
                "layers", "A network has at most {most} layers, inner ones counted.", {"most": MAX_LAYERS}
            )
        seen: set[str] = set()
        for place in placed:
            if place.name in seen:
                raise InvalidSpec(
                    "name",
                    "Two layers are called {name}; a name is for one layer.",
                    {"name": place.name},
                    None,
                    place.address,
                )
            seen.add(place.name)
        return self

    def dump(self) -> dict[str, Any]:
        """As plain JSON data in its shortest form: defaults left out, equal pairs as one number."""
        return {
            "name": self.name,
            "input": self.input.model_dump(),
            "layers": [dump_layer(layer) for layer in self.layers],
        }


class Place(Spec):
    """A layer where it stands in a network: its address (``3.layers.1``) and its name (``conv2d_1``)."""

    address: str
    name: str
    layer: AnyLayer


def walk(layers: Sequence[AnyLayer]) -> Iterator[Place]:
    """Every layer in order of execution; a residual comes after the layers and the shortcut inside it."""
    counts: dict[str, int] = {}

    def visit(inner: Sequence[AnyLayer], prefix: str) -> Iterator[Place]:
        for index, layer in enumerate(inner):
            address = f"{prefix}{index}"
            if isinstance(layer, Residual):
                yield from visit(layer.layers, f"{address}.layers.")
                yield from visit(layer.shortcut or (), f"{address}.shortcut.")
            counts[layer.type] = counts.get(layer.type, 0) + 1
            name = layer.name or f"{layer.type}_{counts[layer.type]}"
            yield Place.model_construct(address=address, name=name, layer=layer)

    return visit(layers, "")


def dump_layer(layer: AnyLayer) -> dict[str, Any]:
    """One layer as plain JSON data in its shortest form; ``NetworkSpec`` reads it back unchanged."""
    data: dict[str, Any] = {"type": layer.type}
    for key, value in layer:
        if key == "type" or value == type(layer).model_fields[key].default:
            continue
        if key in {"layers", "shortcut"}:
            data[key] = [dump_layer(inner) for inner in value]
        elif isinstance(value, tuple):
            data[key] = value[0] if len(set(value)) == 1 else list(value)
        else:
            data[key] = value
    return data
