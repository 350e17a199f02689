"""A process that stops its oracle may end at once, even if that is still importing torch."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import time
from app.arithmetic.layers import Conv2d
from app.engine.oracle import Oracle

oracle = Oracle()
oracle.start()
oracle.verdict(Conv2d(out_channels=1, kernel_size=3), (1, 7, 7))
time.sleep({seconds})
oracle.stop()
"""


@pytest.mark.parametrize("seconds", [0.1, 0.4])
def test_a_process_may_end_while_torch_is_being_imported(seconds: float) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(seconds=seconds)], capture_output=True, check=False, timeout=60
    )
    assert (run.returncode, run.stderr) == (0, b"")
