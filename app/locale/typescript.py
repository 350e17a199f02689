"""Find ``t("…")`` in TypeScript, also inside template literals (where Babel's own extractor does not look).

A small scanner that knows what can hide a call or a quote: comments, strings, template literals within each other,
regular expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

FUNCTION = "t"

_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.|\$(?!\{))*`", re.DOTALL)
_REGULAR_EXPRESSION = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\n|.)", re.DOTALL)
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_BEFORE_AN_EXPRESSION = set("(,=:[!&|?{};+-*%<>~^")
_KEYWORDS_BEFORE_AN_EXPRESSION = {
    "return",
    "typeof",
    "case",
    "in",
    "of",
    "new",
    "delete",
    "void",
    "await",
    "yield",
}


@dataclass(frozen=True)
class Call:
    """A call of ``t``: its line, and its message, None where the first argument is not a plain string."""

    line: int
    message: str | None


def calls(source: str) -> Iterator[Call]:
    """Every call of ``t`` in TypeScript source, in order."""
    at, before = 0, ""
    braces: list[str] = []  # what each open brace is: "{" of code, or "`" of a template's ${
    while at < len(source):
        at = _match_end(_SPACE, source, at)
        if at >= len(source):
            return
        character = source[at]
        if character in "\"'":
            at, before = _match_end(_STRING, source, at, otherwise=at + 1), '"'
        elif character == "`" or (character == "}" and braces and braces[-1] == "`"):
            if character == "}":
                braces.pop()
            at, opened = _template_text(source, at + 1)
            if opened:
                braces.append("`")
            before = "{" if opened else '"'
        elif character == "/" and _starts_expression(before):
            at, before = _match_end(_REGULAR_EXPRESSION, source, at, otherwise=at + 1), '"'
        elif name := _NAME.match(source, at):
            at = name.end()
            opening = _match_end(_SPACE, source, at)
            is_call = name[0] == FUNCTION and source.startswith("(", opening)
            if is_call and before not in (".", "function"):
                yield Call(source.count("\n", 0, name.start()) + 1, _message(source, opening + 1))
            before = name[0]
        else:
            if character in "{}":
                braces.append("{") if character == "{" else braces and braces.pop()
            at, before = at + 1, character


def _template_text(source: str, at: int) -> tuple[int, bool]:
    """Where a template literal's text ends, and whether it ends at a ``${`` rather than at its closing backtick."""
    while at < len(source):
        if source[at] == "\\":
            at += 2
        elif source[at] == "`":
            return at + 1, False
        elif source.startswith("${", at):
            return at + 2, True
        else:
            at += 1
    return at, False


def _message(source: str, at: int) -> str | None:
    """The string, or strings joined by +, that is the whole first argument starting at `at`."""
    parts = []
    while True:
        at = _match_end(_SPACE, source, at)
        string = _STRING.match(source, at)
        if string is None:
            return None
        parts.append(_ESCAPE.sub(_unescape, string[0][1:-1]))
        at = _match_end(_SPACE, source, string.end())
        if not source.startswith("+", at):
            return "".join(parts) if source[at : at + 1] in (",", ")") else None
        at += 1


def _unescape(escape: re.Match[str]) -> str:
    code = escape[1]
    if len(code) > 1:
        return chr(int(code[1:].strip("{}"), 16))
    return _SIMPLE_ESCAPES.get(code, code)


def _starts_expression(before: str) -> bool:
    return not before or before in _BEFORE_AN_EXPRESSION or before in _KEYWORDS_BEFORE_AN_EXPRESSION


def _match_end(pattern: re.Pattern[str], source: str, at: int, otherwise: int | None = None) -> int:
    match = pattern.match(source, at)
    return match.end() if match else (at if otherwise is None else otherwise)
