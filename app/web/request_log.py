"""A number for every request, and one line of JSON about it when it has been answered.

The line has the route's pattern, never the address or a file name that a client chose. A feature adds facts
of its own with :func:`note`; control characters are escaped by JSON, so that nobody can forge a line.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger("convscope.requests")

_ID, _FACTS = "convscope.request_id", "convscope.facts"
_QUIET = ("/healthz", "/readyz")


def request_id_of(scope: Scope) -> str:
    """The request's number: 32 hexadecimal digits, made by us, also in the answer's X-Request-ID."""
    return str(scope.setdefault(_ID, secrets.token_hex(16)))


def note(scope: Scope, **facts: str | float | bool) -> None:
    """Add facts to the request's log line (format, dimensions, a hash); never what a client named."""
    scope.setdefault(_FACTS, {}).update(facts)


def route_of(scope: Scope) -> str:
    """The pattern of the route that answered, such as ``/api/v1/images/{image_id}``; ``-`` when none did."""
    return str(getattr(scope.get("route"), "path", "-"))


class RequestLog:
    """Number each request and log it: id, method, route, status, milliseconds, bytes in and out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = request_id_of(scope)
        facts: dict[str, object] = scope.setdefault(_FACTS, {})  # made here: routes see a copy of the scope
        status, bytes_in, bytes_out = 0, 0, 0

        async def counted_receive() -> Message:
            nonlocal bytes_in
            message = await receive()
            bytes_in += len(message.get("body", b""))
            return message

        async def numbered_send(message: Message) -> None:
            nonlocal status, bytes_out
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            bytes_out += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, counted_receive, numbered_send)
        finally:
            seconds = time.perf_counter() - started
            route = route_of(scope)
            level = logging.DEBUG if route in _QUIET and status < 400 else logging.INFO
            logger.log(
                level,
                "request",
                extra={
                    "facts": {
                        "id": request_id,
                        "method": scope["method"] if scope["method"].isalpha() else "?",
                        "route": route,
                        "status": status,
                        "ms": round(seconds * 1000, 2),
                        "bytes_in": bytes_in,
                        "bytes_out": bytes_out,
                        **facts,
                    }
                },
            )


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the record's `facts`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if hasattr(record, "request_id"):
            line["id"] = record.request_id
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
