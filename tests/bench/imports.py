"""What `import app.arithmetic` costs a shell command that starts, beyond the pydantic under it.

`import pydantic` by itself loads next to nothing, since pydantic loads its parts when they are asked for;
what is under the arithmetic is pydantic with the parts that any model needs. Each time is a fresh
interpreter's, which finds its bytecode written, as that of an installed program is; the kinds take turns, so
that a slow moment slows all. Not counted is what comes later: a model builds its validator when it first
validates.
"""

from __future__ import annotations

import os
import pkgutil
import statistics
import subprocess
import sys
from collections.abc import Iterator

import app.arithmetic
from tests.bench.measurement import Measurement

ROUNDS = 15
PACKAGE = "app.arithmetic"
MODULES = ", ".join(
    f"app.arithmetic.{module.name}" for module in pkgutil.iter_modules(app.arithmetic.__path__)
)
BYTECODE_IS_WRITTEN = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
TIMED = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"


def seconds_to_import(modules: str) -> float:
    """How long a fresh interpreter takes to import `modules`, its own start not counted."""
    run = subprocess.run(
        [sys.executable, "-c", TIMED.format(modules)],
        check=True,
        capture_output=True,
        text=True,
        env=BYTECODE_IS_WRITTEN,
    )
    return float(run.stdout)


def measure() -> Iterator[Measurement]:
    """The package, and every module of it, more than any one command needs."""
    imports = (
        "pydantic",
        "pydantic, pydantic.main, pydantic.fields",
        f"pydantic, {PACKAGE}",
        f"pydantic, {MODULES}",
    )
    for modules in imports:  # once to write the bytecode
        seconds_to_import(modules)
    rounds = [[seconds_to_import(modules) for modules in imports] for _ in range(ROUNDS)]
    lazy, pydantic, package, whole = (1000 * statistics.median(times) for times in zip(*rounds, strict=True))
    yield Measurement("import pydantic", lazy, "ms")
    yield Measurement("import pydantic, with what any model needs", pydantic, "ms")
    yield Measurement("import app.arithmetic beyond import pydantic", package - lazy, "ms", at_most=80)
    yield Measurement("all of its modules beyond import pydantic", whole - lazy, "ms", at_most=80)
    yield Measurement("all of its modules beyond pydantic as models need it", whole - pydantic, "ms")
