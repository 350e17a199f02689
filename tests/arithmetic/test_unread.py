"""What is never read, and the longest window of adaptive pooling, against every window written out."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from app.arithmetic.geometry import Share, Slide
from app.arithmetic.unread import Run, unread

SIZES = st.integers(1, 60)


@given(SIZES, SIZES)
def test_the_longest_window_is_as_long_as_the_longest(size: int, output: int) -> None:
    axis = Share(size, output)
    assert axis.longest == max(len(axis.window(index)) for index in range(output))


@given(SIZES, st.integers(1, 5), st.integers(1, 6), st.integers(0, 4), st.integers(1, 3))
def test_cells_are_never_read_or_under_a_window(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    axis = Slide(size, kernel, stride, padding, padding, dilation)
    if axis.output < 1:
        return
    read = {cell for index in range(axis.output) for cell in axis.window(index)}
    found = unread(axis)
    inside = {cell for run in found.input for cell in range(run.first, run.last + 1)}
    outside = {cell for run in found.padding for cell in range(run.first, run.last + 1)}
    assert inside == set(range(size)) - read
    assert outside == set(range(-padding, size + padding)) - set(range(size)) - read


def test_gaps_and_the_end_are_told_apart_by_where_they_lie() -> None:
    assert unread(Slide(7, 3, 2, 1, 1, 2)).input == [Run(0, 0), Run(2, 2), Run(4, 4), Run(6, 6)]
    assert unread(Slide(9, 5, 3, 2, 2)) == ([], [Run(9, 10)])


def test_the_largest_layer_is_no_work() -> None:
    before = time.perf_counter()
    assert unread(Slide(16_384, 1000, 7)).input[-1].last == 16_383
    assert time.perf_counter() - before < 0.5
