"""What a network makes of a picture: every layer's maps, every number, and the arithmetic of each."""

from __future__ import annotations

import asyncio
import hashlib
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version as version_of_package
from typing import Annotated, Any

import numpy as np
from fastapi import Depends, FastAPI, Query, Request
from pydantic_core import to_json
from starlette.responses import Response

from app.engine import units
from app.engine.activations import INPUT, Activation, LoadedNetwork, UnknownLayer
from app.engine.inference import Inference, InferenceBusy, use_threads
from app.engine.library import Library, NetworkLoading
from app.locale import mark as _
from app.pictures import samples
from app.pictures.store import PictureStore
from app.runs.folder import networks_folder
from app.settings import Settings
from app.web import collector
from app.web.activations_answers import ActivationsAnswer, Links, UnitAnswer, activations_answer, unit_answer
from app.web.disconnects import unless_gone
from app.web.errors import Rule
from app.web.feature import Feature
from app.web.looks import Look, Looks
from app.web.strict import api_router

PNG, NPY, JSON = "image/png", "application/octet-stream", "application/json"
_SUFFIX = {PNG: "png", NPY: "npy"}

api = api_router("/networks/{name}", tags=["activations"])


class NetworkChanged(LookupError):
    """An address is of a network that is not here any more, or of another release.

    Attributes:
        nearest: the version that is here.
    """

    message = _("The network has changed since that address was given out.")
    field = "version"

    def __init__(self, nearest: str) -> None:
        self.nearest = nearest
        super().__init__(self.message)


@dataclass(frozen=True)
class Asked:
    """The look that a request is about, and whether its address is of one version of the network only."""

    network: LoadedNetwork
    links: Links
    is_pinned: bool


def version_of(network: LoadedNetwork) -> str:
    """Changes with anything that changes a number or a pixel about a look: the network, and the release."""
    return _version(network.checkpoint.digest)


@cache
def _version(digest: str) -> str:
    return hashlib.sha256(f"{version_of_package('convscope')} {digest}".encode()).hexdigest()[:16]


async def after_loading(request: Request, *names: str) -> None:
    """Lets who asks for networks wait until they are loaded, at the server's start or because of this.

    Raises:
        BrokenNetwork, InferenceBusy
    """
    settings: Settings = request.app.state.settings
    loading: asyncio.Task[None] = request.app.state.loading
    if not loading.done():
        await asyncio.wait({loading}, timeout=settings.loading_wait_seconds)
    library: Library = request.app.state.library
    inference: Inference = request.app.state.inference
    for name in names:
        if library.needs_loading(name):
            await inference.run(partial(library.load_later, name))


async def _asked(
    request: Request,
    name: str,
    image: Annotated[
        str,
        Query(max_length=64, description="A picture's id, or a sample's.", examples=["sample-ship"]),
    ],
    crop: Annotated[
        str | None,
        Query(
            max_length=24,
            description="top,left,side in pixels of the normalised picture; else its centred largest square.",
            examples=["0,40,200"],
        ),
    ] = None,
    version: Annotated[
        str | None,
        Query(max_length=64, description="As in the addresses of an answer, which may then be kept longer."),
    ] = None,
) -> Asked:
    await after_loading(request, name)
    library: Library = request.app.state.library
    network = library.network(name)
    here = version_of(network)
    if version not in (None, here):
        raise NetworkChanged(here)
    return Asked(network, Links(name, image, crop, here), version is not None)


AskedDep = Annotated[Asked, Depends(_asked)]


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


async def answer_about(
    request: Request,
    asked: Asked,
    part: str,
    media_type: str,
    make: Callable[[Look], Awaitable[bytes]],
) -> Response:
    """What `make` makes of the look; 304 where the client has it already and the picture is still kept."""
    looks: Looks = request.app.state.looks
    links = asked.links
    named = f"{links.network} {links.query} {part}".encode()
    etag = f'W/"{hashlib.sha256(named).hexdigest()[:32]}"'
    if etag in request.headers.get("if-none-match", ""):
        await looks.check_picture(links.image)
        response = Response(status_code=304)
    else:
        response = Response(await unless_gone(request, _make(looks, asked, make)), media_type=media_type)
        if media_type in _SUFFIX:
            name = f"activation.{_SUFFIX[media_type]}"
            response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Cache-Control"] = _cache_control(request.app.state, asked)
    response.headers["ETag"] = etag
    return response


async def _make(looks: Looks, asked: Asked, make: Callable[[Look], Awaitable[bytes]]) -> bytes:
    return await make(await looks.get(asked.network, asked.links.image, asked.links.crop))


def _cache_control(state: Any, asked: Asked) -> str:
    """Samples are everyone's and stay; what comes from a picture that was sent goes with it."""
    settings: Settings = state.settings
    store: PictureStore = state.pictures
    is_sample = asked.links.image in samples.SAMPLES
    if not asked.is_pinned:
        return "public, no-cache" if is_sample else "private, no-cache"
    if is_sample:
        return f"public, max-age={settings.asset_seconds}, immutable"
    seconds = store.expires_at(asked.links.image).timestamp() - time.time()
    return f"private, max-age={max(0, int(seconds))}"


def json_of(document: Any) -> bytes:
    """JSON without NaN and Infinity, which become null."""
    return to_json(document, inf_nan_mode="null")


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
