"""`pip install .` gives everything: the wheel alone serves pages, scripts and networks from any folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def server(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that runs from the unpacked wheel, in an empty folder."""
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONVSCOPE_")}
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", str(port)],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        env=environment | {"PYTHONPATH": str(site)},
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended by itself"
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"not ready after {START_SECONDS} s")


def read(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as reply:
        content: bytes = reply.read()
    return content


def test_the_wheel_holds_all_that_is_served_and_no_source_of_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        manifest = json.loads(archive.read("app/_data/static/manifest.json"))["files"]
    templates = {path.relative_to(ROOT / "templates") for path in (ROOT / "templates").rglob("*.html")}
    assert {f"app/_data/templates/{path.as_posix()}" for path in templates} <= names
    assert manifest
    assert {f"app/_data/static/{hashed}" for hashed in manifest.values()} <= names
    for network in ("mlp", "lenet", "tinyvgg", "convnet"):
        for file in ("network.json", "weights.safetensors", "card.json"):
            assert f"app/_data/models/{network}/{file}" in names
    assert "app/locale/ko/LC_MESSAGES/convscope.mo" in names
    assert not [name for name in names if name.endswith((".po", ".ts", ".map")) or name.startswith("tests/")]


def test_the_wheel_serves_pages_and_their_assets_from_any_folder(server: str, wheel: Path) -> None:
    page = read(f"{server}/").decode()
    with zipfile.ZipFile(wheel) as archive:
        for address in re.findall(r'(?:src|href)="/static/([^"]+)"', page):
            assert read(f"{server}/static/{address}") == archive.read(f"app/_data/static/{address}")
    assert "/static/" in page


def test_the_wheel_speaks_korean(server: str) -> None:
    assert '<html lang="ko">' in read(f"{server}/?lang=ko").decode()


def test_the_wheel_brings_its_networks(server: str) -> None:
    names = {card["name"] for card in json.loads(read(f"{server}/api/v1/networks"))}
    assert names == {"mlp", "lenet", "tinyvgg", "convnet"}
