"""Which torch is installed: PyTorch's CPU wheels where they suffice and answer, else the default index."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from scripts import install_torch

TORCH = install_torch.pins(install_torch.PINS.read_text())


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def wheel_index(folder: Path) -> Iterator[str]:
    """Serves a folder of folders of wheels; a listing of files is all that pip asks of an index."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def add_wheel(index: Path, name: str, version: str, source: str = "") -> None:
    """A package of one module, as small as a wheel can be."""
    folder = index / name
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", source)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder / "bin" / "python"


def install(python: Path, cpu_index: str, default_index: str) -> tuple[str, dict[str, str]]:
    """What the script prints, and the versions that are there afterwards."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    environment |= {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
        "PIP_INDEX_URL": default_index,
        "TORCH_INDEX": cpu_index,
    }
    run = subprocess.run(
        [python, install_torch.__file__], env=environment, capture_output=True, check=True, text=True
    )
    frozen = subprocess.run([python, "-m", "pip", "freeze"], capture_output=True, check=True, text=True)
    return run.stdout, dict(line.split("==") for line in frozen.stdout.splitlines())


def test_cpu_wheels_are_taken_and_left_alone_afterwards(bare_python: Path, tmp_path: Path) -> None:
    for name, version in TORCH.items():
        add_wheel(tmp_path / "cpu", name, f"{version}+cpu")
        add_wheel(tmp_path / "default", name, version)
    with wheel_index(tmp_path / "cpu") as cpu, wheel_index(tmp_path / "default") as default:
        _, versions = install(bare_python, cpu, default)
        assert versions == {name: f"{version}+cpu" for name, version in TORCH.items()}
    said, again = install(bare_python, "http://127.0.0.1:9", "http://127.0.0.1:9")
    assert (said, again) == ("", versions)
    subprocess.run([bare_python, "-m", "pip", "uninstall", "--yes", "--quiet", *TORCH], check=True)


def test_a_pair_that_does_not_match_is_replaced_from_the_default_index(
    bare_python: Path, tmp_path: Path
) -> None:
    broken = "raise RuntimeError('operator torchvision::nms does not exist')"
    for name, version in TORCH.items():
        add_wheel(tmp_path / "cpu", name, f"{version}+cpu", broken if name == "torchvision" else "")
        add_wheel(tmp_path / "default", name, version)
    with wheel_index(tmp_path / "cpu") as cpu, wheel_index(tmp_path / "default") as default:
        said, versions = install(bare_python, cpu, default)
    assert "did not give a working torch" in said
    assert versions == TORCH
    subprocess.run([bare_python, "-m", "pip", "uninstall", "--yes", "--quiet", *TORCH], check=True)


def test_an_index_that_does_not_answer_is_not_waited_for(bare_python: Path, tmp_path: Path) -> None:
    for name, version in TORCH.items():
        add_wheel(tmp_path / "default", name, version)
    with wheel_index(tmp_path / "default") as default:
        said, versions = install(bare_python, "http://127.0.0.1:9", default)
    assert "does not answer" in said
    assert versions == TORCH


@pytest.mark.parametrize(
    ("platform", "gpu", "answers", "override", "expected"),
    [
        ("linux", False, True, "", install_torch.CPU_INDEX),
        ("linux", False, False, "", None),
        ("linux", True, True, "", None),
        ("darwin", False, True, "", None),
        ("linux", False, True, "default", None),
        ("linux", True, True, "https://example.org/whl/cu130/", "https://example.org/whl/cu130"),
    ],
)
def test_the_index_follows_the_machine_unless_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    gpu: bool,
    answers: bool,
    override: str,
    expected: str | None,
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(install_torch, "has_nvidia_gpu", lambda: gpu)
    monkeypatch.setattr(install_torch, "answers", lambda index: answers)
    assert install_torch.choose_index(override) == expected
