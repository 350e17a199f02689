"""What pictures pass through, served by a process of its own and watched from outside.

``python -m tests.pictures.served PORT`` is the server: everything but networks, so that it starts quickly.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from app.main import create_app
from app.settings import Settings
from app.web import documentation, home, images, operations, serving
from tests.ports import free_port

BOUNDARY = "convscope-test"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def form(file: bytes, name: str = "picture.png", fields: dict[str, str] | None = None) -> bytes:
    """A multipart body as browsers send it."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in (fields or {}).items()
    ]
    disposition = f'Content-Disposition: form-data; name="file"; filename="{name}"'
    head = f"--{BOUNDARY}\r\n{disposition}\r\nContent-Type: image/png\r\n\r\n"
    return b"".join([*parts, head.encode(), file, f"\r\n--{BOUNDARY}--\r\n".encode()])


HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


class Served:
    """A running server; use as a context. ``settings`` go to its environment."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.port = free_port()
        self.pictures, self.temporary = folder / "pictures", folder / "temporary"
        self.temporary.mkdir()
        environment = {f"CONVSCOPE_{name.upper()}": str(value) for name, value in settings.items()}
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.temporary),
            "CONVSCOPE_PICTURES_URL": f"file://{self.pictures}",
            "CONVSCOPE_RATE_BURST": "1000000",
            **environment,
        }

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.pictures.served", str(self.port)],
            env=self._environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while True:
            assert self.process.poll() is None, "the server has ended"
            assert time.monotonic() < deadline, "the server does not get ready"
            try:
                if self.ask("GET", "/readyz").status == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        finally:
            self.process.kill()

    def ask(
        self, method: str, path: str, body: bytes | None = None, timeout: float = 40, **headers: str
    ) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def send(self, file: bytes, timeout: float = 40) -> Answer:
        """Post a picture."""
        return self.ask("POST", "/api/v1/images", form(file), timeout, **HEADERS)

    def family(self) -> list[int]:
        """Process ids of the server and of everything it has started."""
        ids = [self.process.pid]
        for process_id in ids:
            for task in Path(f"/proc/{process_id}/task").glob("*/children"):
                try:
                    ids += [int(child) for child in task.read_text().split()]
                except OSError:
                    continue
        return ids

    def memory_bytes(self) -> int:
        """Resident memory of the whole family."""
        total = 0
        for process_id in self.family():
            try:
                total += int(Path(f"/proc/{process_id}/statm").read_text().split()[1]) * os.sysconf(
                    "SC_PAGE_SIZE"
                )
            except OSError:
                continue
        return total

    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))


def main() -> None:
    settings = Settings(port=int(sys.argv[1]), log_level="warning")
    features = (operations.feature, documentation.feature, home.feature, images.feature)
    sys.exit(serving.serve(settings, create_app(settings, features)))


if __name__ == "__main__":
    main()
