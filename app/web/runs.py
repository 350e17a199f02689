"""Training runs: start one, watch it, pause, resume, stop, fork and delete it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Body, Header, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from app.arithmetic.fields import Spec
from app.engine.recipes import BrokenRecipe
from app.runs import errors
from app.runs.config import changes_model, request_model
from app.runs.estimator import Estimator
from app.runs.feed import Feed
from app.runs.folder import RunFolder
from app.runs.starting import Starting
from app.web import runs_answers, runs_downloads, runs_learned, runs_maps
from app.web.dependencies import LanguageDep, SettingsDep
from app.web.disconnects import unless_gone
from app.web.errors import Rule
from app.web.feature import Feature
from app.web.limits import client_key
from app.web.runs_answers import EXAMPLE_FORK, EXAMPLE_RUN, Estimate, Queued, RunAnswer, RunNow, RunSummary
from app.web.runs_dependencies import StoreDep
from app.web.runs_stream import EventStream
from app.web.runs_supervision import looked_after
from app.web.strict import api_router

api = api_router("/runs", tags=["runs"])

_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "No such thing"}}
_WRONG_STATE: dict[int | str, dict[str, Any]] = {
    **_UNKNOWN,
    409: {"description": "Not possible in this state"},
}


# FastAPI builds what it reads bodies with at import, and warns of itself where that is put off.
class _BuiltNow(Spec):
    model_config = ConfigDict(defer_build=False)


RunBody: Any = request_model("RunRequest", _BuiltNow)
_Epoch = Annotated[int | None, Field(ge=0, le=1000, description="By default the last that is kept.")]
ForkBody: Any = changes_model("ForkRequest", _BuiltNow, epoch=(_Epoch, None))


@api.post("", status_code=202, summary="Start a run", operation_id="start_run", responses=_UNKNOWN)
def start(request: Request, body: Annotated[RunBody, Body(examples=[EXAMPLE_RUN])]) -> Queued:
    """Queues a run; it is trained in a process of its own as soon as there is room.

    What is left out has a default. With a shipped network's name, the specification of its recipe is trained,
    and what is left out is as in its recipe; of a recipe of several trainings, as in the first.
    """
    starting: Starting = request.app.state.starting
    run = starting.start(body, client_key(request.scope))
    request.app.state.supervisor.wake()
    return Queued(id=run.id)


@api.post(
    "/estimate",
    summary="What a run would cost",
    operation_id="estimate_run",
    responses={**_UNKNOWN, 503: {"description": "As many are estimated as can be; see Retry-After"}},
)
async def estimate(request: Request, body: Annotated[RunBody, Body(examples=[EXAMPLE_RUN])]) -> Estimate:
    """Tries a few steps of the run that this body would start, in a process of their own; none is started."""
    estimator: Estimator = request.app.state.estimator
    starting: Starting = request.app.state.starting
    config = await asyncio.to_thread(starting.requested, body)
    return Estimate(**asdict(await unless_gone(request, estimator.expected(config))))


@api.get("", summary="The latest runs", operation_id="runs")
def runs(store: StoreDep, language: LanguageDep) -> list[RunSummary]:
    """At most 200, the newest first."""
    return [RunSummary(**runs_answers.summary(run, language)) for run in store.newest()]


@api.get("/{run_id}", summary="One run", operation_id="run")
def run(run_id: str, store: StoreDep, settings: SettingsDep, language: LanguageDep) -> RunAnswer:
    """Its state, its configuration and its history."""
    found = store.get(run_id)
    kept = RunFolder(settings.runs_dir, found.id).epochs()
    links = runs_downloads.links(found, kept)
    return runs_answers.answer(found, store.measured(found.id), kept, links, language)


@api.get(
    "/{run_id}/events",
    response_class=Response,
    responses={
        200: {
            "description": "Server-sent events `state`, `start`, `step` and `epoch`, numbered from 1.",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'id: 5\nevent: step\ndata: {"step": 1, "loss": 2.31, "lr": 0.001}\n\n',
                }
            },
        },
        204: {"description": "The run has ended, and all its events have been seen."},
        503: {"description": "As many watch as can; see Retry-After"},
    },
    operation_id="run_events",
)
async def events(
    request: Request,
    run_id: str,
    store: StoreDep,
    last_event_id: Annotated[int | None, Header(ge=0, le=2**53)] = None,
) -> Response:
    """What happens to a run, as it happens, from the beginning or after `Last-Event-ID`, until it has ended.

    `start` says where the training goes on from; points after that step are measured again.
    """
    feed: Feed = request.app.state.run_feed
    found = await asyncio.to_thread(store.get, run_id)
    after = last_event_id or 0
    if found.is_ended and after >= found.last_event:
        return Response(status_code=204)
    feed.enter()
    return EventStream(feed, found, after)


@api.post("/{run_id}/pause", summary="Pause a run", operation_id="pause_run", responses=_WRONG_STATE)
def pause(request: Request, run_id: str, store: StoreDep) -> RunNow:
    """It saves what it has learned after its current step, and its trainer ends.

    When the runs take more room than they may and none is left that has ended, paused ones are removed.
    """
    paused = store.pause(run_id)
    request.app.state.supervisor.wake()
    return runs_answers.now(paused)


@api.post("/{run_id}/resume", summary="Resume a run", operation_id="resume_run", responses=_WRONG_STATE)
def resume(request: Request, run_id: str, store: StoreDep) -> RunNow:
    """A run that was paused or has failed goes on from its newest checkpoint."""
    starting: Starting = request.app.state.starting
    resumed = store.resume(run_id, starting.room)
    request.app.state.supervisor.wake()
    return runs_answers.now(resumed)


@api.post("/{run_id}/stop", summary="Stop a run", operation_id="stop_run", responses=_UNKNOWN)
def stop(request: Request, run_id: str, store: StoreDep) -> RunNow:
    """It ends after its current step, for good; it can still be forked. One that has ended stays so."""
    stopped = store.stop(run_id)
    request.app.state.supervisor.wake()
    return runs_answers.now(stopped)


@api.post(
    "/{run_id}/fork", status_code=202, summary="Fork a run", operation_id="fork_run", responses=_UNKNOWN
)
def fork(request: Request, run_id: str, body: Annotated[ForkBody, Body(examples=[EXAMPLE_FORK])]) -> Queued:
    """A new run that begins with the weights this one had after an epoch, with other hyperparameters.

    What is left out is as in this run, what is null as usual. `epoch` 0 is before the first step.
    """
    starting: Starting = request.app.state.starting
    changes = json.loads(body.model_dump_json(exclude_unset=True, exclude={"epoch"}))
    forked = starting.fork(run_id, body.epoch, changes, client_key(request.scope))
    request.app.state.supervisor.wake()
    return Queued(id=forked.id)


@api.delete("/{run_id}", status_code=204, summary="Delete a run", operation_id="delete_run")
def delete(request: Request, run_id: str, store: StoreDep) -> None:
    """Its trainer ends, and its files and its network are removed. One that is not there stays so."""
    store.delete(run_id)
    request.app.state.supervisor.wake()


feature = Feature(
    routers=(api, runs_downloads.api, runs_learned.api, runs_maps.api),
    errors={
        errors.UnknownRun: Rule(404, "unknown-run"),
        errors.UnknownEpoch: Rule(404, "unknown-epoch"),
        errors.NotInstalled: Rule(404, "not-installed"),
        errors.NotTested: Rule(404, "not-tested"),
        errors.NoFilters: Rule(404, "no-filters"),
        errors.NoPicture: Rule(404, "no-picture"),
        errors.NoData: Rule(404, "no-data"),
        errors.WrongState: Rule(409, "wrong-state"),
        errors.TooManyOfYours: Rule(429, "too-many-runs"),
        errors.QueueFull: Rule(503, "queue-full"),
        errors.DiskFull: Rule(503, "disk-full"),
        errors.TooManyWatchers: Rule(503, "too-many-watchers"),
        errors.EstimatesBusy: Rule(503, "estimates-busy"),
        errors.EstimateFailed: Rule(503, "estimate-failed"),
        errors.StoreUnavailable: Rule(503, "store-unavailable"),
        BrokenRecipe: Rule(500, "broken-recipe"),
    },
    lifespan=looked_after,
)
