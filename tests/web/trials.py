"""A feature with a route for each thing that a route can do: the web layer is tested without the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from app.arithmetic.errors import InvalidSpec
from app.web.errors import Rule, shows_problems
from app.web.feature import Feature, Room
from app.web.problem import Problem
from app.web.request_log import note
from app.web.strict import api_router, body_limit, page_router

HUGE = b"x" * (6 * 2**20)
SECRET = "/home/someone/secret.py line 42"


class Broken(Exception):
    """What no table knows."""


class Gone(Exception):
    message = "There is nothing left of {thing}."

    def __init__(self) -> None:
        self.values = {"thing": "it"}
        super().__init__()


class Spec(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    side: Annotated[int, Field(ge=1, le=32)]
    rate: float = 1.0
    values: Annotated[list[float], Field(max_length=4)] = []


class Numbers(BaseModel):
    model_config = ConfigDict(extra="forbid")

    height: Annotated[int, Field(ge=1, le=99)]
    width: int | None = None


api: APIRouter = api_router("/trials")
pages: APIRouter = page_router()


@api.get("/echo")
async def echo(
    side: Annotated[int, Query(ge=1, le=9)] = 3, tag: Annotated[list[str] | None, Query()] = None
) -> Any:
    return {"side": side, "tags": tag or []}


@api.get("/numbers")
async def numbers(query: Annotated[Numbers, Query()]) -> Numbers:
    return query


@api.post("/specs")
async def specs(spec: Spec, scale: int = 1) -> Spec:
    return spec.model_copy(update={"side": spec.side * scale})


@api.post("/large")
@body_limit(lambda settings: settings.max_unit_json_bytes)
async def large(spec: Spec) -> dict[str, int]:
    return {"side": spec.side}


@api.post("/bytes")
async def count_bytes(request: Request) -> dict[str, int]:
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
    return {"received": received}


@api.get("/invalid")
async def invalid() -> None:
    raise InvalidSpec("kernel_size", "This must be at most {le}.", {"le": 7}, nearest=7)


@api.get("/invalid-layer")
async def invalid_layer() -> None:
    error = InvalidSpec("stride", "This must be at least {ge}.", {"ge": 1}, nearest=1, address="3.layers.1")
    error.extra = {"layers": [{"address": "0"}]}
    raise error


@api.get("/gone")
async def gone() -> None:
    raise Gone


@api.get("/crash")
async def crash() -> None:
    raise Broken(SECRET)


@api.get("/crash-late")
async def crash_late() -> StreamingResponse:
    async def body() -> AsyncIterator[bytes]:
        yield b"half"
        raise Broken(SECRET)

    return StreamingResponse(body())


@api.get("/nan")
async def nan() -> JSONResponse:
    return JSONResponse({"value": float("nan")})


@api.get("/nan-model")
async def nan_model() -> Spec:
    return Spec.model_construct(side=1, rate=float("inf"))


@api.get("/huge")
async def huge() -> Response:
    return Response(HUGE)


@api.get("/wide")
async def wide(size_bytes: int = 4000) -> dict[str, str]:
    return {"text": "a" * size_bytes}


@api.get("/noted")
async def noted(request: Request) -> dict[str, str]:
    note(request.scope, detected_format="png", width=3)
    return {}


@api.get("/slow")
async def slow(seconds: float = 0.5) -> dict[str, float]:
    await asyncio.sleep(seconds)
    return {"seconds": seconds}


@api.get("/until-stopping")
async def until_stopping(request: Request) -> dict[str, str]:
    """As event streams do: goes on until the server is told to stop."""
    while not request.app.state.probes.stopping:  # noqa: ASYNC110  it is a flag, not an event
        await asyncio.sleep(0.05)
    return {}


@api.get("/client")
async def client(request: Request) -> dict[str, Any]:
    return {"host": request.client.host if request.client else None, "scheme": request.url.scheme}


@api.post("/things/first")
async def first_thing() -> dict[str, int]:
    return {"id": 1}


@api.delete("/things/{thing_id}")
async def delete_thing(thing_id: int) -> Response:
    return Response(status_code=204)


@api.get("/things/{thing_id}")
async def get_thing(thing_id: int) -> dict[str, int]:
    return {"id": thing_id}


def form_with_problem(_request: Request, problem: Problem) -> Response:
    error = problem.error_of("side")
    return HTMLResponse(f"<form><p>{error.reason if error else problem.title}</p></form>")


@pages.get("/trial-form")
@shows_problems(form_with_problem)
async def form(
    side: Annotated[int, Query(ge=1, le=9)] = 3, tag: Annotated[list[str] | None, Query()] = None
) -> HTMLResponse:
    if side == 5:
        raise InvalidSpec("side", "This must be at most {le}.", {"le": 4}, nearest=4)
    return HTMLResponse(f"<form>{side}{tag or ''}</form>")


@dataclass
class Lifespan:
    """Says in which order lifespans are entered and left."""

    events: ClassVar[list[str]] = []


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    Lifespan.events.append("opened")
    app.state.probes.add("trial", app.state.trial_probe if hasattr(app.state, "trial_probe") else _holds)
    yield
    Lifespan.events.append("closed")


async def _holds() -> bool:
    return True


feature = Feature(
    routers=(api, pages),
    room=Room("/trial-form", "Rooms"),
    errors={Gone: Rule(404, "gone")},
    lifespan=lifespan,
)
