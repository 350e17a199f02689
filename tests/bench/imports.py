"""What `import app.arithmetic` costs a shell command that starts, beyond the `import pydantic` under it.

Each time is a fresh interpreter's; the two kinds take turns, so that a slow moment slows both.
"""

from __future__ import annotations

import pkgutil
import statistics
import subprocess
import sys
from collections.abc import Iterator

import app.arithmetic
from tests.bench.measurement import Measurement

ROUNDS = 15
MODULES = ", ".join(
    f"app.arithmetic.{module.name}" for module in pkgutil.iter_modules(app.arithmetic.__path__)
)
TIMED = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"


def seconds_to_import(modules: str) -> float:
    """How long a fresh interpreter takes to import `modules`, its own start not counted."""
    run = subprocess.run(
        [sys.executable, "-c", TIMED.format(modules)], check=True, capture_output=True, text=True
    )
    return float(run.stdout)


def measure() -> Iterator[Measurement]:
    """Every module of the arithmetic, more than any one command needs."""
    for modules in ("pydantic", MODULES):  # once to write the bytecode
        seconds_to_import(modules)
    pairs = [(seconds_to_import("pydantic"), seconds_to_import(MODULES)) for _ in range(ROUNDS)]
    pydantic, arithmetic = (1000 * statistics.median(times) for times in zip(*pairs, strict=True))
    yield Measurement("import pydantic", pydantic, "ms")
    yield Measurement(
        "import app.arithmetic, all of it, beyond that", arithmetic - pydantic, "ms", at_most=80
    )
