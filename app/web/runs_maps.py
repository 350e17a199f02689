"""What the network of a run made of a picture after an epoch: its feature maps as they evolve."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from app.engine.inference import Inference
from app.web.activations_answers import Links, Range, channels_of
from app.web.activations_asked import (
    JSON,
    PNG,
    Asked,
    Crop,
    ImageId,
    NetworkChanged,
    Version,
    answer_about,
    json_of,
    version_of,
)
from app.web.activations_strips import code_of
from app.web.looks import Look
from app.web.runs_answers import EXAMPLE_ID
from app.web.runs_dependencies import KeptDep
from app.web.runs_networks import Networks
from app.web.strict import api_router

api = api_router("/runs/{run_id}", tags=["runs"])


@dataclass(frozen=True)
class EpochLinks(Links):
    """The addresses of a picture's maps after an epoch."""

    epoch: int

    @cached_property
    def base(self) -> str:
        """The path that the others begin with."""
        return f"/api/v1/runs/{self.network}/maps"

    @cached_property
    def query(self) -> str:
        """Epoch, picture, crop and version."""
        return f"epoch={self.epoch}&{super().query}"


class MapsAnswer(BaseModel):
    """What one layer made of a picture after an epoch."""

    epoch: int = Field(examples=[2])
    layers: list[str] = Field(
        description="Addresses that can be asked for, in order of execution.", examples=[["0", "1"]]
    )
    pytorch: list[str] = Field(
        description="Each of them as PyTorch writes it.",
        examples=[["nn.Conv2d(3, 16, kernel_size=3)", "nn.ReLU()"]],
    )
    layer: str = Field(examples=["0"])
    shape: list[int] = Field(description="(C, H, W), or (F,) of a flat layer.", examples=[[16, 32, 32]])
    channels: list[Range] = Field(description="Of a flat layer, its values.")
    atlas: str = Field(
        description="8-bit PNG, a tile a channel, ⌈√C⌉ columns, each tile quantised over its own range.",
        examples=[f"/api/v1/runs/{EXAMPLE_ID}/maps/0.png?epoch=2&image=sample-ship&version=6f1c…"],
    )


async def _asked(
    request: Request,
    kept: KeptDep,
    image: ImageId,
    crop: Crop = None,
    version: Version = None,
) -> Asked:
    networks: Networks = request.app.state.run_networks
    network = await networks.after(kept, request.app.state.inference)
    here = version_of(network)
    if version not in (None, here):
        raise NetworkChanged(here)
    return Asked(network, EpochLinks(kept.run.id, image, crop, here, kept.epoch), version is not None)


AskedDep = Annotated[Asked, Depends(_asked)]


@api.get(
    "/maps",
    summary="A layer's maps after an epoch",
    operation_id="run_maps",
    responses={200: {"model": MapsAnswer}},
)
async def maps(
    request: Request,
    asked: AskedDep,
    kept: KeptDep,
    layer: Annotated[
        str | None, Query(max_length=64, description="Its address or name; else the first.")
    ] = None,
) -> Response:
    """What a layer makes of a picture with the weights after an epoch: shape, ranges, where its maps are."""
    network = asked.network
    code = code_of(network.checkpoint.network)
    address = next(iter(network.steps)) if layer is None else network.step(layer).place.address

    async def answer(look: Look) -> bytes:
        told = {
            "epoch": kept.epoch,
            "layers": list(network.steps),
            "pytorch": [code[each] for each in network.steps],
            "layer": address,
            "shape": network.shapes[address],
            "channels": channels_of(look.ranges[address]),
            "atlas": asked.links.atlas(address),
        }
        return json_of(told)

    return await answer_about(request, asked, address, JSON, answer)


@api.get(
    "/maps/{layer}.png",
    response_class=Response,
    responses={200: {"description": "An atlas.", "content": {PNG: {}}}},
    summary="A layer's atlas after an epoch",
    operation_id="run_atlas",
)
async def atlas(request: Request, asked: AskedDep, layer: str) -> Response:
    """A layer's maps as tiles, each quantised over its own range."""
    inference: Inference = request.app.state.inference
    address = asked.network.step(layer).place.address

    async def answer(look: Look) -> bytes:
        return await inference.run(partial(look.atlas, address))

    return await answer_about(request, asked, f"{address}.png", PNG, answer)
