"""Which look a request is about, and how long an answer about it may be kept."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version as version_of_package
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic_core import to_json
from starlette.responses import Response

from app.engine.activations import LoadedNetwork
from app.engine.inference import Inference
from app.engine.library import Library
from app.locale import mark as _
from app.pictures import samples
from app.pictures.store import PictureStore
from app.settings import Settings
from app.web.activations_answers import Links
from app.web.disconnects import unless_gone
from app.web.looks import Look, Looks

PNG, NPY, JSON = "image/png", "application/octet-stream", "application/json"
_SUFFIX = {PNG: "png", NPY: "npy"}

ImageId = Annotated[
    str, Query(max_length=64, description="A picture's id, or a sample's.", examples=["sample-ship"])
]
Crop = Annotated[
    str | None,
    Query(
        max_length=24,
        description="top,left,side in pixels of the normalised picture; else its centred largest square.",
        examples=["0,40,200"],
    ),
]
Version = Annotated[
    str | None,
    Query(max_length=64, description="As in the addresses of an answer, which may then be kept longer."),
]


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
    image: ImageId,
    crop: Crop = None,
    version: Version = None,
) -> Asked:
    await after_loading(request, name)
    library: Library = request.app.state.library
    network = library.network(name)
    here = version_of(network)
    if version not in (None, here):
        raise NetworkChanged(here)
    return Asked(network, Links(name, image, crop, here), version is not None)


AskedDep = Annotated[Asked, Depends(_asked)]


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
