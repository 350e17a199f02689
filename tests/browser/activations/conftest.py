"""A server for the activations page, with a network for every kind of layer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from app.settings import Settings
from tests import small_networks
from tests.browser.conftest import served


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server answers with tinyvgg, and two small networks that have every other kind of layer."""
    folder = tmp_path_factory.mktemp("activations")
    models = folder / "models"
    shutil.copytree(Settings().models_dir / "tinyvgg", models / "tinyvgg")
    small_networks.write(models, "everything", small_networks.EVERYTHING)
    small_networks.write(models, "plain", small_networks.PLAIN)
    with served(folder, CONVSCOPE_MODELS_DIR=str(models)) as found:
        yield found


@pytest.fixture(scope="session", autouse=True)
def loaded(networks: None) -> None:
    """Every test here looks into a network."""
