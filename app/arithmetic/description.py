"""Everything ConvScope says about one layer on one input; the API's answer, the page's and the shell's."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from app.arithmetic import acceptance, geometry
from app.arithmetic.cost import cost
from app.arithmetic.formula import formula
from app.arithmetic.geometry import AXES, Shape, Windowed
from app.arithmetic.repairs import repairs
from app.arithmetic.source import expression

SIDES = {
    "length": ("left", "right"),
    "depth": ("front", "back"),
    "height": ("top", "bottom"),
    "width": ("left", "right"),
}
"""Before and after each axis."""


class Answer(BaseModel):
    """What the API answers, the shell prints with ``--json`` and a page reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Ratio(Answer):
    """A reduced fraction."""

    numerator: int
    denominator: int


class Factor(Answer):
    """One factor of a product, named."""

    name: str
    value: int


class Parameters(Answer):
    """Counts of weights and biases; the product of `factors` is the weights."""

    weight: int
    bias: int
    total: int
    factors: list[Factor]


class RepairAnswer(Answer):
    """One argument's new value, with which every axis fits, and the output it gives."""

    change: dict[str, int | list[int]]
    output: dict[str, int]


class FormulaAnswer(Answer):
    """LaTeX: the rule in letters, in numbers, and in numbers for each axis."""

    latex: str
    latex_substituted: str
    axes: dict[str, str]


class Description(Answer):
    """A layer on an input. Sizes are in cells, by axis: length, or height and width, or depth before them."""

    operation: str
    input: dict[str, int] = Field(description="Channels and axes.")
    output: dict[str, int] = Field(description="Channels and axes.")
    exact: dict[str, Ratio] = Field(description="The output before rounding, by axis.")
    fits: dict[str, bool] = Field(description="Whether it is whole, by axis.")
    unread: dict[str, int] = Field(description="Rows and columns after the last window, never read.")
    parameters: Parameters
    macs: int = Field(description="Multiply-accumulates: one for each use of a weight.")
    activation_bytes: int = Field(description="The output in float32.")
    repairs: list[RepairAnswer]
    formula: FormulaAnswer
    pytorch: str = Field(description="One expression on torch.nn.")
    checked_by_torch: bool | None = Field(
        None, description="Whether the real module agrees; null while it has not been asked."
    )


def describe(layer: Windowed, shape: Shape, *, checked_by_torch: bool | None = None) -> Description:
    """Everything about the layer on an input of (C, …) `shape`.

    Raises:
        InvalidSpec: PyTorch would refuse; with the argument at fault and its nearest valid value.
    """
    acceptance.check(layer, shape)
    axes = dict(zip(AXES[len(shape) - 1], geometry.axes(layer, shape), strict=True))
    channels = getattr(layer, "out_channels", shape[0])
    output = (channels, *(axis.output for axis in axes.values()))
    costs = cost(layer, shape, output)
    rule = formula(layer, shape)
    return Description(
        operation=layer.type,
        input={"channels": shape[0], **{name: axis.size for name, axis in axes.items()}},
        output={"channels": channels, **{name: axis.output for name, axis in axes.items()}},
        exact={
            name: Ratio(numerator=axis.exact.numerator, denominator=axis.exact.denominator)
            for name, axis in axes.items()
        },
        fits={name: axis.exact.denominator == 1 for name, axis in axes.items()},
        unread={
            side: cells
            for name, axis in axes.items()
            for side, cells in zip(SIDES[name], (0, axis.unread), strict=True)
        },
        parameters=Parameters(
            weight=costs.weight,
            bias=costs.bias,
            total=costs.parameters,
            factors=[Factor(name=name, value=value) for name, value in costs.weight_factors],
        ),
        macs=costs.macs,
        activation_bytes=costs.activation_bytes,
        repairs=[RepairAnswer(change={r.field: r.value}, output=r.output) for r in repairs(layer, shape)],
        formula=FormulaAnswer(latex=rule.latex, latex_substituted=rule.latex_substituted, axes=rule.axes),
        pytorch=expression(layer, shape[0]),
        checked_by_torch=checked_by_torch,
    )
