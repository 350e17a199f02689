"""Freed memory stays with the process while it trains, and goes back to the system afterwards."""

from __future__ import annotations

import multiprocessing
import platform
import resource
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
import torch

from app.engine.allocation import memory_kept

BYTES, BLOCKS = 64 * 2**20, 8
PAGES = BYTES * BLOCKS // resource.getpagesize()

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told anything")


def fresh_pages() -> int:
    """How many pages the system supplied for a step's tensors, as large as those of the step before."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    _ = [torch.empty(BYTES, dtype=torch.uint8).fill_(1) for _ in range(BLOCKS)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def measured() -> tuple[int, int, int]:
    """Fresh pages of a step before and within, and the bytes that were given back after it."""
    before = min(fresh_pages() for _ in range(4))
    with memory_kept():
        within = min(fresh_pages() for _ in range(4))
        kept = resident_bytes()
    return before, within, kept - resident_bytes()


def test_blocks_that_were_freed_are_used_again_within_and_given_back_after() -> None:
    # A process of its own: what other tests freed would be holes to allocate from.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
        before, within, given_back = alone.submit(measured).result()
    assert before > PAGES * 0.9
    assert within < PAGES * 0.3  # a block may find its hole taken by something small, and start elsewhere
    assert given_back > BYTES * BLOCKS * 0.9
