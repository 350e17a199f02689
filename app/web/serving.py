"""Run the application under uvicorn, with everything that matters said explicitly."""

from __future__ import annotations

import logging
from typing import Any

import uvicorn
from fastapi import FastAPI

from app.main import create_app
from app.settings import Settings
from app.web.request_log import JsonLines


def serve(**options: Any) -> None:
    """Serve until SIGTERM or SIGINT; `options` that are not None override the environment's settings."""
    settings = Settings(**{name: value for name, value in options.items() if value is not None})
    log_to_stderr(settings)
    uvicorn.Server(uvicorn_config(settings, create_app(settings))).run()


def uvicorn_config(settings: Settings, app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        backlog=settings.backlog,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        h11_max_incomplete_event_size=settings.max_head_bytes,
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


def log_to_stderr(settings: Settings) -> None:
    """One JSON object a line on standard error, ours and uvicorn's."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
