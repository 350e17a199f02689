"""Which process on which machine: told apart from a later one that was given the same number."""

from __future__ import annotations

import os
import socket
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process: its machine, its number there, and when it was started, in the machine's own words."""

    host: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.host} {self.pid} {self.started}"

    @classmethod
    def parse(cls, text: str) -> Process:
        """The process that :meth:`__str__` wrote."""
        host, pid, started = text.rsplit(" ", 2)
        return cls(host, int(pid), started)

    @property
    def is_here(self) -> bool:
        """Whether its machine is this one, in this boot or an earlier one."""
        return self.host.partition("/")[0] == host().partition("/")[0]

    @property
    def is_alive(self) -> bool:
        """Whether it runs; only of a process that is here."""
        return self.host == host() and started(self.pid) == self.started


def this_process() -> Process:
    """Ourselves."""
    return Process(host(), os.getpid(), started(os.getpid()) or "-")


@cache
def host() -> str:
    """This machine's name and the number of its boot."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = "-"
    return f"{socket.gethostname().replace('/', '-').replace(' ', '-')[:64]}/{boot}"


def started(pid: int) -> str | None:
    """When the process of this number was started; None where there is none or only its remains."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None if Path("/proc/self").exists() else _started_elsewhere(pid)
    except OSError:
        return None
    # The name of the program stands in parentheses and may hold anything, spaces and parentheses too.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else fields[19]


def _started_elsewhere(pid: int) -> str | None:
    """Where there is no /proc."""
    asked = subprocess.run(  # noqa: S603  a number of ours
        ["/bin/ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, when = asked.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else "-".join(when.split())
