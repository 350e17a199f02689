"""Refuse a catalogue that does not say, in each language, exactly what the sources use.

``python -m app.locale.check`` prints each message that is untranslated, unused, marked fuzzy or has other
placeholders than its English, and each ``t(…)`` whose message is not a plain string; it exits with 1 when
there is any.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Message

from app.locale.build import ROOT, ConflictingTranslationError, merged
from app.locale.catalogues import LOCALE_DIR
from app.locale.extract import MessageId, Use, messages
from app.locale.language import LANGUAGES, LanguageCode, placeholders


def faults(root: Path = ROOT, locale_dir: Path = LOCALE_DIR) -> list[str]:
    """What is wrong, one sentence each; empty when everything is translated."""
    uses = list(messages(root))
    found = [f"{_place(use, root)}: the message is not a plain string" for use in uses if use.message is None]
    first_use: dict[MessageId, Use] = {}
    for use in uses:
        if use.message is not None:
            first_use.setdefault(use.message, use)
    for code in LANGUAGES[1:]:
        try:
            found.extend(_faults_of(code, first_use, root, locale_dir))
        except ConflictingTranslationError as error:
            found.append(f"{code}: {error}")
    return found


def _faults_of(
    code: LanguageCode, first_use: dict[MessageId, Use], root: Path, locale_dir: Path
) -> Iterator[str]:
    catalog = {_id(message): message for message in merged(code, locale_dir) if message.id}
    singulars = {key if isinstance(key, str) else key[0] for key in catalog}
    for key, use in first_use.items():
        if key not in catalog and not (isinstance(key, str) and key in singulars):
            yield f"{_place(use, root)}: {code} has no translation of {key!r}"
    used = set(first_use) | {key[0] for key in first_use if isinstance(key, tuple)}
    for key, message in catalog.items():
        if key not in used:
            yield f"{code}: {key!r} is used nowhere"
        yield from (f"{code}: {key!r} {fault}" for fault in _faults_in(message))


def _faults_in(message: Message) -> Iterator[str]:
    translations = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if message.fuzzy:
        yield "is marked fuzzy"
    if not translations or not all(translations):
        yield "has no translation"
        return
    expected = _placeholders([message.id] if isinstance(message.id, str) else message.id)
    if _placeholders(translations) != expected:
        yield "has other placeholders in its translation"


def _placeholders(sentences: Iterable[str]) -> set[str]:
    return set[str]().union(*(placeholders(sentence) for sentence in sentences))


def _id(message: Message) -> MessageId:
    return message.id if isinstance(message.id, str) else (message.id[0], message.id[1])


def _place(use: Use, root: Path) -> str:
    return f"{use.file.relative_to(root)}:{use.line}"


def main() -> None:
    found = faults()
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
