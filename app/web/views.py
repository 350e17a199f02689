"""Pages: a typed context for each template, rendered in the request's language.

A page is a frozen dataclass that names its template; its fields are what the template may use, beside the
names that :func:`render` gives to all (listed in :data:`COMMON_NAMES`). A name that a template uses and
nobody gives is an error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, Response

from app.locale import LANGUAGES, Language
from app.web.language import asked_for, language_of, with_language
from app.web.negotiation import is_known
from app.web.problem import Problem

LANGUAGE_NAMES = {"en": "English", "ko": "한국어"}
"""Each language by its own name, so that whoever needs it can read it."""

COMMON_NAMES = (
    "_",
    "ngettext",
    "asset",
    "imports",
    "language",
    "languages",
    "link",
    "messages_url",
    "path",
    "rooms",
)


@dataclass(frozen=True)
class Page:
    """A page's context; subclasses are frozen dataclasses whose fields the template reads."""

    template: ClassVar[str]


@dataclass(frozen=True)
class ErrorPage(Page):
    """An error that no page of its own explains."""

    template: ClassVar[str] = "error.html"
    problem: Problem


@dataclass(frozen=True)
class LanguageChoice:
    """A language one can switch to: its code, its own name, and this page's address in it."""

    code: str
    name: str
    url: str
    current: bool


def environment(templates_dir: Path) -> Environment:
    """The Jinja environment: everything is escaped, every name must exist."""
    return Environment(
        loader=FileSystemLoader(templates_dir),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(
    request: Request, page: Page, *, headers: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    """The page as HTML with an ETag, or 304 when the client has it already."""
    state = request.app.state
    language = language_of(request.scope)
    template = state.templates.get_template(page.template)
    body = template.render(**common_context(request, language), **context_of(page)).encode()
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    shared = {
        "Cache-Control": "no-cache",
        "Content-Language": language.code,
        "ETag": etag,
        "Vary": "Accept, Accept-Language",
        **(headers or {}),
    }
    if status == 200 and is_known(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=shared)
    return HTMLResponse(body, status, shared)


def error_page(request: Request, problem: Problem) -> Response:
    """The page for an error."""
    return render(request, ErrorPage(problem), status=problem.status)


def context_of(page: Page) -> dict[str, Any]:
    """The fields of a page by name; not deep, so that templates get the objects themselves."""
    return {field.name: getattr(page, field.name) for field in fields(page)}


def common_context(request: Request, language: Language) -> dict[str, Any]:
    """What every template may use: see the docstrings of the values."""
    state = request.app.state
    chosen = asked_for(request.scope)
    messages = f"locale/{language.code}.json"
    query = request.url.query
    here = request.url.path + (f"?{query}" if query else "")

    def link(url: str) -> str:
        """A local address that keeps the chosen language."""
        return with_language(url, chosen)

    return {
        "_": language.say,
        "ngettext": language.say_count,
        "asset": state.assets.url,
        "imports": state.assets.imports,
        "language": language.code,
        "languages": [
            LanguageChoice(code, LANGUAGE_NAMES[code], with_language(here, code), code == language.code)
            for code in LANGUAGES
        ],
        "link": link,
        "messages_url": state.assets.url(messages) if messages in state.assets else None,
        "path": request.url.path,
        "rooms": state.rooms,
    }
