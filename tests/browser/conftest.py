"""A real server in its own process, and a real browser looking at its pages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.ports import free_port

START_SECONDS = 120
HOLD_SECONDS = 20
"""For what a slow machine takes its time with."""
OpenPage = Callable[..., Page]

expect.set_options(timeout=1000 * HOLD_SECONDS)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server answers; its networks may still be loading (see `networks`)."""
    with served(tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture(scope="session")
def networks(address: str) -> None:
    """For tests that need the shipped networks: returns when they are loaded."""
    _wait(f"{address}/readyz")


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[str]:
    """A server's address; its pictures and its log are in `folder`, `settings` in its environment."""
    port = free_port()
    environment = {
        "CONVSCOPE_PICTURES_URL": f"file://{folder}/pictures",
        "CONVSCOPE_RUNS_DIR": str(folder / "runs"),
        "CONVSCOPE_LOG_LEVEL": "error",
        "CONVSCOPE_RATE_BURST": "100000",
        **settings,
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", str(port)],
            env=os.environ | environment,
            stdout=log,
            stderr=log,
        )
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", process, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes] | None = None, log: Path | None = None) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and (process is None or process.poll() is None):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    said = log.read_text() if log else ""
    raise RuntimeError(f"no good answer from {url} within {START_SECONDS} seconds\n{said}")


def until(page: Page, holds: Callable[[], object]) -> None:
    """Returns when something holds that Playwright has no expectation for; fails where it never does."""
    deadline = time.monotonic() + HOLD_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        page.wait_for_timeout(20)  # in which what the browser tells is heard


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser that CHROMIUM names, else the system's."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(address: str, chromium: Browser) -> Iterator[OpenPage]:
    """Opens a path in a fresh profile: ``open_page("/arithmetic", color_scheme="dark")``.

    What the browser complains about (errors, refused policies, requests to other hosts) fails the test at its
    end, unless ``expect_errors=True``.
    """
    opened: list[tuple[Page, list[str]]] = []

    def open_path(path: str, *, expect_errors: bool = False, **options: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        page = context.new_page()
        complaints: list[str] = []
        if not expect_errors:
            scripted = options.get("java_script_enabled", True)
            page.on("console", lambda message: _note(complaints, message.type, message.text, scripted))
            page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: _foreign(complaints, request.url, address))
        opened.append((page, complaints))
        page.goto(address + path)
        return page

    yield open_path
    for page, complaints in opened:
        page.context.close()
        assert complaints == []


def _note(complaints: list[str], kind: str, text: str, scripted: bool) -> None:
    """Without scripts a browser that is given the time complains of what was loaded ahead for them."""
    if kind in {"error", "warning"} and (scripted or "was preloaded" not in text):
        complaints.append(text)


def _foreign(complaints: list[str], url: str, address: str) -> None:
    if not url.startswith((address, "data:", "blob:")):
        complaints.append(f"asked {url}")
