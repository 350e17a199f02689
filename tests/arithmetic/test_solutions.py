"""The solver finds what trying everything finds, in the promised order."""

from __future__ import annotations

import pytest
from hypothesis import given

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.geometry import Slide
from app.arithmetic.solutions import read, solve
from tests.arithmetic.configurations import Dice, dice, examples


@examples(60)
@given(dice=dice)
def test_every_solution_and_nothing_else(dice: Dice) -> None:
    size, output = dice.number(1, 24), dice.number(1, 24)
    largest, dilation = dice.number(1, 7), dice.number(1, 3)
    tried = [
        (axis.exact.denominator == 1, kernel, stride, padding)
        for kernel in range(1, largest + 1)
        for stride in range(1, size + 1)
        for padding in range(dilation * (kernel - 1) + 1)
        if (axis := Slide(size, kernel, stride, padding, padding, dilation)).padded >= axis.extent
        if axis.output == output
    ]
    found = solve(size, output, largest, dilation)
    assert [each[:4] for each in found] == sorted(tried, key=lambda each: (not each[0], *each[1:]))
    assert {each.dilation for each in found} <= {dilation}


def test_thirty_two_to_sixteen() -> None:
    found = solve(32, 16)
    exact = [(each.kernel_size, each.stride, each.padding) for each in found if each.fits]
    assert exact == [(2, 2, 0), (4, 2, 1), (6, 2, 2), (8, 2, 3), (10, 2, 4)]
    assert [each.fits for each in found] == sorted((each.fits for each in found), reverse=True)


def test_a_query_is_read_with_the_usual_numbers() -> None:
    assert read({"input": "32", "output": "16"}) == solve(32, 16)
    assert read({"input": "9", "output": "3", "max_kernel_size": "3", "dilation": "2"}) == solve(9, 3, 3, 2)


@pytest.mark.parametrize(
    ("texts", "field", "nearest"),
    [
        ({"input": "0", "output": "1"}, "input", 1),
        ({"input": "4", "output": "99999"}, "output", 16_384),
        ({"input": "4", "output": "1", "max_kernel_size": "65"}, "max_kernel_size", 64),
        ({"input": "4", "output": "2.5"}, "output", None),
    ],
)
def test_a_number_out_of_range_is_refused(texts: dict[str, str], field: str, nearest: int | None) -> None:
    with pytest.raises(InvalidSpec) as refused:
        read(texts)
    assert (refused.value.field, refused.value.nearest) == (field, nearest)


def test_too_many_solutions_are_refused_with_a_kernel_size_that_is_answered() -> None:
    with pytest.raises(InvalidSpec) as refused:
        solve(16_384, 1, 64, 32)
    assert isinstance(refused.value.nearest, int)
    assert solve(16_384, 1, refused.value.nearest, 32)
