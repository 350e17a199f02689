"""The cases that hold the browser to Python and PyTorch are what these say today."""

from __future__ import annotations

from tests.cases import browser
from tests.cases.generate import FOLDER


def test_the_browsers_cases_are_up_to_date() -> None:
    """``python -m tests.cases.browser`` would change nothing."""
    assert (FOLDER / browser.FILE).read_text(encoding="utf-8") == browser.text()
