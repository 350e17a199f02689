"""HEAD and OPTIONS on every address, and a 405 that names every method the address takes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_HEAD = "convscope.head"


class Methods:
    """Answer HEAD as GET without the body, OPTIONS with Allow, and refuse other methods with Allow."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "GET":
            await self.app(scope, receive, send)
            return
        allowed = allowed_methods(scope["app"], scope["path"])
        if not allowed:
            await self.app(scope, receive, send)  # which says 404
        elif scope["method"] == "OPTIONS":
            await Response(status_code=204, headers={"Allow": ", ".join(allowed)})(scope, receive, send)
        elif scope["method"] not in allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
        elif scope["method"] == "HEAD":
            # The scope itself keeps saying HEAD, so that the server sends no body either.
            inner = dict(scope, method="GET", **{_HEAD: True})
            await self.app(inner, receive, _without_body(send))
            scope.update({name: inner[name] for name in ("route", "endpoint") if name in inner})
        else:
            await self.app(scope, receive, send)


def wants_head(scope: Scope) -> bool:
    """Whether a request that looks like a GET is a HEAD: what has no end need not begin."""
    return bool(scope.get(_HEAD, False))


def allowed_methods(app: FastAPI, path: str) -> tuple[str, ...]:
    """The methods an address takes, OPTIONS and HEAD among them; none where there is nothing.

    An address that is a route by itself (``/networks/shape``) is no case of another (``/networks/{name}``).
    """
    matching = [route for route in _table(app) if route.pattern.match(path)]
    itself = [route for route in matching if route.path == path]
    found = {method for route in itself or matching for method in route.methods}
    if not found:
        return ()
    if "GET" in found:
        found.add("HEAD")
    return tuple(_sorted({*found, "OPTIONS"}))


@dataclass(frozen=True)
class _Route:
    path: str
    pattern: re.Pattern[str]
    methods: frozenset[str]


def _table(app: FastAPI) -> tuple[_Route, ...]:
    """Every route's path, pattern and methods; made at the first question, when all routes are there."""
    if not hasattr(app.state, "route_methods"):
        app.state.route_methods = tuple(
            _Route(context.path, context.path_regex, frozenset(context.methods))
            for context in iter_route_contexts(app.routes)
            if context.path and context.methods
        )
    table: tuple[_Route, ...] = app.state.route_methods
    return table


def _sorted(methods: Iterable[str]) -> list[str]:
    return sorted(
        methods, key=lambda method: (_ORDER.index(method) if method in _ORDER else len(_ORDER), method)
    )


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head
