"""What a client sees of an error: RFC 9457's problem+json, its titles and its members."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

from app.locale import mark as _
from app.web import problems

MEDIA_TYPE = "application/problem+json"

TITLES: Mapping[int, str] = {
    400: _("The request cannot be understood"),
    403: _("Not allowed from there"),
    404: _("There is nothing at this address"),
    405: _("This address does not take that method"),
    408: _("The request took too long to arrive"),
    409: _("Not possible in this state"),
    413: _("Too large"),
    415: _("Not a kind of content this address takes"),
    422: _("This cannot be computed"),
    429: _("Too many requests"),
    431: _("The head of the request is too large"),
    500: _("Something went wrong on our side"),
    503: _("Busy right now"),
}

DETAILS: Mapping[int, str] = {
    400: _("It is not a request as HTTP has them."),
    404: problems.NothingHere.message,
    405: _("The Allow header names the methods it takes."),
    408: _("The connection is closed; send it again."),
    431: _("Its address or its headers are too long."),
    500: _("The fault is ours and has been noted. Nothing you sent was kept."),
    503: _("Try again in a moment."),
}


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field: its name, a sentence, and the nearest value that would be accepted."""

    field: str
    reason: str
    nearest: Any = None


@dataclass(frozen=True)
class Problem:
    """An error as the client sees it, in the client's language."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...]
    request_id: str
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further members, such as a shape table's rows up to the break (``layers``)."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def error_of(self, name: str) -> FieldError | None:
        """The first error of a field; what a form shows beside its control."""
        return next((error for error in self.errors if error.field == name), None)

    def body(self, max_bytes: int) -> bytes:
        """The problem+json; field errors are left out from the end until it has at most `max_bytes`."""
        document: dict[str, Any] = {
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": [asdict(error) for error in self.errors],
            "request_id": self.request_id,
        }
        errors: list[Any] = document["errors"]
        while len(errors) > 1 and len(_dump(document)) > max_bytes:
            errors.pop()
        return _dump({**document, **self.extra})


def bare_problem(status: HTTPStatus, request_id: str) -> bytes:
    """The problem+json that the server sends where there is no request to answer in its language."""
    title, detail = TITLES.get(status, status.phrase), DETAILS.get(status, "")
    return Problem(type_of(status.phrase), title, status, detail, (), request_id).body(sys.maxsize)


def without_request(code: str, found: Sequence[FieldError], extra: Mapping[str, Any]) -> str:
    """The problem of a refused layer or network where nothing was requested: in the shell."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = found[0].reason if found else ""
    problem = Problem(type_of(code), TITLES[status], status.value, detail, tuple(found), "", extra)
    document = json.loads(problem.body(sys.maxsize))
    del document["request_id"]
    return json.dumps(document, ensure_ascii=False)


def type_of(name: str) -> str:
    """The stable address of a kind of problem: ``urn:convscope:problem:not-found``."""
    return f"urn:convscope:problem:{name.lower().replace(' ', '-')}"


def _dump(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, default=_plain).encode()


def _plain(value: object) -> object:
    return list(value) if isinstance(value, Sequence) else str(value)
