"""The composition root: everything the application is made of is put together here, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app import locale
from app.settings import Settings
from app.web import (
    activations,
    activations_page,
    arithmetic,
    arithmetic_page,
    assets,
    documentation,
    duels_page,
    errors,
    home,
    images,
    networks,
    operations,
    optimizers_page,
    runs,
    serving,
    training_page,
    views,
)
from app.web.compression import Compression
from app.web.feature import Feature
from app.web.limits import Limits
from app.web.methods import Methods
from app.web.metrics import Metrics
from app.web.request_log import RequestLog
from app.web.security import Gate, SecurityHeaders

FEATURES: tuple[Feature, ...] = (
    operations.feature,
    # Routes are tried in this order: what a page asks for most comes early.
    images.feature,
    activations.feature,
    documentation.feature,
    home.feature,
    arithmetic.feature,
    arithmetic_page.feature,
    networks.feature,
    runs.feature,
    activations_page.feature,
    optimizers_page.feature,
    training_page.feature,
    duels_page.feature,
)


def create_app(settings: Settings, features: Sequence[Feature] = FEATURES) -> FastAPI:
    """The application; nothing is loaded and nothing runs until it is started."""
    app = documentation.Documented(
        title="ConvScope",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.languages = locale.load()
    app.state.templates = views.environment(settings.templates_dir)
    app.state.assets = assets.Assets(settings.static_dir)
    app.state.probes = operations.Probes()
    app.state.metrics = Metrics()
    app.state.features = tuple(features)
    app.state.rooms = tuple(feature.room for feature in features if feature.room is not None)
    errors.install(app)
    for feature in features:
        errors.answer_with(app, feature.errors)
        for router in feature.routers:
            app.include_router(router)
    app.include_router(assets.router)
    # The last one added is the outermost.
    app.add_middleware(Compression)
    app.add_middleware(Methods)
    app.add_middleware(Limits, settings=settings)
    app.add_middleware(Gate, settings=settings)
    app.add_middleware(SecurityHeaders, settings=settings)
    app.add_middleware(RequestLog)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    return app


def application() -> FastAPI:
    """The application as one of several worker processes makes it, with its settings from the environment."""
    serving.follow_parent()
    serving.take_long_turns()
    app = create_app(Settings().of_one_worker())
    serving.hear_signals(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for feature in app.state.features:
            if feature.lifespan is not None:
                await stack.enter_async_context(feature.lifespan(app))
        app.state.probes.stopping = False
        try:
            yield
        finally:
            app.state.probes.stopping = True
