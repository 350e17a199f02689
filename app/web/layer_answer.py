"""What the pages show of a possible layer: formula, drawing, sum of one cell, costs, repairs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from markupsafe import Markup

from app.arithmetic import formula as formulas
from app.arithmetic import geometry, parsing
from app.arithmetic.description import Description, describe
from app.arithmetic.geometry import Axis, Shape, Windowed
from app.locale import Language
from app.locale import mark as _
from app.web.cell_sum import CellSum, cell_sum
from app.web.mathematics import mathml
from app.web.stage_numbers import Planar, StageNumbers
from app.web.still import Still, still
from app.web.unread_words import unread_words


@dataclass(frozen=True)
class FormulaLine:
    """The rule in numbers along one axis; `axis` is empty where both axes are alike."""

    axis: str
    mathml: Markup


@dataclass(frozen=True)
class RepairLink:
    """One change that makes every axis fit, the output it gives, and the query of the layer with it."""

    name: str
    value: str
    output: tuple[int, int]
    query: str


@dataclass(frozen=True)
class LayerAnswer:
    """A possible layer at one output cell; `cell` is None where there is too much to write out."""

    description: Description
    symbolic: Markup
    substituted: tuple[FormulaLine, ...]
    repairs: tuple[RepairLink, ...]
    unread: str
    """Which rows and columns are never read, as a sentence; empty where all are."""
    still: Still
    cell: CellSum | None

    @property
    def fits(self) -> bool:
        return all(self.description.fits.values())


def answer(
    operation: str, texts: Mapping[str, str], query: Mapping[str, str], language: Language
) -> LayerAnswer:
    """What the layer of these arguments gives; `query` says which cell, channels and numbers are shown.

    Raises:
        InvalidSpec: PyTorch would refuse.
    """
    layer, shape = parsing.read(operation, {name: text for name, text in texts.items() if text})
    description = describe(layer, shape)
    symbolic, substituted = _formula(layer, shape)
    numbers = StageNumbers.of(cast("Planar", layer), shape, query)
    axes = geometry.axes(layer, shape)
    place = _place(query.get("cell", ""), axes)
    return LayerAnswer(
        description=description,
        symbolic=symbolic,
        substituted=substituted,
        repairs=tuple(_repair(operation, texts, each.change, each.output) for each in description.repairs),
        unread=unread_words(axes, language),
        still=still(axes, place, numbers, _captions(operation, axes, language)),
        cell=cell_sum(numbers, place) if numbers.is_small else None,
    )


def rule_in_letters(operation: str, texts: Mapping[str, str]) -> Markup:
    """The symbolic formula of a layer, in the place of an answer.

    Raises:
        InvalidSpec: PyTorch would refuse.
    """
    layer, shape = parsing.read(operation, texts)
    return mathml(formulas.formula(layer, shape, marked=True).latex)


def text_of(value: object) -> str:
    """A value as a query writes it."""
    if isinstance(value, list | tuple):
        return ",".join(str(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def query_of(operation: str, texts: Mapping[str, str]) -> str:
    """The query of a layer, commas left readable."""
    return urlencode({"operation": operation, **texts}, safe=",")


def _place(text: str, axes: Sequence[Axis]) -> tuple[int, int]:
    """The output cell that an address names (``2,1``), kept inside the output."""
    found = re.fullmatch(r"([0-9]{1,9}),([0-9]{1,9})", text)
    row, column = (int(found[1]), int(found[2])) if found else (0, 0)
    return min(row, axes[0].output - 1), min(column, axes[1].output - 1)


def _captions(operation: str, axes: Sequence[Axis], language: Language) -> dict[str, str]:
    kernel = language.say(_("kernel")) if "conv" in operation else language.say(_("window"))
    rows, columns = axes
    return {
        "input": f"{language.say(_('input'))} {rows.size} × {columns.size}",
        "kernel": kernel,
        "bias": language.say(_("bias")),
        "output": f"{language.say(_('output'))} {rows.output} × {columns.output}",
    }


def _formula(layer: Windowed, shape: Shape) -> tuple[Markup, tuple[FormulaLine, ...]]:
    rule = formulas.formula(layer, shape, marked=True)
    lines = list(rule.axes.items())
    if len({line for _name, line in lines}) == 1:
        lines = [("", lines[0][1])]
    return mathml(rule.latex), tuple(FormulaLine(name, mathml(line)) for name, line in lines)


def _repair(
    operation: str, texts: Mapping[str, str], change: Mapping[str, object], output: Mapping[str, int]
) -> RepairLink:
    (name, value), *_rest = change.items()
    text = text_of(value)
    return RepairLink(
        name, text, (output["height"], output["width"]), query_of(operation, {**texts, name: text})
    )
