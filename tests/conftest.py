"""What holds for all tests."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import pytest

# An application that a test starts must not look after the runs of whoever runs the tests.
if "CONVSCOPE_RUNS_DIR" not in os.environ:
    os.environ["CONVSCOPE_RUNS_DIR"] = tempfile.mkdtemp(prefix="convscope-runs-")
    atexit.register(shutil.rmtree, os.environ["CONVSCOPE_RUNS_DIR"], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps a loop running, in which ``asyncio.run`` is refused."""
    items.sort(key=lambda item: "/tests/browser/" in item.path.as_posix())
