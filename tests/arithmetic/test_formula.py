"""The LaTeX: one template for letters and numbers, whose value is the output size."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given

from app.arithmetic import acceptance, geometry
from app.arithmetic.formula import formula
from tests.arithmetic.configurations import Dice, configuration, dice, examples, layer_of

FRACTION = re.compile(r"\\frac\{(.*)\}\{(\d+)\} \+ 1 \\right")


def value_of(numbers: str) -> Fraction:
    """The value of the rule's right side, up to the first equals sign after it, without rounding."""
    rule = numbers.split(" = ")[1]
    found = FRACTION.search(rule)
    plain = f"Fraction({found[1]}, {found[2]}) + 1" if found else f"Fraction({rule})"
    return Fraction(eval(plain.replace(r"\cdot", "*"), {"Fraction": Fraction}))


@pytest.mark.parametrize(
    "operation", ["conv1d", "conv2d", "conv3d", "conv_transpose2d", "max_pool2d", "avg_pool2d"]
)
@examples(150)
@given(dice=dice)
def test_the_numbers_of_the_formula_make_the_output(operation: str, dice: Dice) -> None:
    arguments, shape = configuration(operation, dice)
    layer = layer_of(operation, arguments)
    if acceptance.violation(layer, shape) is not None:
        return
    found = formula(layer, shape)
    for numbers, axis in zip(found.axes.values(), geometry.axes(layer, shape), strict=True):
        assert value_of(numbers) == axis.exact
        assert numbers.endswith(f" = {axis.output}")
    assert r"\class" not in found.latex + found.latex_substituted


@pytest.mark.parametrize("operation", ["conv2d", "conv_transpose2d", "max_pool2d", "adaptive_avg_pool2d"])
@examples(50)
@given(dice=dice)
def test_the_marked_formula_is_the_plain_one_with_classes(operation: str, dice: Dice) -> None:
    arguments, shape = configuration(operation, dice)
    layer = layer_of(operation, arguments)
    if acceptance.violation(layer, shape) is not None:
        return
    plain, marked = formula(layer, shape), formula(layer, shape, marked=True)
    unmark = re.compile(r"\\class\{v-[NFPSDOA]\}\{((?:[^{}]|\{[^{}]*\}|\{[^{}]*\{[^{}]*\}[^{}]*\})*)\}")
    assert unmark.sub(r"\1", marked.latex) == plain.latex
    assert unmark.sub(r"\1", marked.latex_substituted) == plain.latex_substituted
    assert r"\class{v-O}" in marked.latex_substituted


def test_the_lectures_rule_has_no_dilation_in_it() -> None:
    layer = layer_of("conv2d", {"out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1})
    found = formula(layer, (1, 7, 7))
    assert found.latex == r"O = \left\lfloor \frac{N - F + 2P}{S} + 1 \right\rfloor"
    assert found.latex_substituted == r"O = \left\lfloor \frac{7 - 3 + 2 \cdot 1}{2} + 1 \right\rfloor = 4"


def test_axes_that_differ_are_named() -> None:
    layer = layer_of("conv2d", {"out_channels": 1, "kernel_size": (3, 2)})
    assert formula(layer, (1, 7, 7)).latex_substituted == (
        r"\text{height: } O = \left\lfloor \frac{7 - 3 + 2 \cdot 0}{1} + 1 \right\rfloor = 5,\quad "
        r"\text{width: } O = \left\lfloor \frac{7 - 2 + 2 \cdot 0}{1} + 1 \right\rfloor = 6"
    )


def test_padding_of_two_kinds_is_written_out() -> None:
    layer = layer_of("conv2d", {"out_channels": 1, "kernel_size": 4, "padding": "same"})
    found = formula(layer, (1, 7, 7))
    assert found.latex == r"O = \left\lfloor \frac{N - F + P_1 + P_2}{S} + 1 \right\rfloor"
    assert "7 - 4 + 1 + 2" in found.latex_substituted


def test_a_window_that_would_start_past_the_end_is_taken_off() -> None:
    layer = layer_of("max_pool2d", {"kernel_size": 2, "stride": 3, "ceil_mode": True})
    assert formula(layer, (1, 6, 6)).latex_substituted.endswith(r"\left\lceil 2.33 \right\rceil - 1 = 2")


def test_a_fraction_that_two_decimals_would_make_whole_is_a_fraction() -> None:
    layer = layer_of("conv1d", {"out_channels": 1, "kernel_size": 1, "stride": 1000})
    assert r"\left\lfloor \frac{1001}{1000} \right\rfloor = 1" in formula(layer, (1, 2)).latex_substituted


def test_adaptive_pooling_says_which_cells_a_mean_is_of() -> None:
    layer = layer_of("adaptive_avg_pool2d", {"output_size": 3})
    first, last = formula(layer, (1, 7, 7)).latex_substituted.split(r" \le n < ")
    assert first == r"\left\lfloor \frac{i \cdot 7}{3} \right\rfloor"
    assert last == r"\left\lceil \frac{(i + 1) \cdot 7}{3} \right\rceil"
