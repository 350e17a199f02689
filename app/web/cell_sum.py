"""The arithmetic of one output cell as a page shows it: the drawn channel's products, all sums, the value."""

from __future__ import annotations

from dataclasses import dataclass

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
        terms: of the drawn input channel, laid out as the kernel is.
        sums: of each input channel; one for pooling's mean, none for its maximum.
        bias, divisor: None where there is none.
    """

    index: tuple[int, int, int]
    terms: tuple[tuple[Term, ...], ...]
    sums: tuple[str, ...]
    bias: str | None
    divisor: int | None
    value: str


def cell_sum(numbers: StageNumbers, place: tuple[int, int]) -> CellSum:
    """The arithmetic of the output cell at `place` in the drawn map."""
    walked = numbers.unit(place)
    index = (numbers.filter_index, *place)
    value = written(walked.value)
    if not isinstance(numbers.layer, Convolved):
        rows, columns = walked.cells
        terms = tuple(
            tuple(
                Term(written(operand), None, walked.winner == (row, column))
                for column, operand in zip(columns, line, strict=True)
            )
            for row, line in zip(rows, walked.operands, strict=True)
        )
        read = [operand for line in walked.operands for operand in line if operand is not None]
        sums = () if walked.divisor is None else (written(sum(read)),)
        return CellSum(index, terms, sums, None, walked.divisor, value)
    group = numbers.channel % len(walked.operands)
    terms = tuple(
        tuple(Term(_factor(operand), _factor(weight)) for operand, weight in zip(*pair, strict=True))
        for pair in zip(walked.operands[group], walked.weights[group], strict=True)
    )
    sums = tuple(_factor(each) for each in walked.channel_sums or ())
    return CellSum(index, terms, sums, _factor(walked.bias) if numbers.layer.bias else None, None, value)


def _factor(value: float | None) -> str:
    """Negative ones in brackets, so that 3·(−1) can be read."""
    text = written(value)
    return f"({text})" if text.startswith("−") else text
