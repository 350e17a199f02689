"""HTTP/1.1 with deadlines, which uvicorn has none of: for the head, for the body, and for reading our answer.

A client that trickles is answered 408 and cut off; one that does not read is cut off; the rest of a body
that was refused is read for a moment, so that the client gets to see the refusal. What uvicorn answers by
itself (400, 503) has the one form of errors and the security headers here too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import sys
from http import HTTPStatus
from typing import Any, Literal, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from app.settings import Settings
from app.web import problem, security

logger = logging.getLogger(__name__)

Phase = Literal["head", "body", "rest"]
"""Awaiting a request's head, its body, or the rest of a body whose answer has been sent."""

TICK_SECONDS = 0.5
"""How often a body that is arriving is looked at."""


class DeadlineProtocol(H11Protocol):
    """One connection. Its settings are those of the application it serves."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.settings: Settings = self.config.loaded_app.state.settings
        self.phase: Phase | None = None
        self.leaving = False  # nothing that arrives is looked at any more
        self.body_bytes = 0
        self.body_seconds = 0.0  # that the client has had, while we were reading
        self.deadline: asyncio.TimerHandle | None = None
        self.stall: asyncio.TimerHandle | None = None

    # Connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.settings.max_connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._enter("head")

    def connection_lost(self, exc: Exception | None) -> None:
        self._enter(None)
        self._cancel_stall()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.phase in ("body", "rest"):
            self.body_bytes += len(data)
        if not self.leaving:
            super().data_received(data)
            self._follow()
        if self.phase == "rest" and self.body_bytes > 2 * self.settings.max_body_bytes:
            self.flow.pause_reading()

    def handle_events(self) -> None:
        super().handle_events()
        cycle: RequestResponseCycle | None = (
            self.cycle
        )  # None before the first request, whatever uvicorn says
        if cycle is not None and cycle.transport is self.transport:
            cycle.transport = cast("asyncio.Transport", _LeavingTransport(self))

    def on_response_complete(self) -> None:
        if not self.leaving:
            super().on_response_complete()
            self._follow()

    def shutdown(self) -> None:
        if not self.leaving:
            super().shutdown()
            self._follow()

    # Deadlines for reading

    def _follow(self) -> None:
        """Enter the phase that the bytes so far have brought the connection to."""
        if self.leaving:
            return
        if self.transport.is_closing():
            self._enter(None)
        elif self.conn.their_state is h11.SEND_BODY:
            self._enter("rest" if self.cycle.response_complete else "body")
        elif self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._unset_keepalive_if_required()
            self._enter("head")
        else:
            self._enter(None)

    def _enter(self, phase: Phase | None) -> None:
        if phase == self.phase:
            return
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None
        self.phase = phase
        if phase == "head":
            self.deadline = self.loop.call_later(self.settings.head_seconds, self._cut)
        elif phase == "body":
            self.body_bytes, self.body_seconds = 0, 0.0
            self.deadline = self.loop.call_later(TICK_SECONDS, self._look_at_body)
        elif phase == "rest":
            self._unset_keepalive_if_required()
            self.deadline = self.loop.call_later(self.settings.linger_seconds, self._close)

    def _look_at_body(self) -> None:
        if not self.flow.read_paused:  # else it is we who are slow
            self.body_seconds += TICK_SECONDS
        settings = self.settings
        rated_seconds = self.body_seconds - settings.body_grace_seconds
        too_slow = self.body_bytes < rated_seconds * settings.body_min_bytes_per_second
        if too_slow or self.body_seconds >= settings.body_seconds:
            self._cut()
        else:
            self.deadline = self.loop.call_later(TICK_SECONDS, self._look_at_body)

    def _cut(self) -> None:
        """The client's time for the head or the body is over."""
        if self.phase == "head" and not self.conn.trailing_data[0]:
            self._close()  # it never began
            return
        if self.phase == "body":
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    # A deadline for writing

    def pause_writing(self) -> None:
        super().pause_writing()
        self.arm_stall()

    def resume_writing(self) -> None:
        self._cancel_stall()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self.arm_stall()

    def arm_stall(self) -> None:
        if self.stall is None:
            self.stall = self.loop.call_later(self.settings.send_stall_seconds, self.transport.abort)

    def _cancel_stall(self) -> None:
        if self.stall is not None:
            self.stall.cancel()
            self.stall = None

    # The server's own answers, and leaving

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Called by uvicorn while it handles h11's error, which knows a better status than 400 for some."""
        hint = getattr(sys.exc_info()[1], "error_status_hint", HTTPStatus.BAD_REQUEST)
        self._refuse(HTTPStatus(hint))

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer with a problem, unless an answer has begun, and leave."""
        request_id = secrets.token_hex(16)
        body = problem.bare_problem(status, request_id)
        headers = {
            **security.HEADERS,
            "Cache-Control": "no-store",
            "Connection": "close",
            "Content-Length": str(len(body)),
            "Content-Type": problem.MEDIA_TYPE,
            "X-Request-ID": request_id,
            **({"Retry-After": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}),
        }
        logger.info("refused", extra={"facts": {"id": request_id, "status": int(status)}})
        response = h11.Response(status_code=status, headers=list(headers.items()), reason=status.phrase)
        with contextlib.suppress(h11.LocalProtocolError):  # an answer has begun: nothing more can be said
            for event in (response, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.leave()

    def leave(self) -> None:
        """Say that nothing more comes, throw away for a moment what the client still sends, then close.

        Closing at once would reset the connection under a client that is still sending, before it has read
        the answer.
        """
        if self.leaving or self.transport.is_closing():
            return
        self.leaving = True
        self.body_bytes = 0
        self._enter("rest")
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _close(self) -> None:
        """Close; a client that does not take the last bytes is cut off."""
        self.leaving = True
        self._enter(None)
        self.transport.close()
        self.arm_stall()


class _LeavingTransport:
    """The transport as one request sees it: closing while its body is still arriving means leaving slowly."""

    def __init__(self, protocol: DeadlineProtocol) -> None:
        self._protocol = protocol
        self.write = protocol.transport.write

    def is_closing(self) -> bool:
        return self._protocol.leaving or self._protocol.transport.is_closing()

    def close(self) -> None:
        if self._protocol.phase == "body":
            self._protocol.leave()
        else:
            self._protocol.transport.close()
            self._protocol.arm_stall()
