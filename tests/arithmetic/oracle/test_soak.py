"""The oracle tests on twenty thousand other configurations of each operation, drawn anew on every run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from app.arithmetic.parsing import OPERATIONS
from tests.arithmetic.configurations import Dice, dice, examples
from tests.arithmetic.oracle import test_acceptance, test_cost, test_source, test_walkthrough

TESTS: tuple[Any, ...] = (
    test_acceptance.test_shape_refusal_and_parameters_are_pytorchs,
    test_cost.test_macs_and_bytes_are_pytorchs,
    test_source.test_the_line_evaluated_is_the_module,
    test_walkthrough.test_every_cell_is_pytorchs,
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "check", [test.hypothesis.inner_test for test in TESTS], ids=lambda test: test.__name__
)
@pytest.mark.parametrize("operation", OPERATIONS)
@settings(examples(20_000), derandomize=False)
@given(dice=dice)
def test_many_more_configurations(operation: str, check: Callable[[str, Dice], None], dice: Dice) -> None:
    check(operation, dice)
