"""The training page: start runs, watch one, compare several. All of it works as plain forms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import RedirectResponse, Response

from app.arithmetic.errors import InvalidSpec
from app.engine import duels
from app.engine.checkpoints import UnknownNetwork
from app.locale import mark as _
from app.runs.config import RunConfig
from app.runs.errors import RunError, UnknownRun
from app.runs.estimator import Estimator
from app.runs.folder import RunFolder
from app.runs.run import BEGINNING, Run
from app.runs.starting import Starting
from app.runs.store import RunStore, is_id
from app.web import (
    runs_answers,
    runs_downloads,
    training_filled,
    training_form,
    training_rows,
    training_views,
    training_words,
)
from app.web.disconnects import unless_gone
from app.web.duels_findings import QUESTIONS
from app.web.duels_told import word_of_run
from app.web.errors import problem_of, shows_problems
from app.web.feature import Feature, Room
from app.web.language import asked_for, language_of, with_language
from app.web.limits import client_key
from app.web.plain_form import FormDep, Texts
from app.web.problem import Problem
from app.web.problems import BadField, NothingHere
from app.web.strict import page_router
from app.web.training_views import TrainingPage
from app.web.training_words import PATH
from app.web.views import render

REFUSED = (RequestValidationError, InvalidSpec, BadField, UnknownNetwork, RunError)
"""What a form can be refused for, and is then shown again."""
MOST_COMPARED = 8
LOOKS = ("x", "smooth")
"""Names of the query that say how a figure is looked at."""

pages = page_router()
Action = Literal["pause", "resume", "stop", "delete"]


async def with_problem(request: Request, problem: Problem) -> Response:
    """The page with the form as it begins, and what is wrong."""
    return await asyncio.to_thread(_with_form, request, {}, problem)


@pages.get(PATH)
@shows_problems(with_problem)
def training(
    request: Request,
    run: str | None = None,
    runs: Annotated[list[str] | None, Query()] = None,
    new: str | None = None,
    again: str | None = None,
    fork: str | None = None,
    duel: str | None = None,
    deleted: str | None = None,
) -> Response:
    """Raises UnknownRun, NothingHere."""
    store: RunStore = request.app.state.runs
    several = list(dict.fromkeys(each for text in runs or () for each in text.split(",") if each))
    if len(several) > 1:
        return _page(request, compared=[store.get(each) for each in several[:MOST_COMPARED]])
    if new is not None:
        texts = training_filled.asked_for(dict(request.query_params), request.app.state.settings)
        return _with_form(request, texts, None)
    if duel:
        return _of_duel(request, duel)
    if again or fork:
        texts = training_filled.texts_of_run(store.get(again or fork or "").config)
        return _with_form(request, {**texts, **dict(request.query_params)}, None)
    shown = store.get(run or several[0]) if run or several else _to_show(store)
    gone = _beginning_of(store, deleted or "")
    return _page(request, run=shown, gone=gone) if shown else _with_form(request, {}, None, gone=gone)


def _beginning_of(store: RunStore, deleted: str) -> str:
    """What a run was told by that is there no more; nothing of one that is, or of what is no run's number."""
    if not is_id(deleted):
        return ""
    try:
        store.get(deleted)
    except UnknownRun:
        return deleted[:BEGINNING]
    return ""


def _of_duel(request: Request, asked: str) -> Response:
    """The form filled in with a run of a duel, and saying so."""
    try:
        config = duels.contender(asked).config
    except duels.UnknownDuel as error:
        raise NothingHere from error
    texts = training_filled.texts_of_run(RunConfig(**dict(config)))
    return _with_form(request, {**texts, **dict(request.query_params)}, None)


def _named_duel(asked: str) -> training_form.OfDuel | None:
    try:
        contender = duels.contender(asked)
    except duels.UnknownDuel:
        return None
    name = asked.partition("/")[0]
    run = word_of_run(name, contender.group or contender.name)
    return training_form.OfDuel(asked, name, QUESTIONS[name], run)


@pages.post(PATH)
@shows_problems(with_problem)
def start(request: Request, form: FormDep) -> Response:
    """Starts the run that a form asks for, or forks one; the answer leads to its figure."""
    starting: Starting = request.app.state.starting
    settings, client = request.app.state.settings, client_key(request.scope)
    texts = training_filled.with_way(form, settings)

    def begin() -> Run:
        if texts.get("fork"):
            return starting.fork(texts["fork"], *training_form.changes(texts), client)
        return starting.start(training_form.asked(texts, settings), client)

    return _done(request, texts, begin)


@pages.post(f"{PATH}/form")
@shows_problems(with_problem)
def form_again(request: Request, form: FormDep) -> Response:
    """The form with what one of its buttons does to it; nothing is started."""
    settings = request.app.state.settings
    texts = training_filled.with_way(training_filled.with_use(form, settings), settings)
    try:
        if texts.get("fork"):
            training_form.changes(texts)
        else:
            training_form.asked(texts, settings)
    except REFUSED as error:
        return _with_form(request, texts, problem_of(request, error))
    return _with_form(request, texts, None)


@pages.post(f"{PATH}/estimate")
@shows_problems(with_problem)
async def estimate(request: Request, form: FormDep) -> Response:
    """The form with what its run would cost; nothing is started."""
    estimator: Estimator = request.app.state.estimator
    texts = await asyncio.to_thread(training_filled.with_way, form, request.app.state.settings)
    try:
        config = await asyncio.to_thread(_configuration, request, texts)
        expected = await unless_gone(request, estimator.expected(config))
    except REFUSED as error:
        return await asyncio.to_thread(_with_form, request, texts, problem_of(request, error))
    language = language_of(request.scope)
    sentence = " ".join((training_words.cost(expected, language), *training_words.notes(config, language)))
    return await asyncio.to_thread(_with_form, request, texts, None, sentence)


@pages.get(f"{PATH}/estimate")
@pages.get(f"{PATH}/form")
def form_left(request: Request) -> Response:
    """The address of a form that was shown again, opened again: in another language, or from a link."""
    return RedirectResponse(with_language(f"{PATH}?new=1", asked_for(request.scope)), 303)


@pages.post(f"{PATH}/{{run_id}}/{{action}}")
def act(request: Request, run_id: str, action: Action) -> Response:
    """What a button of a run asks for. Raises UnknownRun, WrongState, TooManyOfYours, QueueFull."""
    store: RunStore = request.app.state.runs
    starting: Starting = request.app.state.starting
    acts: Mapping[Action, Callable[[], Any]] = {
        "pause": lambda: store.pause(run_id),
        "resume": lambda: store.resume(run_id, starting.room),
        "stop": lambda: store.stop(run_id),
        "delete": lambda: store.delete(run_id),
    }
    acts[action]()
    request.app.state.supervisor.wake()
    if action == "delete":
        return _led_to(request, f"{PATH}?{urlencode({'deleted': run_id})}")
    return _led_to(request, training_words.url_of(run_id))


def _configuration(request: Request, texts: Texts) -> RunConfig:
    """The run that a form asks for."""
    starting: Starting = request.app.state.starting
    if not texts.get("fork"):
        return starting.requested(training_form.asked(texts, request.app.state.settings))
    _epoch, changes = training_form.changes(texts)
    return starting.changed(starting.store.get(texts["fork"]), changes)


def _done(request: Request, texts: Texts, begin: Callable[[], Run]) -> Response:
    try:
        run = begin()
    except REFUSED as error:
        problem = problem_of(request, error)
        response = _with_form(request, texts, problem)
        response.headers.update(problem.headers)
        return response
    request.app.state.supervisor.wake()
    return _led_to(request, training_words.url_of(run.id))


def _led_to(request: Request, url: str) -> Response:
    return RedirectResponse(with_language(url, asked_for(request.scope)), 303, {"Cache-Control": "no-store"})


def _to_show(store: RunStore) -> Run | None:
    """The run at work, else the newest."""
    newest = store.newest()
    return next((run for run in newest if run.state == "running"), newest[0] if newest else None)


def _with_form(
    request: Request, texts: Texts, problem: Problem | None, estimate: str = "", gone: str = ""
) -> Response:
    """The page with the form; without texts it is as it begins."""
    settings, store = request.app.state.settings, request.app.state.runs
    fork = None
    try:
        if texts.get("fork"):
            origin: Run = store.get(texts["fork"])
            kept = RunFolder(settings.runs_dir, origin.id).epochs()
            title = training_words.title_of(origin, language_of(request.scope))
            fork = training_form.fork_of(origin.id, title, kept, texts, problem)
    except UnknownRun as error:
        problem = problem_of(request, error)
    form = training_form.form(texts or training_filled.first_texts(settings), settings, problem, fork)
    duel = _named_duel(texts["duel"]) if texts.get("duel") else None
    form = replace(form, estimate=estimate, duel=duel)
    return _page(request, form=form, gone=gone, status=problem.status if problem else 200)


def _page(
    request: Request,
    *,
    run: Run | None = None,
    compared: list[Run] | None = None,
    form: training_form.TrainingForm | None = None,
    gone: str = "",
    status: int = 200,
) -> Response:
    store: RunStore = request.app.state.runs
    language = language_of(request.scope)
    query = request.query_params
    ids = [each.id for each in compared or ()]
    shown = None
    if run is not None:
        kept = RunFolder(request.app.state.settings.runs_dir, run.id).epochs()
        links = runs_downloads.links(run, kept)
        answer = runs_answers.answer(run, store.measured(run.id), kept, links, language)
        before = store.before(run) if run.state == "queued" else 0
        shown = training_views.open_run(run, answer, store.precision(run.id), before, language)
    return render(
        request,
        TrainingPage(
            rows=training_rows.rows(store, language, run.id if run else "", ids),
            most_rows=training_rows.MOST_ROWS,
            run=shown,
            compared=training_rows.compared(
                [(each, store.measured(each.id)) for each in compared or ()], language
            ),
            form=form,
            gone=gone,
            too_few="runs" in query and not compared,
            looks=tuple((name, query[name]) for name in LOOKS if name in query),
        ),
        status=status,
    )


feature = Feature(routers=(pages,), room=Room(PATH, _("Training")))
