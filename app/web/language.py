"""Which language a request is answered in: ``?lang=``, else Accept-Language, else English. No cookie."""

from __future__ import annotations

from typing import cast
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, QueryParams
from starlette.types import Scope

from app.locale import LANGUAGES, Language
from app.locale.language import LanguageCode
from app.web.negotiation import preferred

QUERY_NAME = "lang"
"""The one query name that every route understands."""

_ASKED = "convscope.asked_language"


def language_of(scope: Scope) -> Language:
    """The language to answer a request in, from the languages the application has loaded."""
    languages: dict[LanguageCode, Language] = scope["app"].state.languages
    asked = asked_for(scope)
    if asked is not None:
        return languages[asked]
    accepted = Headers(scope=scope).get("accept-language", "")
    found = preferred(accepted, LANGUAGES, matches=lambda ours, theirs: theirs.split("-")[0] == ours)
    return languages[cast("LanguageCode", found or LANGUAGES[0])]


def asked_for(scope: Scope) -> LanguageCode | None:
    """The language named in the query, when it is one of ours."""
    code = scope.get(_ASKED) or QueryParams(scope.get("query_string", b"")).get(QUERY_NAME)
    return cast("LanguageCode", code) if code in LANGUAGES else None


def without_language(scope: Scope) -> Scope:
    """The scope as a route function sees it: the language is settled, its name gone from the query."""
    query: str = scope.get("query_string", b"").decode("latin-1")
    kept = "&".join(pair for pair in query.split("&") if pair.partition("=")[0] != QUERY_NAME)
    return {**scope, _ASKED: asked_for(scope), "query_string": kept.encode("latin-1")}


def with_language(url: str, code: LanguageCode | None) -> str:
    """A local `url` that keeps the language a person has chosen; unchanged when they have chosen none."""
    path, hash_sign, fragment = url.partition("#")
    path, _, query = path.partition("?")
    pairs = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != QUERY_NAME]
    if code is not None:
        pairs.append((QUERY_NAME, code))
    return path + ("?" + urlencode(pairs, safe=",:") if pairs else "") + hash_sign + fragment
