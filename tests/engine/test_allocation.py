"""Freed memory stays with the process while it trains, and goes back to the system afterwards."""

from __future__ import annotations

import platform
import resource
from pathlib import Path

import pytest
import torch

from app.engine.allocation import memory_kept

BYTES = 256 * 2**20

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told anything")


def fresh_pages() -> int:
    """How many pages the system had to supply for a block as large as many before it."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.empty(BYTES, dtype=torch.uint8).fill_(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_a_block_that_was_freed_is_used_again_within_and_given_back_after() -> None:
    with memory_kept():
        # A small tensor may have been cut out of the freed block: the next one then starts elsewhere, once.
        assert min(fresh_pages() for _ in range(5)) < 10
        kept = resident_bytes()
    assert resident_bytes() < kept - BYTES // 2
    assert min(fresh_pages() for _ in range(5)) > 10
