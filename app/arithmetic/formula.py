"""The LaTeX of a layer's rule, symbolic and with its numbers, from one template.

The lecture's letters: N the input's size, F the kernel's, P the padding, S the stride, D the dilation, O the
output's size; A, written P_out, is output_padding. With ``marked=True`` every letter and number is wrapped as
``\\class{v-F}{3}``, so that a page can colour, highlight and rewrite it; without, it is plain LaTeX.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from app.arithmetic import geometry
from app.arithmetic.geometry import AXES, Axis, Shape, Share, Slide, Stamp, Windowed
from app.arithmetic.rounding import rounded

LETTERS = {
    "N": "N",
    "F": "F",
    "P": "P",
    "P1": "P_1",
    "P2": "P_2",
    "S": "S",
    "D": "D",
    "O": "O",
    "A": r"P_{\text{out}}",
}
"""How each symbol is written; P1 and P2 are a padding that differs before and after the axis."""


@dataclass(frozen=True, slots=True)
class Formula:
    """The rule of the output size in letters, in numbers, and in numbers for each axis by name.

    The numbers end with the value before rounding and the size after it.
    """

    latex: str
    latex_substituted: str
    axes: dict[str, str]


def formula(layer: Windowed, shape: Shape, *, marked: bool = False) -> Formula:
    """The rule of a layer that PyTorch accepts on (C, …) `shape`."""
    axes = geometry.axes(layer, shape)
    sided = any(isinstance(axis, Slide) and axis.before != axis.after for axis in axes)
    dilated = any(not isinstance(axis, Share) and axis.dilation > 1 for axis in axes)
    rule = _Rule({}, sided=sided, dilated=dilated, marked=marked)
    lines = {}
    for name, axis in zip(AXES[len(axes)], axes, strict=True):
        numbers = _Rule(_values(axis), sided=sided, dilated=dilated, marked=marked)
        lines[name] = f"{_left(rule, axis)}{numbers.of(axis)}{_result(numbers, axis)}"
    if len(set(axes)) == 1:
        substituted = next(iter(lines.values()))
    else:
        substituted = r",\quad ".join(rf"\text{{{name}: }} {line}" for name, line in lines.items())
    return Formula(f"{_left(rule, axes[0])}{rule.of(axes[0])}", substituted, lines)


def _values(axis: Axis) -> dict[str, int]:
    values = {"N": axis.size, "O": axis.output}
    if not isinstance(axis, Share):
        values |= {"F": axis.kernel, "S": axis.stride, "D": axis.dilation}
    if isinstance(axis, Slide):
        values |= {"P": axis.before, "P1": axis.before, "P2": axis.after}
    if isinstance(axis, Stamp):
        values |= {"P": axis.padding, "A": axis.output_padding}
    return values


def _left(rule: _Rule, axis: Axis) -> str:
    return "" if isinstance(axis, Share) else f"{rule.write('O')} = "


def _result(rule: _Rule, axis: Axis) -> str:
    """What the numbers give: the fraction where it does not fit, then the size."""
    if isinstance(axis, Share):
        return ""
    size = f" = {rule.write('O')}"
    if axis.exact.denominator == 1 or not isinstance(axis, Slide):
        return size
    corrected = axis.ceil_mode and axis.output == axis.exact.__floor__()
    return f" = {_rounded(_decimal(axis.exact), axis)}{' - 1' if corrected else ''}{size}"


def _rounded(latex: str, axis: Slide) -> str:
    up = axis.ceil_mode
    return rf"\left\{'lceil' if up else 'lfloor'} {latex} \right\{'rceil' if up else 'rfloor'}"


def _decimal(value: Fraction) -> str:
    """To two decimals, as the lecture writes 2.33; a fraction where two decimals would look whole."""
    text = rounded(float(value), 2)
    return text if "." in text else rf"\frac{{{value.numerator}}}{{{value.denominator}}}"


@dataclass(frozen=True, slots=True)
class _Rule:
    """Writes the rules: in letters where `values` is empty, else in its numbers."""

    values: dict[str, int]
    sided: bool
    dilated: bool
    marked: bool

    def write(self, symbol: str) -> str:
        """One symbol or its number."""
        text = str(self.values[symbol]) if self.values else LETTERS[symbol]
        return rf"\class{{v-{symbol[0]}}}{{{text}}}" if self.marked else text

    def product(self, *factors: str) -> str:
        """Letters stand side by side, numbers need a dot."""
        return (r" \cdot " if self.values else "").join(factors)

    def of(self, axis: Axis) -> str:
        """The right side of the rule."""
        if isinstance(axis, Slide):
            return self.slide(axis)
        return self.stamp() if isinstance(axis, Stamp) else self.share()

    def slide(self, axis: Slide) -> str:
        """⌊(N − F + 2P)/S + 1⌋, the lecture's; with dilation ⌊(N + 2P − D(F − 1) − 1)/S + 1⌋."""
        size, kernel, stride = self.write("N"), self.write("F"), self.write("S")
        padding = f"{self.write('P1')} + {self.write('P2')}"
        if not self.sided:
            padding = self.product("2", self.write("P"))
        top = f"{size} - {kernel} + {padding}"
        if self.dilated:
            top = f"{size} + {padding} - {self.product(self.write('D'), f'({kernel} - 1)')} - 1"
        return _rounded(rf"\frac{{{top}}}{{{stride}}} + 1", axis)

    def stamp(self) -> str:
        """(N − 1)S − 2P + F + P_out; with dilation D(F − 1) + 1 in F's place."""
        kernel = self.write("F")
        extent = f"{self.product(self.write('D'), f'({kernel} - 1)')} + 1" if self.dilated else kernel
        steps = self.product(f"({self.write('N')} - 1)", self.write("S"))
        return f"{steps} - {self.product('2', self.write('P'))} + {extent} + {self.write('A')}"

    def share(self) -> str:
        """Output i is the mean of the cells n with ⌊iN/O⌋ ≤ n < ⌈(i + 1)N/O⌉."""
        size, count = self.write("N"), self.write("O")
        first = rf"\left\lfloor \frac{{{self.product('i', size)}}}{{{count}}} \right\rfloor"
        last = rf"\left\lceil \frac{{{self.product('(i + 1)', size)}}}{{{count}}} \right\rceil"
        return rf"{first} \le n < {last}"
