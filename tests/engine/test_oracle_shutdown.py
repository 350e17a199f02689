"""A stopped oracle leaves no thread: a process that ends while one imports torch crashes."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import threading
from app.arithmetic.layers import Conv2d
from app.engine.oracle import Oracle

oracle = Oracle()
oracle.start()
oracle.verdict(Conv2d(out_channels=1, kernel_size=3), (1, 7, 7))
oracle.stop()
print([thread.name for thread in threading.enumerate()])
"""


def test_no_thread_is_left_even_if_torch_was_being_imported() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True, text=True)
    assert (run.stdout, run.stderr) == ("['MainThread']\n", "")
