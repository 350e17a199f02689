"""Every convolution that turns one size into another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.fields import MAX_SIDE
from app.arithmetic.parsing import whole_number

MAX_SOLUTIONS = 20_000
"""Most solutions of one answer."""
LIMITS = {"input": MAX_SIDE, "output": MAX_SIDE, "max_kernel_size": 64, "dilation": 32}
"""What can be asked for, and up to which number."""


class Solution(NamedTuple):
    """Arguments of one axis, and whether the last window ends exactly at the padded input's end."""

    fits: bool
    kernel_size: int
    stride: int
    padding: int
    dilation: int


def read(texts: Mapping[str, str]) -> tuple[Solution, ...]:
    """The solutions that a query's texts ask for: input, output and, unless usual, the rest of `LIMITS`.

    Raises:
        InvalidSpec: one of them is not a whole number from 1 to its limit, or there are too many solutions.
    """
    usual = {"max_kernel_size": "11", "dilation": "1"}
    asked = {name: whole_number(name, text, 1, LIMITS[name]) for name, text in {**usual, **texts}.items()}
    return solve(asked["input"], asked["output"], asked["max_kernel_size"], asked["dilation"])


def solve(size: int, output: int, max_kernel_size: int = 11, dilation: int = 1) -> tuple[Solution, ...]:
    """Every F ≤ `max_kernel_size`, 1 ≤ S ≤ `size`, 0 ≤ P ≤ D(F − 1) that turns `size` cells into `output`.

    Those that fit exactly come first, then by F, S, P.

    Raises:
        InvalidSpec: more than `MAX_SOLUTIONS`; its nearest is the largest `max_kernel_size` with fewer.
    """
    found: list[Solution] = []
    for kernel in range(1, max_kernel_size + 1):
        for padding in range(dilation * (kernel - 1) + 1):
            room = size + 2 * padding - dilation * (kernel - 1) - 1
            strides = _strides(room, output, size)
            if len(found) + len(strides) > MAX_SOLUTIONS:
                raise InvalidSpec(
                    "max_kernel_size",
                    "There are more than {most} solutions; ask for smaller kernels.",
                    {"most": MAX_SOLUTIONS},
                    kernel - 1 or None,
                )
            found += [Solution(room % s == 0, kernel, s, padding, dilation) for s in strides]
    return tuple(sorted(found, key=lambda each: (not each.fits, each[1:])))


def _strides(room: int, output: int, most: int) -> range:
    """The strides up to `most` that step exactly `output` − 1 times in `room` cells."""
    if room < 0:
        return range(0)
    last = most if output == 1 else min(most, room // (output - 1))
    return range(max(1, room // output + 1), last + 1)
