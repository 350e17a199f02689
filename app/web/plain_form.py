"""Read a form without files, as browsers send one when no script helps: names and texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from app.locale import mark as _
from app.settings import Settings
from app.web import limits
from app.web.problems import UnreadableBody, UnsupportedMediaType

MEDIA_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 200
_ESCAPED = 3
"""Bytes that one byte of a text may take in such a form: %7B."""

Texts = Mapping[str, str]


async def read_form(request: Request) -> Texts:
    """The texts of a form by name, without spaces around them; of a name given twice the last.

    Raises:
        UnsupportedMediaType, BodyTooLarge
        UnreadableBody: not UTF-8, or of more fields than any form of ours.
    """
    settings: Settings = request.app.state.settings
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != MEDIA_TYPE:
        raise UnsupportedMediaType(MEDIA_TYPE)
    limit_bytes = settings.max_json_bytes * _ESCAPED
    limits.check_content_length(request.scope, limit_bytes)
    body = await Request(request.scope, limits.counted(request.receive, limit_bytes)).body()
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise UnreadableBody(_("The form cannot be read.")) from error
    return {name: text.strip() for name, text in pairs}


FormDep = Annotated[Texts, Depends(read_form)]
