"""One language: its messages, and a message with its values filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from gettext import NullTranslations
from typing import Literal, get_args

from markupsafe import Markup, escape

LanguageCode = Literal["en", "ko"]
LANGUAGES: tuple[LanguageCode, ...] = get_args(LanguageCode)
"""Codes of the languages, the one that needs no translation first."""

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def mark(message: str) -> str:
    """Mark `message` for translation without translating it; imported as ``_``."""
    return message


def placeholders(message: str) -> set[str]:
    """Names of the ``{placeholders}`` in `message`."""
    return set(_PLACEHOLDER.findall(message))


def fill(message: str, values: Mapping[str, object]) -> str:
    """`message` with its placeholders replaced; braces around anything else stay.

    Markup (and only markup) when one of the values is: then the sentence and the plain values are escaped.

    Raises:
        KeyError: a placeholder has no value.
    """
    if any(isinstance(value, Markup) for value in values.values()):
        escaped = _PLACEHOLDER.sub(lambda found: str(escape(values[found[1]])), str(escape(message)))
        return Markup(escaped)  # noqa: S704  it is: the sentence as well as the values
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), message)


@dataclass(frozen=True)
class Language:
    """Says messages in one language; a message without translation is said in English."""

    code: LanguageCode
    catalogue: NullTranslations = field(default_factory=NullTranslations, repr=False, compare=False)

    def say(self, message: str, /, **values: object) -> str:
        """`message` in this language with its values; ``_`` in templates."""
        return fill(self.catalogue.gettext(message) if message else "", values)

    def say_count(self, singular: str, plural: str, count: int, /, **values: object) -> str:
        """The form of a message for `count`, which is its ``{count}`` too; ``ngettext`` in templates."""
        return fill(self.catalogue.ngettext(singular, plural, count), {"count": f"{count:,}", **values})
