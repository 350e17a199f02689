"""How much one client may send, and how often.

`limits` (the package) has windows but no token bucket, and its memory storage grows with the number of
clients; the bucket here is twenty lines and forgets the client unseen for longest.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import Settings
from app.web.problems import BodyTooLarge, TooManyRequests, UnreadableBody
from app.web.security import SAFE_METHODS


class TokenBuckets:
    """A bucket of `burst` requests a client, refilled at `per_second`; at most `clients` buckets are kept."""

    def __init__(
        self, burst: int, per_second: float, clients: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.burst = burst
        self.per_second = per_second
        self.clients = clients
        self.clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, client: str) -> float:
        """Take one token; 0 when there was one, else the seconds until there will be."""
        now = self.clock()
        tokens, seen = self._buckets.pop(client, (float(self.burst), now))
        tokens = min(float(self.burst), tokens + (now - seen) * self.per_second)
        wait_seconds = 0.0 if tokens >= 1 else (1 - tokens) / self.per_second
        self._buckets[client] = (tokens if wait_seconds else tokens - 1, now)
        if len(self._buckets) > self.clients:
            self._buckets.popitem(last=False)
        return wait_seconds


def client_key(scope: Scope) -> str:
    """Whose bucket a request draws from: the socket's address; of IPv6 its /64, which is one person's."""
    client = scope.get("client")
    if not client:
        return "-"
    try:
        address = ip_address(str(client[0]).partition("%")[0])
    except ValueError:
        return str(client[0])
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else f"{int(address) >> 64:x}::/64"
    return str(address)


class Limits:
    """Refuse too many changes from one client, and any body over the cap before or while it arrives."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.max_body_bytes = settings.max_body_bytes
        self.buckets = TokenBuckets(settings.rate_burst, settings.rate_per_second, settings.rate_clients)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] not in SAFE_METHODS:
            wait_seconds = self.buckets.take(client_key(scope))
            if wait_seconds:
                raise TooManyRequests(retry_after_seconds=math.ceil(wait_seconds))
        check_content_length(scope, self.max_body_bytes)
        await self.app(scope, counted(receive, self.max_body_bytes), send)


def check_content_length(scope: Scope, limit_bytes: int) -> None:
    """Refuse a declared body length over the limit, before anything is read.

    Raises:
        BodyTooLarge, UnreadableBody
    """
    headers = Headers(scope=scope)
    declared = headers.get("content-length")
    if declared is None:
        return
    # With both, a proxy and we could disagree on where the body ends.
    if "transfer-encoding" in headers or not (declared.isascii() and declared.isdigit()):
        raise UnreadableBody
    if len(declared) > 18 or int(declared) > limit_bytes:
        raise BodyTooLarge(limit_bytes)


def counted(receive: Receive, limit_bytes: int) -> Receive:
    """`receive` that raises BodyTooLarge as soon as more than the limit has arrived."""
    received_bytes = 0

    async def receive_counted() -> Message:
        nonlocal received_bytes
        message = await receive()
        received_bytes += len(message.get("body", b""))
        if received_bytes > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        return message

    return receive_counted
