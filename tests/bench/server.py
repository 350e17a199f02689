"""The real server in its own process, as `convscope serve` starts it, with the networks that are shipped."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from tests.ports import free_port

START_SECONDS = 120


@contextmanager
def running(**environment: str) -> Iterator[str]:
    """The address of a server that is ready, stopped at the end; `environment` adds to CONVSCOPE_…."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as pictures:
        settings = {"CONVSCOPE_PICTURES_URL": f"file://{pictures}", "CONVSCOPE_LOG_LEVEL": "error"}
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", str(port)],
            env=os.environ | settings | environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait(process, f"{address}/readyz")
            yield address
        finally:
            process.terminate()
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the server was not ready within {START_SECONDS} seconds")
