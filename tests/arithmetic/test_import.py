"""Importing the arithmetic imports no torch, no web and no arrays."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import app.arithmetic

MODULES = [f"app.arithmetic.{module.name}" for module in pkgutil.iter_modules(app.arithmetic.__path__)]
HEAVY = {"torch", "numpy", "fastapi", "starlette", "rich", "typer", "app.engine", "app.web", "app.pictures"}


def test_the_arithmetic_is_pure() -> None:
    program = f"import sys, {', '.join(MODULES)}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert not HEAVY & set(run.stdout.split())


def test_a_layer_is_described_without_torch() -> None:
    program = (
        "import sys; from app.arithmetic import description, parsing;"
        "description.describe(*parsing.read('conv2d', {'height': '7', 'kernel_size': '3'}));"
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert not HEAVY & set(run.stdout.split())
