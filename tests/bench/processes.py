"""What processes of this machine have cost: CPU time to the microsecond, as the Linux scheduler counts it."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")


def children() -> set[int]:
    """The numbers of this process's child processes."""
    return set(_children_of(os.getpid()))


def cpu_seconds(process_id: int) -> float:
    """CPU time of all threads of a process and of those under it, the ended ones not counted."""
    nanoseconds = 0
    for task in _tasks(process_id):
        try:
            nanoseconds += int((task / "schedstat").read_bytes().split()[0])
        except FileNotFoundError:  # it has ended meanwhile
            continue
    return nanoseconds / 1e9 + sum(map(cpu_seconds, _children_of(process_id)))


def spare_seconds() -> float:
    """CPU time of all cores that nobody used, or only those who had been told to give way (nice)."""
    _cpu, _user, nice, _system, idle, waiting, *_rest = (PROC / "stat").read_text().split(maxsplit=6)
    return (int(nice) + int(idle) + int(waiting)) / os.sysconf("SC_CLK_TCK")


def _tasks(process_id: int) -> list[Path]:
    try:
        return list((PROC / str(process_id) / "task").iterdir())
    except FileNotFoundError:
        return []


def _children_of(process_id: int) -> list[int]:
    found: list[int] = []
    for task in _tasks(process_id):
        try:
            found += map(int, (task / "children").read_text().split())
        except FileNotFoundError:
            continue
    return found
