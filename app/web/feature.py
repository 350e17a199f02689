"""What a feature gives to the application: one object that `main` wires in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from fastapi import APIRouter, FastAPI

from app.web.errors import Rule


@dataclass(frozen=True)
class Room:
    """A place in the navigation: its address and its name, a message."""

    path: str
    name: str


@dataclass(frozen=True)
class Feature:
    """Routers, the room in the navigation, error types with their statuses, and what runs while the app runs.

    `lifespan` is entered with the application at start and left at shutdown, in the order of `main.FEATURES`
    and back; it puts what its routes need on ``app.state`` and returns quickly (slow loading goes to a
    thread, and a probe in ``app.state.probes`` says when it is done).
    """

    routers: tuple[APIRouter, ...]
    room: Room | None = None
    errors: Mapping[type[Exception], Rule] = field(default_factory=dict)
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None
