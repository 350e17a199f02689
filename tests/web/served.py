"""The trials, served for the tests of starting and stopping: ``python -m tests.web.served``."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.main import create_app
from app.settings import Settings
from app.web import operations, serving
from app.web.feature import Feature
from tests.web import trials


@asynccontextmanager
async def with_child(_app: FastAPI) -> AsyncIterator[None]:
    """A child process that ends when its standard input does, as the decode workers do."""
    child = await asyncio.create_subprocess_exec("cat", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    yield
    child.terminate()
    await child.wait()


FEATURES = (operations.feature, trials.feature, Feature(routers=(), lifespan=with_child))


def application() -> FastAPI:
    serving.follow_parent()
    app = create_app(Settings().of_one_worker(), FEATURES)
    serving.hear_signals(app)
    return app


if __name__ == "__main__":
    settings = Settings()
    if settings.workers == 1:
        sys.exit(serving.serve(settings, create_app(settings, FEATURES)))
    sys.exit(serving.serve_in_processes(settings, "tests.web.served:application", {}))
