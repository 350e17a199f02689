"""One table from error types to statuses, one form for every error: RFC 9457 problem+json, or a page.

A layer raises its own error type and knows no status; a feature that brings new types adds its rows in `main`
with ``errors.answer_with(app, {PictureTooLarge: Rule(413)})``. Whatever is in no row is a 500 that says
nothing about itself. A page that has a form shows a problem in its own form: see :func:`shows_problems`.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from app.arithmetic.errors import InvalidSpec
from app.locale import Language
from app.locale import mark as _
from app.web import problems, validation
from app.web.language import language_of
from app.web.negotiation import prefers_html
from app.web.problem import DETAILS, MEDIA_TYPE, TITLES, FieldError, Problem, bare_problem, type_of
from app.web.request_log import request_id_of

logger = logging.getLogger(__name__)

API_PREFIX = "/api/"
Row = Mapping[type[Exception], "Rule"]


@dataclass(frozen=True)
class Rule:
    """How an error type is answered; `code` names it in the problem's type (default: the status's phrase)."""

    status: int
    code: str | None = None


TABLE: Row = {
    problems.UnreadableBody: Rule(400, "unreadable-body"),
    problems.UnknownHost: Rule(400, "unknown-host"),
    problems.ForeignOrigin: Rule(403, "foreign-origin"),
    problems.NothingHere: Rule(404),
    problems.BodyTooLarge: Rule(413, "body-too-large"),
    problems.UnsupportedMediaType: Rule(415),
    problems.BadField: Rule(422, "invalid-request"),
    problems.AnswerTooLarge: Rule(422, "answer-too-large"),
    problems.TooManyRequests: Rule(429),
    problems.NotReady: Rule(503, "not-ready"),
    InvalidSpec: Rule(422, "invalid-specification"),
    RequestValidationError: Rule(422, "invalid-request"),
    ResponseValidationError: Rule(500),
}

AXES: Mapping[str, str] = {
    "length": _("length"),
    "depth": _("depth"),
    "height": _("height"),
    "width": _("width"),
}


ProblemPage = Callable[[Request, Problem], Response | Awaitable[Response]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_PROBLEM_PAGE = "problem_page"
_SHOWN_BY_PAGES = (400, 404, 413, 415, 422, 503)


def shows_problems(page: ProblemPage) -> Callable[[Endpoint], Endpoint]:
    """Let a page answer its own 400, 404, 413, 415, 422 and 503: the same page, errors at the fields.

    Usage, above the page's route function and below the router's decorator::

        @pages.get("/arithmetic")
        @shows_problems(arithmetic_with_problem)   # (request, problem) -> Response; its status is set for it
        async def arithmetic(...): ...
    """

    def register(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _PROBLEM_PAGE, page)
        return endpoint

    return register


def install(app: FastAPI) -> None:
    """Make `app` answer every expected error, and Starlette's own, in the one form."""
    app.state.error_rules = {}
    app.add_exception_handler(HTTPException, answer)
    answer_with(app, TABLE)


def answer_with(app: FastAPI, rows: Row) -> None:
    """Add rows to the application's table from error types to statuses."""
    app.state.error_rules.update(rows)
    for error_type in rows:
        app.add_exception_handler(error_type, answer)


async def answer(request: Request, error: Exception) -> Response:
    """The response to an error: the page's own form, an error page, or problem+json."""
    from app.web import views  # noqa: PLC0415  views shows errors too

    problem = problem_of(request, error)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, HTTPException):
        logger.error("unexpected error", exc_info=error, extra={"request_id": problem.request_id})
    if not wants_page(request):
        settings = request.app.state.settings
        response = Response(problem.body(settings.max_problem_bytes), problem.status, media_type=MEDIA_TYPE)
    else:
        form: ProblemPage | None = getattr(_endpoint(request, problem), _PROBLEM_PAGE, None)
        if form is not None and problem.status in _SHOWN_BY_PAGES:
            drawn = form(request, problem)
            response = await drawn if isinstance(drawn, Awaitable) else drawn
            response.status_code = problem.status
        else:
            response = views.error_page(request, problem)
    response.headers.update(problem.headers)
    response.headers["cache-control"] = "no-store"
    response.headers["content-language"] = language_of(request.scope).code
    response.headers["vary"] = "Accept, Accept-Language"
    return response


def _endpoint(request: Request, problem: Problem) -> object:
    """What answers the address; of a body that is too large to be read at all it has to be looked up."""
    found = request.scope.get("endpoint")
    if found is None and problem.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        routers = (router for feature in request.app.state.features for router in feature.routers)
        for route in (route for router in routers for route in router.routes):
            match, scope = route.matches(request.scope)
            if match is Match.FULL:
                return scope.get("endpoint")
    return found


async def answer_or_less(request: Request, error: Exception) -> Response:
    """:func:`answer`; when even that fails (a broken template), the bare problem."""
    try:
        return await answer(request, error)
    except Exception:
        logger.exception("an error could not be shown", extra={"request_id": request_id_of(request.scope)})
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        body = bare_problem(status, request_id_of(request.scope))
        return Response(body, status, {"Cache-Control": "no-store"}, MEDIA_TYPE)


def wants_page(request: Request) -> bool:
    """Whether an error should be a page: a browser asks, and not for a part of the API."""
    return not request.url.path.startswith(API_PREFIX) and prefers_html(request.headers.get("accept", ""))


def problem_of(request: Request, error: Exception) -> Problem:
    """An error in the request's language, without anything that the client sent or that we are made of."""
    language = language_of(request.scope)
    rule, headers = _rule(request, error)
    ours = rule.status >= HTTPStatus.INTERNAL_SERVER_ERROR and rule.status != HTTPStatus.SERVICE_UNAVAILABLE
    message = "" if ours else str(getattr(error, "message", ""))
    problem = Problem(
        type=type_of(rule.code or HTTPStatus(rule.status).phrase),
        title=language.say(TITLES.get(rule.status, HTTPStatus(rule.status).phrase)),
        status=rule.status,
        detail=language.say(message or DETAILS.get(rule.status, ""), **_values(error, language)),
        errors=tuple(_field_errors(error, language)),
        request_id=request_id_of(request.scope),
        extra=getattr(error, "extra", None) or {},
        headers=headers,
    )
    if not problem.detail and problem.errors:
        problem = replace(problem, detail=problem.errors[0].reason)
    return problem


def _rule(request: Request, error: Exception) -> tuple[Rule, dict[str, str]]:
    if isinstance(error, HTTPException):
        return Rule(error.status_code), dict(error.headers or {})
    rules: dict[type[Exception], Rule] = request.app.state.error_rules
    rule = next((rules[cls] for cls in type(error).__mro__ if cls in rules), Rule(500))
    retry_after_seconds = getattr(error, "retry_after_seconds", None)
    if retry_after_seconds is None and rule.status in (429, 503):
        retry_after_seconds = 1
    headers = (
        {} if retry_after_seconds is None else {"Retry-After": str(max(1, math.ceil(retry_after_seconds)))}
    )
    return rule, headers


def _field_errors(error: Exception, language: Language) -> Iterable[FieldError]:
    if isinstance(error, RequestValidationError):
        for fault in validation.faults(error.errors()):
            yield FieldError(fault.field, language.say(fault.message, **fault.values), fault.nearest)
        return
    for each in (error, *getattr(error, "also", ())):
        name = getattr(each, "field", None)
        if name is not None:
            address = getattr(each, "address", None)
            reason = language.say(getattr(each, "message", ""), **_values(each, language))
            field = f"layers.{address}.{name}" if address else name
            yield FieldError(field, reason, getattr(each, "nearest", None))


def _values(error: Exception, language: Language) -> dict[str, Any]:
    """What fills the error's message; the name of an axis is a word of the language."""
    values = getattr(error, "values", {})
    return {
        name: language.say(AXES.get(str(value), str(value))) if name == "axis" else value
        for name, value in values.items()
    }
