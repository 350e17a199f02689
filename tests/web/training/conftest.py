"""The training page's application, once for the tests of a file, and without runs for each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.training.place import Place, emptied, running_in


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from running_in(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def place(application: Place) -> Iterator[Place]:
    yield from emptied(application)
