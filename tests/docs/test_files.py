"""Files, folders and pictures that the documents name exist; what they say of the house holds."""

from __future__ import annotations

import re
import tomllib
from pathlib import PurePosixPath

import pytest
from PIL import Image

from tests.docs.documents import ARCHITECTURE, CONTRIBUTING, DOCUMENTS, KOREAN, README, ROOT, Document
from tests.docs.documents import repository_files as files

MAP = ARCHITECTURE.blocks[0]
LARGEST_PICTURE_BYTES = 150_000


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_link_leads_to_a_file(document: Document) -> None:
    assert [target for target in document.links if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_path_in_a_sentence_exists(document: Document) -> None:
    roots = {path.name for path in ROOT.iterdir()}
    paths = [span for span in document.spans if re.fullmatch(r"[\w.*<>/-]+", span) and span[0] != "/"]
    inside = [path for path in paths if "/" in path and path.split("/")[0] in roots]
    assert [path for path in inside if not _exists(path)] == []
    names = {PurePosixPath(name).name for name in files()}
    alone = [path for path in paths if re.fullmatch(r"[\w-]+\.(py|ts|json|toml|txt|md|yaml|mjs)", path)]
    assert [name for name in alone if name not in names] == []


def test_the_documents_name_paths_at_all() -> None:
    assert "app/locale/ko/<feature>.po" in CONTRIBUTING.spans
    assert not _exists("app/nowhere/<feature>.po")


def test_the_map_is_of_this_house() -> None:
    entries = [line for line in MAP.splitlines() if re.match(r"( {2})?\S", line)]
    parent, missing = "", []
    for line in entries:
        name = line.split()[0]
        if not line.startswith(" "):
            parent = name if name.endswith("/") else ""
        path = name if not line.startswith(" ") else parent + name
        if not _exists(path.rstrip("/")):
            missing.append(path)
    assert len(entries) > 10
    assert missing == []


def test_the_map_leaves_out_no_part_of_the_application() -> None:
    parts = {PurePosixPath(name).parts[1] for name in files() if name.startswith("app/")}
    assert [part for part in sorted(parts - {"__init__.py"}) if part not in MAP] == []


@pytest.mark.parametrize("document", [ARCHITECTURE, CONTRIBUTING], ids=lambda document: document.name)
def test_the_direction_of_imports_is_the_one_that_is_checked(document: Document) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    order = [set(re.findall(r"\w+", layer)) for layer in contracts[0]["layers"]]
    (arrows,) = re.findall(r"main, cli →[^`\n]+", document.text)
    ranks = []
    for step in arrows.split("→"):
        (rank,) = {
            rank for name in re.findall(r"\w+", step) for rank, layer in enumerate(order) if name in layer
        }
        ranks.append(rank)
    assert ranks == sorted(set(ranks))
    if document is ARCHITECTURE:
        said = set(re.findall(r"\w+", arrows))
        there = {path.stem for path in (ROOT / "app").iterdir() if path.name[0] not in "_."}
        assert said == there


def test_no_module_is_longer_than_contributors_are_told() -> None:
    (most,) = map(int, re.findall(r"never pass (\d+)", CONTRIBUTING.text))
    code = [name for name in files() if PurePosixPath(name).suffix in {".py", ".ts", ".css", ".mjs", ".html"}]
    lengths = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in code}
    assert {name: length for name, length in lengths.items() if length > most} == {}


def test_there_is_no_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "common", "core", "services", "misc"}
    assert [name for name in files() if drawers & {part.split(".")[0] for part in name.split("/")}] == []


@pytest.mark.parametrize("document", [README, KOREAN], ids=lambda document: document.name)
def test_pictures_are_a_screen_and_small(document: Document) -> None:
    assert document.pictures
    for name in document.pictures:
        path = ROOT / name
        assert path.stat().st_size < LARGEST_PICTURE_BYTES, name
        with Image.open(path) as picture:
            assert picture.size == (1280, 800), name


def _exists(path: str) -> bool:
    """Whether a path is there; `<name>` and `NAME` stand for any."""
    pattern = re.sub(r"<[^>]*>|\b[A-Z]+(?=/)", "*", path)
    return any(ROOT.glob(pattern))
