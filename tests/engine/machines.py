"""Machines for tests of a network: each a network namespace with an address of its own, on one link."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LINK = "cable"
"""What each machine calls its network interface."""


class NoMachines(RuntimeError):
    """Namespaces cannot be made here; the text says why."""


@dataclass(frozen=True)
class Machine:
    """A namespace: its own interfaces, addresses and ports; files and processors are this machine's."""

    namespace: str
    address: str

    def within(self, command: list[str]) -> list[str]:
        """The command line that runs `command` there."""
        return ["ip", "netns", "exec", self.namespace, *command]

    def processes(self, word: str = "") -> list[int]:
        """The numbers of the processes there that have `word` on their command line."""
        told = subprocess.run(
            ["ip", "netns", "pids", self.namespace], capture_output=True, text=True, check=False
        )
        return [number for number in map(int, told.stdout.split()) if word in _command_line(number)]


@contextmanager
def two() -> Iterator[tuple[Machine, Machine]]:
    """Two machines that reach each other and nobody else; afterwards neither they nor what ran there is left.

    Raises:
        NoMachines
    """
    if shutil.which("ip") is None:
        raise NoMachines("there is no iproute2 here")
    if os.geteuid() != 0:
        raise NoMachines("network namespaces need root")
    first, second = (Machine(f"convscope-{os.getpid()}-{number}", f"192.0.2.{number}") for number in (1, 2))
    try:
        for machine in (first, second):
            _ip("netns", "add", machine.namespace)
        ends = ([LINK, "netns", machine.namespace] for machine in (first, second))
        _ip("link", "add", "name", *next(ends), "type", "veth", "peer", "name", *next(ends))
        for machine in (first, second):
            _ip("-n", machine.namespace, "address", "add", f"{machine.address}/24", "dev", LINK)
            for device in ("lo", LINK):
                _ip("-n", machine.namespace, "link", "set", device, "up")
        yield first, second
    finally:
        for machine in (first, second):
            _remove(machine)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoMachines(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


def _remove(machine: Machine) -> None:
    """With it goes its end of the link, and with that the other end."""
    while left := machine.processes():
        for number in left:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)
    subprocess.run(["ip", "netns", "delete", machine.namespace], capture_output=True, check=False)


def _command_line(number: int) -> str:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
