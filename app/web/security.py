"""What every answer tells browsers, which host names are ours, and which pages may ask for changes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import Settings
from app.web import errors
from app.web.problems import ForeignOrigin, UnknownHost

logger = logging.getLogger(__name__)

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "font-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with that, browsers send "Origin: null" with our own forms, which the gate must refuse.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class SecurityHeaders:
    """The headers are on every answer, the clean 500 to an unexpected error included."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.plain = _raw({**HEADERS, "Cache-Control": "no-cache"})
        self.encrypted = _raw({"Strict-Transport-Security": f"max-age={settings.hsts_seconds}"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def guarded_send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                wanted = self.plain if scope["scheme"] != "https" else self.plain | self.encrypted
                sent = list(message.get("headers", ()))
                missing = wanted.keys() - {name.lower() for name, _value in sent}
                message["headers"] = sent + [pair for pair in wanted.items() if pair[0] in missing]
            await send(message)

        try:
            await self.app(scope, receive, guarded_send)
        except ClientDisconnect:
            logger.debug("the client has gone")
        except Exception as error:
            if started:
                raise  # the answer is cut short, so that nobody takes it for whole
            response = await errors.answer_or_less(Request(scope, receive), error)
            await response(scope, receive, guarded_send)


class Gate:
    """Refuse foreign host names, and what other sites' pages ask for with a method that is not safe."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.hosts = hosts_of(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if not is_allowed_host(headers.getlist("host"), self.hosts):
                raise UnknownHost
            if scope["method"] not in SAFE_METHODS and not is_our_own_page(headers, self.hosts):
                raise ForeignOrigin
        await self.app(scope, receive, send)


def _raw(headers: Mapping[str, str]) -> dict[bytes, bytes]:
    return {name.lower().encode("ascii"): value.encode("ascii") for name, value in headers.items()}


def hosts_of(settings: Settings) -> tuple[str, ...]:
    """The host names we answer to: this machine's own, the address we listen on, and the settings'."""
    everywhere = settings.host in ("0.0.0.0", "::", "")  # noqa: S104  looked for, not listened on
    listening = () if everywhere else (f"[{settings.host}]" if ":" in settings.host else settings.host,)
    return (*_LOCAL_HOSTS, *listening, *settings.allowed_hosts)


def is_allowed_host(sent: list[str], allowed: Iterable[str]) -> bool:
    """Whether exactly one Host was sent and is one of `allowed`; any port will do where none is named."""
    if len(sent) != 1:
        return False
    name, port = _authority(sent[0])
    return name is not None and any(_matches(name, port, pattern) for pattern in allowed)


def is_our_own_page(headers: Headers, allowed: Iterable[str]) -> bool:
    """Whether a request comes from our own page or from no page at all (curl, scripts).

    A present Origin must be this server under one of its names: an allowed host, and the port that was asked.
    A present Sec-Fetch-Site must be same-origin or none.
    """
    if any(site not in ("same-origin", "none") for site in headers.getlist("sec-fetch-site")):
        return False
    origins = headers.getlist("origin")
    return not origins or (
        len(origins) == 1 and _is_ours(origins[0].lower(), headers["host"].lower(), allowed)
    )


def _is_ours(origin: str, host: str, allowed: Iterable[str]) -> bool:
    scheme, _, authority = origin.partition("://")
    if scheme not in _DEFAULT_PORTS:
        return False
    name, port = _authority(authority)
    if name is None or not any(_matches(name, port, pattern) for pattern in allowed):
        return False
    default = _DEFAULT_PORTS[scheme]
    return authority == host or (port or default) == (_authority(host)[1] or default)


@lru_cache(maxsize=64)
def _authority(text: str) -> tuple[str | None, int | None]:
    """Host name in lower case and port of a Host header; (None, None) when it is not one."""
    if not text or any(character in "/\\@?#,% \t" or not character.isprintable() for character in text):
        return None, None
    try:
        parts = urlsplit(f"//{text}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return None, None
    if not name or text.endswith(":"):
        return None, None
    return (f"[{name}]" if ":" in name else name), port


def _matches(name: str, port: int | None, pattern: str) -> bool:
    allowed_name, allowed_port = _authority(pattern.removeprefix("*."))
    if allowed_name is None or (allowed_port is not None and allowed_port != port):
        return False
    if pattern.startswith("*."):
        return name.endswith(f".{allowed_name}")
    return name == allowed_name
