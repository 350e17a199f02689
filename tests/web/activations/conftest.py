"""One server for all tests of activations in a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.activations.place import Place, serve, write_models


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("activations")
    write_models(folder / "models")
    return folder


@pytest.fixture(scope="module")
def place(folder: Path) -> Iterator[Place]:
    with serve(folder) as found:
        yield found
