"""The arithmetic of one output cell as a page shows it: the drawn channel's products, all sums, the value."""

from __future__ import annotations

from dataclasses import dataclass

from app.arithmetic.walkthrough import Walkthrough
from app.web.stage_numbers import Convolved, StageNumbers, written


@dataclass(frozen=True)
class Term:
    """An operand and its weight as text; pooling has no weight. `won` marks max pooling's winner."""

    operand: str
    weight: str | None
    won: bool = False


@dataclass(frozen=True)
class CellSum:
    """One output cell written out.

    Attributes:
        index: channel, row and column.
        channel: the input channel that is drawn.
        terms: of the drawn input channel, laid out as the kernel is.
        sums: of each input channel; one for pooling's mean, none for its maximum.
        bias, divisor: None where there is none.
    """

    index: tuple[int, int, int]
    channel: int
    terms: tuple[tuple[Term, ...], ...]
    sums: tuple[str, ...]
    bias: str | None
    divisor: int | None
    value: str


def cell_sum(numbers: StageNumbers, place: tuple[int, int]) -> CellSum:
    """The arithmetic of the output cell at `place` in the drawn map."""
    walked = numbers.unit(place)
    has_bias = isinstance(numbers.layer, Convolved) and numbers.layer.bias
    return CellSum(
        index=(numbers.filter_index, *place),
        channel=numbers.channel,
        terms=_pooled(walked) if walked.weights is None else _multiplied(walked, numbers.channel),
        sums=_sums(walked),
        bias=_factor(walked.bias) if has_bias else None,
        divisor=walked.divisor,
        value=written(walked.value),
    )


def _pooled(walked: Walkthrough) -> tuple[tuple[Term, ...], ...]:
    rows, columns = walked.cells
    return tuple(
        tuple(
            Term(written(operand), None, walked.winner == (row, column))
            for column, operand in zip(columns, line, strict=True)
        )
        for row, line in zip(rows, walked.operands, strict=True)
    )


def _multiplied(walked: Walkthrough, channel: int) -> tuple[tuple[Term, ...], ...]:
    in_group = channel % len(walked.operands)
    return tuple(
        tuple(Term(_factor(operand), _factor(weight)) for operand, weight in zip(*line, strict=True))
        for line in zip(walked.operands[in_group], walked.weights[in_group], strict=True)
    )


def _sums(walked: Walkthrough) -> tuple[str, ...]:
    if walked.channel_sums is not None:
        return tuple(_factor(each) for each in walked.channel_sums)
    if walked.divisor is None:
        return ()
    return (written(sum(operand for line in walked.operands for operand in line if operand is not None)),)


def _factor(value: float | None) -> str:
    """Negative ones in brackets, so that 3·(−1) can be read."""
    text = written(value)
    return f"({text})" if text.startswith("−") else text
