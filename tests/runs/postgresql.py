"""A PostgreSQL of the tests' own: on a free port of loopback, in a new folder, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

START_SECONDS = 60


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`, the newest there is; Debian keeps them out of the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    candidates = [*reversed(folders), *([Path(found).parent] if found else [])]
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


def missing() -> str | None:
    """Why there can be no PostgreSQL here; None where there can."""
    try:
        import psycopg  # noqa: F401, PLC0415
    except ImportError:
        return "psycopg is not installed"
    if programs() is None:
        return "PostgreSQL is not installed"
    if os.getuid() == 0 and _other_user() is None:
        return "PostgreSQL refuses to run as root, and there is no user for it"
    return None


@contextmanager
def running() -> Iterator[str]:
    """The SQLAlchemy URL of a new, empty database."""
    folder = Path(tempfile.mkdtemp(prefix="convscope-postgresql-"))
    user = _other_user() if os.getuid() == 0 else None
    try:
        if user is not None:
            shutil.chown(folder, user)
        bin_folder = programs()
        assert bin_folder is not None
        data, port = folder / "data", free_port()
        subprocess.run(
            [bin_folder / "initdb", "-D", data, "-A", "trust", "-U", "convscope", "--no-sync"],
            check=True,
            capture_output=True,
            user=user,
            cwd="/",
        )
        options = (f"-p{port}", f"-k{folder}", "-clisten_addresses=127.0.0.1", "-cfsync=off")
        with subprocess.Popen(
            [bin_folder / "postgres", "-D", data, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=user,
            cwd="/",
        ) as server:
            try:
                _wait_until_it_answers(port)
                yield f"postgresql://convscope@127.0.0.1:{port}/postgres"
            finally:
                server.send_signal(signal.SIGINT)  # fast: with SIGTERM it would wait for its clients
                server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _other_user() -> str | None:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None


def _wait_until_it_answers(port: int) -> None:
    import psycopg  # noqa: PLC0415

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=convscope dbname=postgres").close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return
