"""For whoever runs the server: is it alive, is it ready, how much does it do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from app.locale import mark as _
from app.web.dependencies import SettingsDep
from app.web.feature import Feature
from app.web.metrics import MEDIA_TYPE, Metrics
from app.web.problems import NothingHere, NotReady

logger = logging.getLogger(__name__)

Probe = Callable[[], Awaitable[bool]]


class Probes:
    """What must hold before the server takes work; features add theirs in their lifespan.

    ``app.state.probes.add("networks", probe)``: `probe` is asked at every /readyz, answers quickly, and is
    not ready when it returns False, raises or takes too long.
    """

    def __init__(self) -> None:
        self.stopping = False
        self._probes: dict[str, Probe] = {}

    def add(self, name: str, probe: Probe) -> None:
        self._probes[name] = probe

    async def ask(self, seconds: float) -> dict[str, bool]:
        """Each probe's name and whether it holds; all are asked at once, each for at most `seconds`."""
        names = list(self._probes)
        answers = await asyncio.gather(*(self._ask(name, seconds) for name in names))
        return {"accepting": not self.stopping, **dict(zip(names, answers, strict=True))}

    async def _ask(self, name: str, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._probes[name]()
        except Exception:
            logger.warning("the probe %s failed", name, exc_info=True)
            return False


class Alive(BaseModel):
    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    status: Literal["ready"] = "ready"
    checks: dict[str, bool]


router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz() -> Alive:
    """The event loop turns."""
    return Alive()


@router.get("/readyz")
async def readyz(request: Request, settings: SettingsDep) -> Ready:
    """Networks are loaded and warmed, a decode worker answers, the disk can be written; else 503."""
    probes: Probes = request.app.state.probes
    checks = await probes.ask(settings.probe_seconds)
    failing = sorted(name for name, holds in checks.items() if not holds)
    if failing:
        raise NotReady(_("Not ready yet: {checks}."), {"checks": ", ".join(failing)}, retry_after_seconds=2)
    return Ready(checks=checks)


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request, settings: SettingsDep) -> Response:
    """Counters for Prometheus; to others than loopback only where a setting allows it."""
    if not settings.metrics and not is_from_loopback(request):
        raise NothingHere
    measured: Metrics = request.app.state.metrics
    return Response(measured.text(), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def is_from_loopback(request: Request) -> bool:
    """Whether the request comes from this machine and no proxy says that it brings it for someone else."""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


feature = Feature(routers=(router,))
