"""Read Accept, Accept-Language, Accept-Encoding and If-None-Match (RFC 9110, sections 12 and 13)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_MOST_CHARACTERS = 1000
"""A longer header says nothing that is worth reading on for."""


def weights(header: str) -> dict[str, float]:
    """Each value of an Accept-like header with its quality; a malformed quality counts as 0."""
    found: dict[str, float] = {}
    for item in header[:_MOST_CHARACTERS].lower().split(","):
        value, *parameters = (part.strip() for part in item.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, number = parameter.partition("=")
            if name.strip() == "q":
                quality = _quality(number.strip())
        if value:
            found[value] = quality
    return found


def preferred(
    header: str,
    ours: Sequence[str],
    matches: Callable[[str, str], bool] = lambda ours, theirs: ours == theirs,
) -> str | None:
    """The one of `ours` that the header likes best, the earlier of equals; None when it names none."""
    best, best_quality = None, 0.0
    accepted = weights(header)
    for candidate in ours:
        quality = max((q for value, q in accepted.items() if matches(candidate, value)), default=0.0)
        if quality > best_quality:
            best, best_quality = candidate, quality
    return best


def accepts_encoding(header: str, coding: str) -> bool:
    """Whether a client has asked for a content coding (``br``, ``gzip``)."""
    accepted = weights(header)
    return accepted.get(coding, accepted.get("*", 0.0)) > 0


def prefers_html(header: str) -> bool:
    """Whether an Accept header is a browser's, asking for a page, rather than a program's."""
    accepted = weights(header)
    html = max(accepted.get("text/html", 0.0), accepted.get("application/xhtml+xml", 0.0))
    json = max(accepted.get("application/json", 0.0), accepted.get("application/problem+json", 0.0))
    return html > 0 and html >= json


def is_known(if_none_match: str, etag: str) -> bool:
    """Whether an If-None-Match header names `etag`, so that the client has the answer already."""
    if if_none_match.strip() == "*":
        return True
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return etag.removeprefix("W/") in tags


def _quality(number: str) -> float:
    try:
        quality = float(number)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
