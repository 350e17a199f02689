"""Compile the catalogues: one ``convscope.mo`` a language for Python, one JSON a language for the browser.

Run by the build hook and by ``python -m app.locale.build [--browser-dir static/src/locale]``; needs Babel.
"""

from __future__ import annotations

import argparse
import io
import json
import os
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.locale.catalogues import LOCALE_DIR, compiled, sources
from app.locale.language import LANGUAGES, LanguageCode

ROOT = LOCALE_DIR.parent.parent


class ConflictingTranslationError(ValueError):
    """Two feature catalogues translate the same message differently."""


def merged(code: LanguageCode, locale_dir: Path = LOCALE_DIR) -> Catalog:
    """All feature catalogues of a language as one.

    Raises:
        ConflictingTranslationError: the same message has two translations.
    """
    catalog = Catalog(locale=code, fuzzy=False)
    for path in sources(code, locale_dir):
        with path.open("rb") as file:
            feature = read_po(file, locale=code)
        for message in feature:
            if not message.id:
                continue
            known = catalog.get(message.id)
            if known is not None and known.string != message.string:
                raise ConflictingTranslationError(
                    f"{path.name}: {message.id!r} is translated differently elsewhere"
                )
            catalog.add(message.id, message.string, flags=message.flags)
    return catalog


def compile_language(code: LanguageCode, locale_dir: Path = LOCALE_DIR) -> Path:
    """Write the compiled catalogue of a language, atomically; returns its path."""
    buffer = io.BytesIO()
    write_mo(buffer, merged(code, locale_dir))
    return _replace(compiled(code, locale_dir), buffer.getvalue())


def write_browser_messages(
    code: LanguageCode, directory: Path, used: set[str], locale_dir: Path = LOCALE_DIR
) -> Path:
    """Write ``{code}.json`` with the translations of the messages in `used`; returns its path."""
    catalog = merged(code, locale_dir)
    messages = {
        message.id: message.string
        for message in catalog
        if isinstance(message.id, str) and message.id in used and message.string
    }
    text = json.dumps(messages, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _replace(directory / f"{code}.json", text.encode())


def _replace(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)
    return path


def main() -> None:
    from app.locale.extract import browser_messages  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser-dir", type=Path, default=ROOT / "static" / "src" / "locale")
    directory: Path = parser.parse_args().browser_dir
    used = set(browser_messages(ROOT))
    for code in LANGUAGES[1:]:
        compile_language(code)
        write_browser_messages(code, directory, used)


if __name__ == "__main__":
    main()
