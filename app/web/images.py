"""Pictures: send one, get it back normalised, delete it; and the bundled ones."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Request
from starlette.responses import RedirectResponse, Response

from app.locale import Language
from app.pictures import errors, png, samples
from app.pictures.decode import DecodePool, PoolSettings
from app.pictures.normalise import Limits
from app.pictures.picture import Picture
from app.pictures.store import Kept, PictureStore
from app.settings import Settings
from app.web import activations_page
from app.web.dependencies import SettingsDep
from app.web.disconnects import unless_gone
from app.web.errors import Rule, shows_problems
from app.web.feature import Feature
from app.web.images_answers import UPLOAD_FORM, BundledPicture, KeptPicture, SampleTitle
from app.web.language import asked_for, with_language
from app.web.metrics import Metrics
from app.web.request_log import note
from app.web.strict import api_router, page_router
from app.web.upload import UploadMemory, read_upload

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 60.0
"""How often expired pictures are removed."""

_HASHED_BYTES = 64 * 1024
"""Beside its length, so much of a file's head tells it from others in the log; to hash 3 MB takes 1.5 ms."""

_FILE_NAME = {"Content-Disposition": 'inline; filename="picture.png"'}
_PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}}}
_WEBP: dict[int | str, dict[str, Any]] = {200: {"content": {"image/webp": {}}}}

api = api_router("/images", tags=["pictures"])
pages = page_router()


async def _store(request: Request) -> PictureStore:
    store: PictureStore = request.app.state.pictures
    return store


PicturesDep = Annotated[PictureStore, Depends(_store)]


@api.get("")
async def bundled(request: Request) -> list[BundledPicture]:
    """The bundled samples, drawn by us."""
    languages: dict[str, Language] = request.app.state.languages
    return [
        BundledPicture(
            id=sample.id,
            title=SampleTitle(**{code: language.say(sample.name) for code, language in languages.items()}),
            width=sample.width,
            height=sample.height,
            picture=f"{api.prefix}/{sample.id}",
            thumbnail=f"{api.prefix}/{sample.id}/thumbnail.webp",
        )
        for sample in samples.SAMPLES.values()
    ]


@api.post("", status_code=201, openapi_extra=UPLOAD_FORM)
async def send(request: Request, response: Response, settings: SettingsDep) -> KeptPicture:
    """Send a picture: a form with one file in the field `file`.

    It is turned upright, laid over white, made RGB and at most 1,024 pixels a side, and that is kept for a
    while under an address that cannot be guessed. Nothing else is kept.
    """
    _fields, picture, kept = await _receive(request, settings)
    response.headers["Location"] = f"{api.prefix}/{kept.id}"
    response.headers["Cache-Control"] = "no-store"
    return KeptPicture(id=kept.id, width=picture.width, height=picture.height, expires_at=kept.expires_at)


@pages.post("/images")
@shows_problems(activations_page.with_refusal)
async def send_and_look(request: Request, settings: SettingsDep) -> RedirectResponse:
    """What a form without scripts does: the answer leads to what networks make of the picture."""
    fields, _picture, kept = await _receive(request, settings)
    query = {name: fields[name] for name in ("network", "compare") if _is_plain(fields.get(name))}
    address = with_language(
        f"{activations_page.PATH}?{urlencode({**query, 'image': kept.id})}", asked_for(request.scope)
    )
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})


@pages.get("/images")
async def look_again(request: Request) -> RedirectResponse:
    """The address of a form that was refused, opened again: in another language, or from a copied link."""
    return RedirectResponse(with_language(activations_page.PATH, asked_for(request.scope)), 303)


@api.get("/{image_id}", response_class=Response, responses=_PNG)
def show(image_id: str, store: PicturesDep, settings: SettingsDep) -> Response:
    """The normalised picture as PNG."""
    if image_id in samples.SAMPLES:
        return _immutable(samples.file(image_id), "image/png", settings)
    picture = store.get(image_id)
    seconds = max(0, int(store.expires_at(image_id).timestamp() - time.time()))
    headers = {**_FILE_NAME, "Cache-Control": f"private, max-age={seconds}"}
    return Response(png.encode(picture.pixels), media_type="image/png", headers=headers)


@api.get("/{image_id}/thumbnail.webp", response_class=Response, responses=_WEBP)
def thumbnail(image_id: str, settings: SettingsDep) -> Response:
    """A sample, small, to be chosen by."""
    return _immutable(samples.thumbnail(image_id), "image/webp", settings)


@api.delete("/{image_id}", status_code=204)
def delete(image_id: str, store: PicturesDep) -> None:
    """Forget a picture before its time."""
    store.delete(image_id)


async def _receive(request: Request, settings: Settings) -> tuple[Mapping[str, str], Picture, Kept]:
    """Reads, decodes and keeps the picture of a form, whose other fields come first in what is returned."""
    state = request.app.state
    store: PictureStore = state.pictures
    fields, picture = await _decode(request, settings, state.uploads, state.decode_pool)
    note(request.scope, format=picture.format, width=picture.width, height=picture.height)
    return fields, picture, await asyncio.to_thread(store.put, picture)


async def _decode(
    request: Request, settings: Settings, uploads: UploadMemory, pool: DecodePool
) -> tuple[Mapping[str, str], Picture]:
    """Fields and picture of a form. The bytes that were sent are gone when this returns."""
    with uploads.lease() as lease:
        upload = await read_upload(request, settings, lease)
        digest = hashlib.sha256(upload.file[:_HASHED_BYTES]).hexdigest()[:16]
        note(request.scope, file_bytes=len(upload.file), file_head_sha256=digest)
        try:
            return upload.fields, await unless_gone(request, pool.decode(upload.file))
        except errors.PictureError as error:
            reason = type(error).__name__
            note(request.scope, refused=reason)
            metrics: Metrics = request.app.state.metrics
            metrics.pictures_refused.labels(reason).inc()
            raise


def _is_plain(text: str | None) -> bool:
    """Whether a form's field may go into an address: names of networks, and nothing else."""
    return text is not None and re.fullmatch(r"[A-Za-z0-9_.,-]{1,200}", text) is not None


def _immutable(body: bytes, media_type: str, settings: Settings) -> Response:
    headers = {**_FILE_NAME, "Cache-Control": f"public, max-age={settings.asset_seconds}, immutable"}
    return Response(body, media_type=media_type, headers=headers)


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    """The store, the decoders and the sweeping, while the application runs."""
    settings: Settings = app.state.settings
    store = PictureStore(
        settings.pictures_url, settings.picture_lifetime_seconds, settings.picture_store_bytes
    )
    limits = Limits(settings.max_picture_px, settings.max_picture_side_px, settings.work_picture_side_px)
    pool = DecodePool(
        PoolSettings(
            decoders=settings.decode_workers,
            waiting=settings.decode_queue,
            wait_seconds=settings.decode_wait_seconds,
            decode_seconds=settings.decode_seconds,
            pictures_a_decoder=settings.decode_tasks_per_worker,
            memory_bytes=settings.decode_memory_bytes,
            file_bytes=settings.max_picture_bytes,
            limits=limits,
        )
    )

    async def decoders_ready() -> bool:
        return pool.ready

    async def store_writable() -> bool:
        await asyncio.to_thread(store.check)
        return True

    app.state.pictures, app.state.decode_pool = store, pool
    app.state.uploads = UploadMemory(settings.max_uploads_bytes)
    app.state.probes.add("decoders", decoders_ready)
    app.state.probes.add("pictures", store_writable)
    async with pool:
        sweeping = asyncio.create_task(_sweep_now_and_then(store))
        try:
            yield
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)


async def _sweep_now_and_then(store: PictureStore) -> None:
    while True:
        try:
            await asyncio.to_thread(store.sweep)
        except OSError:
            logger.exception("the picture store cannot be swept")
        await asyncio.sleep(SWEEP_SECONDS)


feature = Feature(
    routers=(api, pages),
    errors={
        errors.PictureUnsupported: Rule(415, "not-a-picture"),
        errors.PictureTooLarge: Rule(413, "picture-too-large"),
        errors.PictureBroken: Rule(422, "broken-picture"),
        errors.PictureTooSlow: Rule(422, "picture-too-slow"),
        errors.PictureUnknown: Rule(404, "unknown-picture"),
        errors.PictureBundled: Rule(403, "bundled-picture"),
        errors.PicturesBusy: Rule(503, "pictures-busy"),
    },
    lifespan=_open,
)
