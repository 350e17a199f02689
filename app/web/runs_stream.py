"""The answer that is a run's event stream."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.runs.feed import Feed
from app.runs.run import Run
from app.web import methods


class EventStream(StreamingResponse):
    """An event stream, which gives its place back however it ends."""

    def __init__(self, feed: Feed, run: Run, after: int) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(feed.stream(run, after), media_type="text/event-stream", headers=headers)
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if methods.wants_head(scope):
                self.body_iterator = _nothing()
            await super().__call__(scope, receive, send)
        finally:
            self._feed.leave()


async def _nothing() -> AsyncIterator[bytes]:
    empty: tuple[bytes, ...] = ()
    for nothing in empty:
        yield nothing
