"""How a decoding ends: what the decoding process tells its parent. Standard library only."""

from __future__ import annotations

import enum


class Verdict(enum.IntEnum):
    """The first byte of every message of a decoding process."""

    READY = 0
    DECODED = 1
    UNSUPPORTED = 2
    """The bytes do not begin like any of the five formats; nothing parsed them."""
    TOO_LARGE = 3
    """The header claims more pixels than are read; nothing was decoded."""
    BROKEN = 4
    """The bytes begin like a picture and then are not one: damaged, cut short, or no pixels at all."""


class NotDecoded(Exception):
    """Decoding ended with another verdict than DECODED."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(verdict.name)
