"""The two READMEs say the same, and what they say of the networks is what the cards say."""

from __future__ import annotations

import re

import pytest

from app.engine import checkpoints
from app.engine.checkpoints import Checkpoint
from scripts import readme_networks
from tests.docs.documents import KOREAN, README, ROOT, Document

BOTH = pytest.mark.parametrize("document", [README, KOREAN], ids=lambda document: document.name)


@pytest.fixture(scope="module")
def networks() -> list[Checkpoint]:
    models = ROOT / "models"
    return [checkpoints.read(models, name) for name in checkpoints.names(models)]


@BOTH
def test_the_table_is_what_the_script_writes(document: Document, networks: list[Checkpoint]) -> None:
    assert readme_networks.filled(document.name, networks) == document.text, "run `make docs`"


@BOTH
def test_the_table_has_each_network_once_with_its_figures(
    document: Document, networks: list[Checkpoint]
) -> None:
    rows = {row[1]: row[0] for row in re.findall(r"^(\| `(\w+)` \|.+)$", document.text, re.MULTILINE)}
    assert rows.keys() == {network.name for network in networks}
    for network in networks:
        cells = [cell.strip() for cell in rows[network.name].strip("|").split("|")]
        assert int(cells[2].replace(",", "")) == network.card.parameters
        assert float(cells[3].removesuffix(" %")) / 100 == pytest.approx(
            network.card.test_accuracy, abs=5.1e-4
        )


@BOTH
def test_every_shipped_folder_of_a_network_has_a_row(document: Document) -> None:
    for specification in (ROOT / "models").glob("*/network.json"):
        assert f"| `{specification.parent.name}` |" in document.text


def test_the_headings_correspond() -> None:
    assert [level for level, _ in README.headings] == [level for level, _ in KOREAN.headings]


def test_the_commands_correspond() -> None:
    programs = {"make", "pip", "docker", "convscope", "curl"}
    english, korean = (
        [words for words in document.commands if words[0] in programs] for document in (README, KOREAN)
    )
    assert english == korean


def test_they_lead_to_each_other_and_to_the_same_files() -> None:
    assert "README.ko.md" in README.links
    assert "README.md" in KOREAN.links
    own = {"README.md", "README.ko.md", *README.pictures, *KOREAN.pictures}
    assert set(README.links) - own == set(KOREAN.links) - own
