"""Find ``t("…")`` in TypeScript, also inside template literals (where Babel's own extractor does not look).

A small scanner that knows what can hide a call or a quote: comments, strings, template literals within each
other, regular expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

FUNCTION = "t"

_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.|\$(?!\{))*`", re.DOTALL)
_TEMPLATE_TEXT = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)
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
    yield from _Scanner(source).calls()


class _Scanner:
    """Walks over the source, one token at a time."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.before = ""  # the token before, '"' for a literal
        self.braces: list[str] = []  # what each open brace is: "{" of code, or "`" of a template's ${

    def calls(self) -> Iterator[Call]:
        while (character := self._next_character()) is not None:
            if name := _NAME.match(self.source, self.at):
                if name[0] == FUNCTION and self._is_called(name.end()):
                    line = self.source.count("\n", 0, name.start()) + 1
                    opening = _match_end(_SPACE, self.source, name.end())
                    yield Call(line, _message(self.source, opening + 1))
                self._pass_over(name.end(), name[0])
            elif character in "\"'":
                self._pass_over(_match_end(_STRING, self.source, self.at, otherwise=self.at + 1), '"')
            elif character == "/" and self._expression_starts():
                end = _match_end(_REGULAR_EXPRESSION, self.source, self.at, otherwise=self.at + 1)
                self._pass_over(end, '"')
            else:
                self._punctuation(character)

    def _next_character(self) -> str | None:
        self.at = _match_end(_SPACE, self.source, self.at)
        return self.source[self.at] if self.at < len(self.source) else None

    def _pass_over(self, end: int, token: str) -> None:
        self.at, self.before = end, token

    def _is_called(self, end: int) -> bool:
        opening = _match_end(_SPACE, self.source, end)
        return self.source.startswith("(", opening) and self.before not in (".", "function")

    def _expression_starts(self) -> bool:
        before = self.before
        return not before or before in _BEFORE_AN_EXPRESSION or before in _KEYWORDS_BEFORE_AN_EXPRESSION

    def _punctuation(self, character: str) -> None:
        if character == "`" or (character == "}" and self.braces and self.braces.pop() == "`"):
            self._template_text()
        else:
            if character == "{":
                self.braces.append("{")
            self._pass_over(self.at + 1, character)

    def _template_text(self) -> None:
        """Pass over a template literal's text, up to its closing backtick or the next ``${``."""
        text = _TEMPLATE_TEXT.match(self.source, self.at + 1)
        end = text.end() if text else self.at + 1
        if self.source.startswith("${", end):
            self.braces.append("`")
            self._pass_over(end + 2, "{")
        else:
            self._pass_over(end + 1, '"')


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


def _match_end(pattern: re.Pattern[str], source: str, at: int, otherwise: int | None = None) -> int:
    match = pattern.match(source, at)
    return match.end() if match else (at if otherwise is None else otherwise)
