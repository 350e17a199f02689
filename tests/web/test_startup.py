"""What must not be paid for before it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "torchvision", "safetensors.torch")


def loaded_after(statement: str, names: tuple[str, ...]) -> list[str]:
    """Which of `names` a fresh interpreter has imported after `statement`."""
    code = f"{statement}\nimport sys\nprint(*[name for name in {names!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.split()


def test_the_application_is_made_without_torch() -> None:
    statement = "from app.main import create_app; from app.settings import Settings; create_app(Settings())"
    assert loaded_after(statement, HEAVY) == []


@pytest.mark.parametrize("command", ["--help", "serve --help"])
def test_the_command_explains_itself_without_the_server(command: str) -> None:
    statement = (
        "import contextlib, io, sys\n"
        f"sys.argv = ['convscope', *{command.split()!r}]\n"
        "from app.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "    main()"
    )
    assert loaded_after(statement, (*HEAVY, "fastapi", "uvicorn", "numpy", "PIL")) == []


def test_nothing_of_babel_is_needed_to_serve_compiled_translations() -> None:
    statement = "import app.main"
    assert loaded_after(statement, ("babel",)) == []
