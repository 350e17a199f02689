"""Read a JSON body strictly: declared as JSON, valid UTF-8, shallow, finite numbers only, no name twice."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from anyio import CapacityLimiter, to_thread
from fastapi import Request

from app.locale import mark as _
from app.web.problems import UnreadableBody, UnsupportedMediaType

MEDIA_TYPE = "application/json"
_MOST_DIGITS = 30
"""No bound in any specification has more; Python's own guard against huge integers starts at 4,300."""

_LARGE_BYTES = 64 * 1024
"""A larger body is parsed beside the event loop: a megabyte takes a tenth of a second."""
_ONE_AT_A_TIME = CapacityLimiter(1)


class JsonRequest(Request):
    """A request whose body has been read and parsed."""

    document: Any

    async def json(self) -> Any:
        return self.document


async def read(request: Request, max_depth: int) -> Request:
    """A request that carries its parsed JSON body.

    Raises:
        UnsupportedMediaType: not sent as application/json (in UTF-8). UnreadableBody: not JSON, nested deeper
        than `max_depth`, or with NaN, Infinity, 1e999 or a huge integer.
    """
    media_type, _semicolon, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('"')
    if media_type.strip() != MEDIA_TYPE or charset not in ("", "utf-8", "utf8"):
        raise UnsupportedMediaType(MEDIA_TYPE)
    body = await request.body()
    parsed = JsonRequest(request.scope, request.receive)
    if len(body) > _LARGE_BYTES:
        parsed.document = await to_thread.run_sync(parse, body, max_depth, limiter=_ONE_AT_A_TIME)
    else:
        parsed.document = parse(body, max_depth)
    parsed._body = body  # noqa: SLF001  the stream has been read; FastAPI asks for the body again
    return parsed


def parse(body: bytes, max_depth: int) -> Any:
    """The value of a JSON document.

    Raises:
        UnreadableBody
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableBody(_("The body is not valid UTF-8.")) from error
    if depth_exceeds(text, max_depth):
        raise UnreadableBody(
            _("The body is nested more than {max_depth} levels deep."), {"max_depth": max_depth}
        )
    try:
        return json.loads(
            text,
            parse_constant=_not_finite,
            parse_float=_finite,
            parse_int=_integer,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(_("The body is not valid JSON.")) from error


def depth_exceeds(text: str, max_depth: int) -> bool:
    """Whether brackets outside strings are nested deeper than `max_depth`; without recursion."""
    depth, quoted, escaped = 0, False, False
    for character in text:
        if quoted:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                quoted = False
        elif character == '"':
            quoted = True
        elif character in "[{":
            depth += 1
            if depth > max_depth:
                return True
        elif character in "]}":
            depth -= 1
    return False


def _not_finite(_name: str) -> NoReturn:
    raise UnreadableBody(_("Numbers must be finite: NaN and Infinity are refused."))


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        _not_finite(digits)
    return number


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _MOST_DIGITS:
        raise UnreadableBody(_("A number has more than {most_digits} digits."), {"most_digits": _MOST_DIGITS})
    return int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise UnreadableBody(_("An object has the same name twice."))
    return members
