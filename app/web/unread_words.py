"""Which rows and columns are never read, in the words of static/src/elements/fit-repairs.ts."""

from __future__ import annotations

from collections.abc import Sequence

from app.arithmetic.geometry import Axis
from app.arithmetic.unread import Run, unread
from app.locale import Language
from app.locale import mark as _

MOST_RUNS = 4
"""More runs than this are cut with an ellipsis."""
ROWS = (
    (_("input row {cells}"), _("input rows {cells}")),
    (_("padding row {cells}"), _("padding rows {cells}")),
)
COLUMNS = (
    (_("input column {cells}"), _("input columns {cells}")),
    (_("padding column {cells}"), _("padding columns {cells}")),
)


def unread_words(axes: Sequence[Axis], language: Language) -> str:
    """A sentence, or nothing where everything is read."""
    rows, columns = (unread(axis) for axis in axes)
    places = [
        _words(runs, names, language)
        for runs, names in (
            (rows.input, ROWS[0]),
            (columns.input, COLUMNS[0]),
            (rows.padding, ROWS[1]),
            (columns.padding, COLUMNS[1]),
        )
        if runs
    ]
    return (
        language.say(_("Never read, counted from 0: {places}."), places="; ".join(places)) if places else ""
    )


def _words(runs: list[Run], names: tuple[str, str], language: Language) -> str:
    listed = [_span(*run) for run in runs]
    cells = ", ".join([*listed[:MOST_RUNS], "…"] if len(listed) > MOST_RUNS else listed)
    is_one = len(runs) == 1 and runs[0].first == runs[0].last
    return language.say(names[0] if is_one else names[1], cells=cells)


def _span(first: int, last: int) -> str:
    dash = "…" if first < 0 else "–"  # which could not be told from a minus beside it
    return _count(first) if first == last else f"{_count(first)}{dash}{_count(last)}"


def _count(value: int) -> str:
    return f"{value:,}".replace("-", "−")
