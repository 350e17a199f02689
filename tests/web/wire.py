"""Bytes that the tests of the protocol send, and what they read from an answer."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable

from tests.web.conftest import Server, get, read_all

Serve = Callable[..., Server]
GET = get(b"/healthz")
LAST_GET = get(b"/healthz", b"Connection: close\r\n")
POST = b"POST /api/v1/trials/bytes HTTP/1.1\r\nHost: localhost\r\n"
REFUSED_TYPE = b"content-type: application/problem+json"


def status(answer: bytes) -> int:
    """Of an answer; 0 where there is none."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


def check_refusal(answer: bytes, expected: int) -> None:
    """A problem in the one form that refusals have, after which the connection closes."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert status(answer) == expected
    lower = head.lower()
    assert REFUSED_TYPE in lower
    assert b"content-security-policy: default-src 'none'" in lower
    assert b"connection: close" in lower
    problem = json.loads(body)
    assert problem["status"] == expected
    assert problem["title"]
    assert b"x-request-id: " + problem["request_id"].encode() in lower


def seconds_until_closed(connection: socket.socket) -> float:
    """How long the connection stays open from now on."""
    started = time.monotonic()
    read_all(connection)
    return time.monotonic() - started
