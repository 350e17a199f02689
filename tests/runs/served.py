"""Runs, served for the tests that kill: ``python -m tests.runs.served``, settings from the environment."""

from __future__ import annotations

import sys
from functools import partial

from fastapi import FastAPI

from app.main import create_app
from app.settings import Settings
from app.web import networks, operations, runs, serving
from app.web.feature import Feature
from app.web.runs_supervision import looked_after
from tests.runs.trainer import COMMAND

feature = Feature(
    routers=runs.feature.routers,
    errors=runs.feature.errors,
    lifespan=partial(looked_after, command=COMMAND),
)
FEATURES = (operations.feature, networks.feature, feature)


def application() -> FastAPI:
    serving.follow_parent()
    app = create_app(Settings().of_one_worker(), FEATURES)
    serving.hear_signals(app)
    return app


if __name__ == "__main__":
    settings = Settings()
    if settings.workers == 1:
        sys.exit(serving.serve(settings, create_app(settings, FEATURES)))
    sys.exit(serving.serve_in_processes(settings, "tests.runs.served:application", {}))
