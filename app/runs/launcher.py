"""Starts trainers: processes that do not end when the server does, and that are told nothing but a number."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import app

COMMAND = (sys.executable, "-P", "-m", "app.cli", "train")


@dataclass(frozen=True)
class Launcher:
    """How a trainer is started.

    Attributes:
        command: to which ``--run ID`` is added.
        environment: added to ours; where the store is stands there, since a URL may have a password.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = COMMAND

    def start(self, run_id: str, log: Path) -> subprocess.Popen[bytes]:
        """Starts the trainer of a run, which writes its complaints to `log`. Raises OSError."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as complaints:
            return subprocess.Popen(  # noqa: S603  our own program, and an id that we made
                [*self.command, "--run", run_id],
                env=environment(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=complaints,
                stderr=complaints,
                # A signal to the server's group, such as Ctrl-C's, is none to the trainer.
                start_new_session=True,
            )


def environment(added: Mapping[str, str]) -> dict[str, str]:
    """Ours with what is added, in which a process finds this very package."""
    paths = (str(Path(app.__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", ""))
    return {**os.environ, **added, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
