"""What the documents tell a reader to type exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
DOCUMENTS = sorted(ROOT.glob("*.md"))


def test_the_makefile_has_every_verb_and_says_what_each_does() -> None:
    verbs = {"install", "serve", "test", "check", "fmt", "bench", "soak", "watch", "image", "image-check"}
    described = set(re.findall(r"^([a-z-]+):.*## \S", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert verbs <= described


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_command_in_a_document_is_a_target(document: Path) -> None:
    commands = re.findall(r"(?:^|`)make ([a-z-]+)", document.read_text(), re.MULTILINE)
    assert set(commands) <= TARGETS
