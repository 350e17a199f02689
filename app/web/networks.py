"""Networks: the shape of one that is asked about, and the trained ones that are here."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Any

from fastapi import Body
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from app.arithmetic.network import Row, Table, Total, tabulate
from app.arithmetic.specification import NetworkSpec
from app.engine import checkpoints
from app.engine.checkpoints import BrokenNetwork, Card, Checkpoint, UnknownNetwork
from app.engine.sources import SourceName
from app.runs.folder import networks_folder
from app.settings import Settings
from app.web.dependencies import SettingsDep
from app.web.errors import Rule
from app.web.feature import Feature
from app.web.strict import api_router

logger = logging.getLogger(__name__)
api = api_router("/networks", tags=["networks"])

EXAMPLE = {
    "name": "lenet",
    "input": {"channels": 3, "height": 32, "width": 32},
    "layers": [
        {"type": "conv2d", "out_channels": 6, "kernel_size": 5},
        {"type": "relu"},
        {"type": "max_pool2d", "kernel_size": 2},
        {"type": "flatten"},
        {"type": "linear", "out_features": 10},
    ],
}


class NetworkBody(NetworkSpec):
    """A network: its input, one picture, and its layers in order."""

    # FastAPI builds what it reads bodies with at import, and warns of itself where that is put off.
    model_config = ConfigDict(title="NetworkSpec", defer_build=False)


class Summary(BaseModel):
    """A trained network in one row; its card tells the rest."""

    name: str
    title: dict[str, str] = Field(description="In each language.")
    dataset: SourceName = Field(description="What it was trained on.")
    test_accuracy: float = Field(
        description="A fraction of the test pictures: 10,000 of CIFAR-10, 360 of the digits."
    )
    parameters: int
    digest: str = Field(description="Changes with anything that changes an activation.")
    classes: list[str]


SUMMARIES = TypeAdapter(list[Summary])


class NetworkAnswer(BaseModel):
    """A trained network: its card, its specification, and its layers as `shape` gives them."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    name: str
    digest: str
    card: Card
    specification: dict[str, Any] = Field(description="A NetworkSpec, defaults left out.")
    layers: list[Row]
    total: Total
    pytorch: str


@api.post("/shape", summary="A network layer by layer", operation_id="network_shape")
def shape(network: Annotated[NetworkBody, Body(examples=[EXAMPLE])]) -> Table:
    """Shapes, parameters, multiply-accumulates, bytes and receptive fields, and the module in PyTorch.

    Where the network breaks, the problem has the `address` of the layer and in `layers` the rows before it.
    """
    return tabulate(network)


@api.get("", summary="The trained networks", operation_id="networks")
def networks(settings: SettingsDep) -> list[Summary]:
    """Those that are shipped, then the finished runs."""
    return [each for folder in _folders(settings) for each in summaries(folder)]


def summaries(folder: Path) -> list[Summary]:
    """The trained networks of a folder; what is broken is left out."""
    found = []
    for name in checkpoints.names(folder):
        try:
            found.append(_summary(checkpoints.read(folder, name)))
        except UnknownNetwork:  # a run that was deleted meanwhile
            continue
        except BrokenNetwork:
            logger.exception("left out of the list of networks")
    return found


@api.get("/{name}", summary="One trained network", operation_id="network")
def network(name: str, settings: SettingsDep) -> NetworkAnswer:
    checkpoint = checkpoints.find(_folders(settings), name)
    table = tabulate(checkpoint.network)
    return NetworkAnswer(
        name=name,
        digest=checkpoint.digest,
        card=checkpoint.card,
        specification=checkpoint.network.dump(),
        layers=table.layers,
        total=table.total,
        pytorch=table.pytorch,
    )


def _folders(settings: Settings) -> tuple[Path, ...]:
    return settings.models_dir, networks_folder(settings.runs_dir)


def _summary(checkpoint: Checkpoint) -> Summary:
    card = checkpoint.card
    return Summary(
        name=checkpoint.name,
        title=card.title.model_dump(),
        dataset=card.dataset,
        test_accuracy=card.test_accuracy,
        parameters=card.parameters,
        digest=checkpoint.digest,
        classes=card.classes,
    )


feature = Feature(
    routers=(api,),
    errors={UnknownNetwork: Rule(404, "unknown-network"), BrokenNetwork: Rule(500, "broken-network")},
)
