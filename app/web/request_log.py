"""A number for every request, and one line of JSON about it when it has been answered.

The line has the route's pattern, never the address or a file name that a client chose. A feature adds facts
of its own with :func:`note`; control characters are escaped by JSON, so that nobody can forge a line.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.metrics import Metrics

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
    """Number each request, log it (id, method, route, status, milliseconds, bytes both ways) and count it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        metrics: Metrics = scope["app"].state.metrics
        answer = _Answer()
        request_id = request_id_of(scope).encode()
        # Made here, because routes see a copy of the scope.
        facts: dict[str, object] = scope.setdefault(_FACTS, {})

        async def counted_receive() -> Message:
            message = await receive()
            answer.bytes_in += len(message.get("body", b""))
            return message

        async def numbered_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id)]
            answer.add(message)
            await send(message)

        started = time.perf_counter()
        metrics.in_flight.inc()
        try:
            await self.app(scope, counted_receive, numbered_send)
        finally:
            seconds = time.perf_counter() - started
            route = route_of(scope)
            quiet = route in _QUIET and answer.status < HTTPStatus.BAD_REQUEST
            metrics.in_flight.dec()
            timed = None if quiet or answer.streams else seconds
            metrics.count(scope["method"], route, answer.status, timed)
            logged = {
                "id": request_id.decode(),
                "method": scope["method"],
                "route": route,
                "status": answer.status,
                "ms": round(seconds * 1000, 2),
                "bytes_in": answer.bytes_in,
                "bytes_out": answer.bytes_out,
                **facts,
            }
            logger.log(logging.DEBUG if quiet else logging.INFO, "request", extra={"facts": logged})


@dataclass
class _Answer:
    """What is known of an answer: status 0 until it begins, or when the client has gone."""

    status: int = 0
    streams: bool = False
    bytes_in: int = 0
    bytes_out: int = 0

    def add(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.streams = any(value.startswith(b"text/event-stream") for _name, value in message["headers"])
        self.bytes_out += len(message.get("body", b""))


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


class PlainLines(logging.Formatter):
    """For a person at a terminal: the time, the message and its facts; control characters are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        facts = "".join(f" {name}={value}" for name, value in getattr(record, "facts", {}).items())
        line = (
            f"{self.formatTime(record, '%H:%M:%S')} {record.levelname.lower()}: {record.getMessage()}{facts}"
        )
        line = "".join(character if character.isprintable() else repr(character)[1:-1] for character in line)
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
