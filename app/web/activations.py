"""What a network makes of a picture: every layer's maps, every number, and the arithmetic of each."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import numpy as np
from fastapi import FastAPI, Request
from starlette.responses import Response

from app.engine import units
from app.engine.activations import INPUT, Activation, LoadedNetwork, UnknownLayer
from app.engine.inference import Inference, InferenceBusy, use_threads
from app.engine.library import Library, NetworkLoading
from app.runs.folder import networks_folder
from app.settings import Settings
from app.web import collector
from app.web.activations_answers import ActivationsAnswer, UnitAnswer, activations_answer, unit_answer
from app.web.activations_asked import JSON, NPY, PNG, AskedDep, NetworkChanged, answer_about, json_of
from app.web.errors import Rule
from app.web.feature import Feature
from app.web.looks import Look, Looks
from app.web.strict import api_router

api = api_router("/networks/{name}", tags=["activations"])


def _content(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "content": {media_type: {}}}}


@api.get("/activations", responses={200: {"model": ActivationsAnswer}})
async def activations(request: Request, asked: AskedDep) -> Response:
    """Every layer of a network at a picture: shapes, ranges, silent channels, and where its maps are."""

    async def answer(look: Look) -> bytes:
        return json_of(activations_answer(look, asked.links))

    return await answer_about(request, asked, "activations", JSON, answer)


@api.get("/activations.png", response_class=Response, responses=_content(PNG, "All atlases."))
async def sheet(request: Request, asked: AskedDep) -> Response:
    """The atlases of the input and of all layers on one sheet; `activations` says where each lies."""
    inference: Inference = request.app.state.inference

    async def answer(look: Look) -> bytes:
        return await inference.run(look.sheet)

    return await answer_about(request, asked, "sheet.png", PNG, answer)


@api.get("/activations/{layer}.png", response_class=Response, responses=_content(PNG, "An atlas."))
async def layer_atlas(request: Request, asked: AskedDep, layer: str) -> Response:
    """A layer's maps as tiles, each quantised over its own range. `input` is what entered the network."""
    inference: Inference = request.app.state.inference
    address = _address(asked.network, layer)

    async def answer(look: Look) -> bytes:
        return await inference.run(partial(look.atlas, address))

    return await answer_about(request, asked, f"{address}.png", PNG, answer)


@api.get(
    "/activations/{layer}.npy",
    response_class=Response,
    responses=_content(NPY, "A NumPy file: float32 (C, H, W) or (F,)."),
)
async def layer_values(request: Request, asked: AskedDep, layer: str) -> Response:
    """A layer's values, as the forward pass gave them. `input` is the tensor that entered the network."""
    address = _address(asked.network, layer)

    async def answer(look: Look) -> bytes:
        return _npy(look.trace.activation(address))

    return await answer_about(request, asked, f"{address}.npy", NPY, answer)


@api.get("/activations/{layer}/unit", responses={200: {"model": UnitAnswer}})
async def unit(
    request: Request,
    asked: AskedDep,
    layer: str,
    channel: int,
    row: int | None = None,
    column: int | None = None,
) -> Response:
    """One value, and the arithmetic that made it; of flat layers `channel` says which, alone."""
    inference: Inference = request.app.state.inference
    address = _address(asked.network, layer)
    index = (channel, row, column)

    def explain(look: Look) -> bytes:
        explanation = units.explain(look.network, look.trace, address, *index)
        return json_of(unit_answer(look, address, index, explanation))

    async def answer(look: Look) -> bytes:
        return await inference.run(partial(explain, look))

    return await answer_about(request, asked, f"{address}/{index}", JSON, answer)


def _address(network: LoadedNetwork, layer: str) -> str:
    return INPUT if layer == INPUT else network.step(layer).place.address


def _npy(values: Activation) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, values, version=(1, 0))
    return buffer.getvalue()


def _load(library: Library, torch_threads: int) -> None:
    use_threads(torch_threads)
    library.load()
    collector.spare_loaded()


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    """The networks, the threads that run them, and the looks, while the application runs."""
    settings: Settings = app.state.settings
    library = Library(settings.models_dir, networks_folder(settings.runs_dir))
    inference = Inference(
        threads=settings.inference_workers,
        waiting=settings.inference_queue,
        wait_seconds=settings.inference_wait_seconds,
        run_seconds=settings.inference_seconds,
        torch_threads=settings.torch_threads,
    )

    async def networks_loaded() -> bool:
        return library.is_complete

    app.state.library, app.state.inference = library, inference
    app.state.looks = Looks(app.state.pictures, inference, settings.looks_bytes)
    app.state.probes.add("networks", networks_loaded)
    app.state.loading = loading = asyncio.create_task(
        asyncio.to_thread(_load, library, settings.torch_threads)
    )
    with collector.sparing():
        try:
            yield
        finally:
            await asyncio.gather(loading, return_exceptions=True)
            inference.close()


feature = Feature(
    routers=(api,),
    errors={
        UnknownLayer: Rule(404, "unknown-layer"),
        NetworkChanged: Rule(404, "network-changed"),
        NetworkLoading: Rule(503, "network-loading"),
        InferenceBusy: Rule(503, "networks-busy"),
    },
    lifespan=_open,
)
