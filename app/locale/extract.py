"""Every message that the sources use: Python and Jinja2 through Babel, TypeScript through our own scanner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.extract import extract_from_dir

from app.locale import typescript

MessageId = str | tuple[str, str]

METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {
    "_": None,
    "ngettext": (1, 2),
    "say": None,
    "say_count": (1, 2),
    "InvalidSpec": (2,),  # the arithmetic's errors carry their message as the second argument
    "Violation": (1,),
}


@dataclass(frozen=True)
class Use:
    """One place that uses a message; a message that is not a plain string is None."""

    file: Path
    line: int
    message: MessageId | None


def messages(root: Path) -> Iterator[Use]:
    """Every use of a message under the source tree `root`."""
    yield from python_and_templates(root)
    yield from browser(root)


def python_and_templates(root: Path) -> Iterator[Use]:
    """Uses in ``app/`` and ``templates/``."""
    for folder in ("app", "templates"):
        directory = root / folder
        for name, line, message, _comments, _context in extract_from_dir(
            str(directory),
            METHODS,
            {"**.html": {"trimmed": "true"}},
            keywords=KEYWORDS,
            directory_filter=lambda _name: True,  # Babel passes over folders like templates/_partials
        ):
            yield Use(
                directory / name, line, message if isinstance(message, str) else (message[0], message[1])
            )


def browser(root: Path) -> Iterator[Use]:
    """Uses in ``static/src/``."""
    for path in sorted((root / "static" / "src").rglob("*.ts")):
        for call in typescript.calls(path.read_text(encoding="utf-8")):
            yield Use(path, call.line, call.message)


def browser_messages(root: Path) -> set[str]:
    """The messages that the browser needs."""
    return {use.message for use in browser(root) if isinstance(use.message, str)}
