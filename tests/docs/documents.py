"""The documents as a reader meets them: headings, code, links, pictures."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Document:
    """A Markdown file at the root."""

    name: str

    @cached_property
    def text(self) -> str:
        return (ROOT / self.name).read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> list[str]:
        """What stands in fenced code blocks."""
        return re.findall(r"^```\w*\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)

    @cached_property
    def prose(self) -> str:
        """Everything else."""
        return re.sub(r"^```\w*\n.*?^```$", "", self.text, flags=re.MULTILINE | re.DOTALL)

    @cached_property
    def spans(self) -> list[str]:
        """What stands between backquotes in a sentence."""
        return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", self.prose)]

    @cached_property
    def headings(self) -> list[tuple[int, str]]:
        """Level and words of each."""
        found = re.findall(r"^(#+) (.+)$", self.prose, re.MULTILINE)
        return [(len(marks), words) for marks, words in found]

    @cached_property
    def links(self) -> list[str]:
        """Where links and pictures lead, those to other hosts left out."""
        found = re.findall(r"\]\(([^)\s]+)\)", self.prose)
        return [target.partition("#")[0] for target in found if "://" not in target and target[0] != "#"]

    @cached_property
    def pictures(self) -> list[str]:
        return re.findall(r"!\[[^\]]+\]\(([^)\s]+)\)", self.prose)

    @cached_property
    def commands(self) -> list[list[str]]:
        """The words of each command line, in blocks and in sentences, comments left out."""
        lines = [line.removeprefix("$ ") for block in self.blocks for line in block.splitlines()]
        return [words for text in (*lines, *self.spans) if (words := _words(text))]

    def commands_of(self, program: str) -> list[list[str]]:
        """The arguments of each command line that calls `program`."""
        return [words[1:] for words in self.commands if words[0] == program and len(words) > 1]


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError:  # not a command
        return []


README, KOREAN = Document("README.md"), Document("README.ko.md")
ARCHITECTURE, CONTRIBUTING = Document("ARCHITECTURE.md"), Document("CONTRIBUTING.md")
DOCUMENTS = (README, KOREAN, ARCHITECTURE, CONTRIBUTING)


def repository_files() -> list[str]:
    """Paths of all files that belong to the project, from its root."""
    run = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [name for name in run.stdout.split("\0") if name and (ROOT / name).is_file()]
