"""Work is taken back when its client leaves, and finished, whatever comes of it, while the client stays."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import Request
from starlette.requests import ClientDisconnect

from app.web.disconnects import unless_gone


def run_with(messages: list[dict[str, Any]], seconds: float) -> str:
    """Waits for work of so many seconds while the client sends these messages."""
    cancelled = asyncio.Event()

    async def work() -> str:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return "done"

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop(0)
        return await asyncio.Event().wait()  # type: ignore[return-value]

    async def run() -> str:
        try:
            return await unless_gone(Request({"type": "http", "headers": []}, receive), work())
        except ClientDisconnect:
            assert cancelled.is_set()
            return "gone"

    return asyncio.run(run())


def test_work_is_cancelled_when_the_client_leaves() -> None:
    assert run_with([{"type": "http.disconnect"}], seconds=5) == "gone"


def test_work_is_finished_while_the_client_stays() -> None:
    assert run_with([{"type": "http.request", "body": b""}], seconds=0.01) == "done"


def test_what_the_work_raises_comes_through() -> None:
    async def work() -> None:
        raise KeyError("mine")

    async def receive() -> dict[str, Any]:
        return await asyncio.Event().wait()  # type: ignore[return-value]

    async def run() -> None:
        await unless_gone(Request({"type": "http", "headers": []}, receive), work())

    with pytest.raises(KeyError, match="mine"):
        asyncio.run(run())
