"""What the documents tell a reader to type is understood."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from app import cli
from app.settings import Settings
from tests.docs.documents import DOCUMENTS, KOREAN, README, ROOT, Document

QUICK = {"conv", "shape", "models"}
"""Commands that answer and are done."""


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the examples take as given."""
    shutil.copy(ROOT / "models" / "tinyvgg" / "network.json", tmp_path)
    (tmp_path / "FOLDER").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*names: str) -> Any:
    """A command of `convscope` as click knows it."""
    found: Any = typer.main.get_command(cli.app)
    for name in names:
        found = found.commands[name]
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_convscope_command_parses(document: Document, reader: Path) -> None:
    for name, *arguments in document.commands_of("convscope"):
        command(name).make_context(name, arguments)


@pytest.mark.parametrize("document", [README, KOREAN], ids=lambda document: document.name)
def test_the_quick_ones_answer(document: Document, reader: Path) -> None:
    quick = [words for words in document.commands_of("convscope") if words[0] in QUICK]
    assert {words[0] for words in quick} == QUICK
    for words in quick:
        result = CliRunner().invoke(cli.app, words)
        assert result.exit_code == 0, result.output
        assert result.output.strip()


def test_an_option_that_is_not_there_would_be_noticed(reader: Path) -> None:
    with pytest.raises(Exception, match="No such option: --nowhere"):
        command("serve").make_context("serve", ["--nowhere", "1"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_variable_is_read_by_someone(document: Document) -> None:
    settings = set(re.findall(r"CONVSCOPE_([A-Z_]+)", document.text))
    assert {name for name in settings if name.lower() not in Settings.model_fields} == set()
    makefile = (ROOT / "Makefile").read_text()
    for words in document.commands_of("make"):
        for variable in (word.partition("=")[0] for word in words if "=" in word):
            assert re.search(rf"^{variable} \?=", makefile, re.MULTILINE), variable


def test_the_address_is_the_one_that_is_served() -> None:
    defaults = Settings.model_fields
    address = f"http://{defaults['host'].default}:{defaults['port'].default}"
    for document in (README, KOREAN):
        assert set(re.findall(r"http://127[\d.]+:\d+", document.text)) == {address}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_build_argument_is_one_of_the_container(document: Document) -> None:
    arguments = set(re.findall(r"--build-arg (\w+)=", document.text))
    declared = set(re.findall(r"^ARG (\w+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    assert arguments <= declared
