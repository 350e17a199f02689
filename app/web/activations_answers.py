"""The activations API's answers: how they are made of what the engine found, and their schemas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from app.engine.activations import INPUT
from app.engine.units import Explanation
from app.pictures.atlas import Ranges
from app.web.looks import Look

Nested = list[float | None] | list[list[float | None]] | list[list[list[float | None]]]


@dataclass(frozen=True)
class Links:
    """The addresses of everything about one look."""

    network: str
    image: str
    crop: str | None
    version: str

    @cached_property
    def base(self) -> str:
        """The path that the others begin with."""
        return f"/api/v1/networks/{self.network}/activations"

    @cached_property
    def query(self) -> str:
        """Picture, crop and version; what has a version in its address may be kept."""
        pairs = {"image": self.image, "crop": self.crop, "version": self.version}
        return urlencode({name: value for name, value in pairs.items() if value is not None}, safe=",")

    @property
    def sheet(self) -> str:
        """All atlases as one picture."""
        return f"{self.base}.png?{self.query}"

    def atlas(self, address: str) -> str:
        """A layer's atlas."""
        return f"{self.base}/{address}.png?{self.query}"


class Answer(BaseModel):
    """Closed: what is in an answer is in its description."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Probability(Answer):
    """What the network gives a class."""

    class_: str = Field(alias="class", examples=["ship"])
    index: int = Field(description="Of the class among the network's classes and logits.", examples=[8])
    probability: float | None = Field(examples=[0.83])


class Range(Answer):
    """The smallest and the largest finite value of a channel; null where it has none."""

    minimum: float | None = Field(examples=[0.0])
    maximum: float | None = Field(examples=[2.75])


class PlaceAnswer(Answer):
    """Where an atlas lies on the sheet, in pixels; tile c is in row c // columns, column c % columns."""

    top: int
    left: int
    height: int
    width: int
    columns: int


class Maps(Answer):
    """A picture of feature maps, and what its levels mean: minimum + level / 255 · (maximum − minimum)."""

    shape: list[int] = Field(
        description="(C, H, W), or (F,) of a flat layer.",
        examples=[[16, 32, 32]],
    )
    channels: list[Range] = Field(description="Of a flat layer, its values.")
    atlas: str = Field(
        description="8-bit PNG, a tile a channel, ⌈√C⌉ columns. A tile is quantised over its own range, the "
        "values of a flat layer over the range of all.",
        examples=["/api/v1/networks/tinyvgg/activations/0.png?image=sample-ship&version=6f1c…"],
    )
    sheet: PlaceAnswer


class LayerAnswer(Maps):
    """One layer's activation."""

    address: str = Field(examples=["3.layers.1"])
    name: str = Field(examples=["conv2d_2"])
    type: str = Field(examples=["conv2d"])
    silent_channels: list[int] = Field(
        description="Channels, of a layer of any type, that are 0 everywhere on this picture."
    )


class CropAnswer(Answer):
    """The square that the network was shown, in pixels of the normalised picture."""

    top: int
    left: int
    side: int


class SheetAnswer(Answer):
    """All atlases, the input's too, as one picture."""

    url: str
    height: int
    width: int


class ActivationsAnswer(Answer):
    """What a network makes of a picture. A value that is not finite is null."""

    network: str
    digest: str = Field(description="Changes with anything that changes an activation.")
    image: str
    height: int = Field(description="Of the normalised picture, in pixels.")
    width: int
    crop: CropAnswer
    input: Maps = Field(description="What entered: the square at 32 × 32, normalised.")
    logits: list[float | None]
    probabilities: list[Probability] = Field(description="The largest first.")
    layers: list[LayerAnswer] = Field(description="In order of execution; a residual after what is in it.")
    sheet: SheetAnswer


def activations_answer(look: Look, links: Links) -> dict[str, Any]:
    """The answer to "what does the network make of this picture", ready for JSON but for infinities."""
    network, layout = look.network, look.layout
    classes = network.checkpoint.card.classes
    probabilities = look.trace.probabilities.tolist()
    order = sorted(range(len(classes)), key=lambda index: -probabilities[index])
    return {
        "network": network.checkpoint.name,
        "digest": network.checkpoint.digest,
        "image": links.image,
        "height": look.height,
        "width": look.width,
        "crop": asdict(look.crop),
        "input": _maps(look, links, INPUT),
        "logits": look.trace.logits.tolist(),
        "probabilities": [
            {"class": classes[index], "index": index, "probability": probabilities[index]} for index in order
        ],
        "layers": [
            {
                "address": address,
                "name": step.place.name,
                "type": step.place.layer.type,
                **_maps(look, links, address),
                "silent_channels": look.silent_channels(address),
            }
            for address, step in network.steps.items()
        ],
        "sheet": {"url": links.sheet, "height": layout.height, "width": layout.width},
    }


def _maps(look: Look, links: Links, address: str) -> dict[str, Any]:
    return {
        "shape": look.network.shapes[address],
        "channels": channels_of(look.ranges[address]),
        "atlas": links.atlas(address),
        "sheet": vars(look.layout.places[address]),
    }


def channels_of(ranges: Ranges) -> list[dict[str, float]]:
    """The smallest and the largest value of each channel."""
    pairs = zip(ranges.minimum.tolist(), ranges.maximum.tolist(), strict=True)
    return [{"minimum": minimum, "maximum": maximum} for minimum, maximum in pairs]


class BoxAnswer(Answer):
    """Cells of the input; bottom and right are not included."""

    top: int
    left: int
    bottom: int
    right: int


class Winner(Answer):
    """Where in the map the largest operand lies."""

    row: int
    column: int


class Source(Answer):
    """Where a flattened value was before."""

    channel: int
    row: int | None = None
    column: int | None = None


class UnitAnswer(Answer):
    """One value and the arithmetic that made it; what its kind of layer does not have is absent or null."""

    address: str
    name: str
    kind: str = Field(description="The layer's type, or input.", examples=["conv2d"])
    channel: int
    row: int | None
    column: int | None
    value: float | None = Field(description="As the forward pass gave it, the entry of the .npy file.")
    receptive_field: BoxAnswer
    sources: list[str] = Field(description="Addresses of the activations that the value is made of.")
    operands: Nested | None = Field(
        description="What is read: by channel, row and column of the window; by row and column in pooling; a "
        "list in dense layers, softmax (all channels) and residuals (the two addends). null is what takes no "
        "part."
    )
    weights: Nested | None
    products: Nested | None = Field(description="operands × weights; with the bias they add up to the value.")
    channel_sums: list[float | None] | None = Field(
        description="The products of each channel that is read, added up; of a dense layer behind maps, "
        "those of each map."
    )
    bias: float | None = Field(description="0 where the layer has none.")
    channels: list[int] | None = Field(None, description="The channels that are read.")
    rows: list[int] | None = Field(None, description="The rows that are read; outside the map is padding.")
    columns: list[int] | None = Field(None, description="The columns that are read.")
    divisor: int | None = Field(None, description="What average pooling divides by.")
    winner: Winner | None = Field(None, description="Of max pooling, the first of equal operands.")
    argument: float | None = Field(None, description="The one value that is read.")
    mean: float | None = Field(
        None, description="Of batch norm in training, or of the input's normalisation."
    )
    variance: float | None = None
    weight: float | None = Field(None, description="Of batch norm.")
    eps: float | None = None
    standard_deviation: float | None = Field(None, description="Of the input's normalisation.")
    byte: int | None = Field(None, description="The picture's own value, 0…255.")
    largest: float | None = Field(None, description="Of softmax's operands; it is subtracted from each.")
    exponentials: list[float | None] | None = None
    sum: float | None = Field(None, description="Of the exponentials.")
    source: Source | None = None


_ALWAYS: Mapping[str, None] = dict.fromkeys(("operands", "weights", "products", "channel_sums", "bias"))


def unit_answer(
    look: Look, address: str, index: Iterable[int | None], explanation: Explanation
) -> dict[str, Any]:
    """The answer to "where does this value come from", ready for JSON but for infinities."""
    step = look.network.steps.get(address)
    return {
        "address": address,
        "name": step.place.name if step else INPUT,
        "kind": explanation.kind,
        **dict(zip(("channel", "row", "column"), index, strict=True)),
        "value": explanation.value,
        "receptive_field": dict(
            zip(("top", "left", "bottom", "right"), explanation.receptive_field, strict=True)
        ),
        "sources": explanation.sources,
        **_ALWAYS,
        **explanation.facts,
    }
