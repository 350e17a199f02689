"""What the shell scripts say when something is missing: one sentence, and a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A folder that stands alone on PATH: the shell's own tools, and a person who is not root."""
    for name in ("bash", "dirname", "env"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    put(tmp_path, "id", "echo 1000")
    return tmp_path


def put(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/usr/bin/env bash\n{script}\n")
    path.chmod(0o755)


def failure(script: str, path: Path, **environment: str) -> str:
    run = subprocess.run(
        [ROOT / "scripts" / script],
        env={"PATH": str(path), "HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        check=False,
        text=True,
    )
    assert run.returncode == 1
    assert run.stdout == ""
    (sentence,) = run.stderr.splitlines()
    return sentence


def test_an_old_python_is_refused_by_name(commands: Path) -> None:
    put(commands, "python2", "exit 1")
    sentence = failure("make_venv.sh", commands, PYTHON="python2")
    assert sentence == "ConvScope: PYTHON=python2 is not a Python of version 3.11 or later."


def test_no_python_at_all_is_said(commands: Path) -> None:
    assert "Python 3.11 or later is needed" in failure("make_venv.sh", commands)


def test_a_missing_venv_module_names_the_package_to_install(commands: Path) -> None:
    # Python 3.12 as Debian splits it: it runs, it tells its version, and it cannot make environments.
    put(commands, "python3", "[[ $2 == *ensurepip* ]] && exit 1; [[ $2 == *print* ]] && echo 3.12; exit 0")
    put(commands, "apt-get", "exit 0")
    assert "sudo apt-get install python3.12-venv" in failure("make_venv.sh", commands)


def test_a_missing_browser_is_a_failure_that_says_what_to_do(commands: Path) -> None:
    assert "CHROMIUM=/path/to/chromium" in failure("find_browser.sh", commands)


def test_a_named_browser_that_is_not_there_is_refused(commands: Path) -> None:
    sentence = failure("find_browser.sh", commands, CHROMIUM="/nowhere/chromium")
    assert sentence == "ConvScope: CHROMIUM=/nowhere/chromium is not a program."


def test_the_browser_of_the_machine_is_found(commands: Path) -> None:
    put(commands, "chromium", "exit 0")
    run = subprocess.run(
        [ROOT / "scripts" / "find_browser.sh"],
        env={"PATH": str(commands)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert run.stdout.strip() == str(commands / "chromium")
