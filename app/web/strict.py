"""Routers whose routes take exactly what they declare.

``api_router("/arithmetic")`` makes a router under ``/api/v1``: query names that a route does not declare are
refused, and so are repeated ones; a JSON body must be declared as such, be valid UTF-8, small and shallow,
and have only finite numbers. ``page_router()`` makes one for pages, which ignore names they do not know (a
link that was shared comes back with a tracker's name on it) but refuse repeated ones.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from operator import attrgetter
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from fastapi import APIRouter, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Cookie, Form, Header, Path
from fastapi.routing import APIRoute
from starlette.responses import Response

from app.settings import Settings
from app.web import json_body, limits
from app.web.language import QUERY_NAME, without_language
from app.web.problems import AnswerTooLarge

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_BODY_LIMIT = "max_body_bytes_of"


def api_router(prefix: str, **options: Any) -> APIRouter:
    """A router under ``/api/v1`` whose routes are strict about query names and JSON."""
    return APIRouter(prefix=f"/api/v1{prefix}", route_class=StrictRoute, **options)


def page_router(**options: Any) -> APIRouter:
    """A router of pages: not in the API's description, unknown query names ignored."""
    return APIRouter(route_class=PageRoute, include_in_schema=False, **options)


def body_limit(setting: Callable[[Settings], int]) -> Callable[[Endpoint], Endpoint]:
    """Allow a route a larger JSON body than the default: ``@body_limit(lambda s: s.max_unit_json_bytes)``."""

    def set_limit(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _BODY_LIMIT, setting)
        return endpoint

    return set_limit


class StrictRoute(APIRoute):
    """A route of the API."""

    refuses_unknown_names = True

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        limit_of: Callable[[Settings], int] = getattr(
            self.endpoint, _BODY_LIMIT, attrgetter("max_json_bytes")
        )
        takes_json = self.body_field is not None and not isinstance(self.body_field.field_info, Form)
        known = self.query_names()

        async def strict(request: Request) -> Response:
            settings: Settings = request.app.state.settings
            check_query(request, known, refuses_unknown=self.refuses_unknown_names)
            scope, receive = without_language(request.scope), request.receive
            if takes_json:
                limit_bytes = limit_of(settings)
                limits.check_content_length(scope, limit_bytes)
                request = Request(scope, limits.counted(receive, limit_bytes))
                response = await handle(await json_body.read(request, settings.max_json_depth))
            else:
                response = await handle(Request(scope, receive))
            if len(getattr(response, "body", b"")) > settings.max_answer_bytes:
                raise AnswerTooLarge(settings.max_answer_bytes)
            return response

        return strict

    def query_names(self) -> dict[str, bool]:
        """The names this route declares, a model's fields one by one, and whether each may be repeated."""
        names = {QUERY_NAME: False}
        for declared in get_flat_params(self.dependant):
            if not isinstance(declared.field_info, (Path, Header, Cookie)):
                names[declared.alias] = _is_list(declared.field_info.annotation)
        return names


class PageRoute(StrictRoute):
    """A route of a page."""

    refuses_unknown_names = False


def _is_list(annotation: object) -> bool:
    """Whether an annotation is a list, a set or a tuple, or may be one."""
    if get_origin(annotation) in (list, set, tuple):
        return True
    return get_origin(annotation) in (Union, UnionType) and any(map(_is_list, get_args(annotation)))


def check_query(request: Request, known: dict[str, bool], *, refuses_unknown: bool) -> None:
    """Refuse names not in `known`, where that is asked, and repeated ones that may not repeat.

    Raises:
        RequestValidationError: naming each name at fault.
    """
    seen: set[str] = set()
    errors = []
    for name, _ in request.query_params.multi_items():
        if refuses_unknown and name not in known:
            errors.append({"type": "extra_forbidden", "loc": ("query", name)})
        elif name in seen and not known.get(name, False):
            errors.append({"type": "repeated", "loc": ("query", name)})
        seen.add(name)
    if errors:
        raise RequestValidationError(errors)
