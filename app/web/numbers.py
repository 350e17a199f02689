"""Numbers as a person reads them, written as the browser writes them (static/src/lib/numbers.ts).

So that a value has one form on a page, whoever wrote it.
"""

from __future__ import annotations

import math

from app.arithmetic.rounding import rounded

DIGITS = 3
"""Most decimals of a value that is read."""


def number(value: float | None, digits: int = DIGITS) -> str:
    """A value to read: at most so many decimals, a true minus sign; a dash where there is no number."""
    if value is None or not math.isfinite(value):
        return "–"
    text = rounded(value, digits)
    return "0" if text == "-0" else text.replace("-", "−")


def percent(share: float) -> str:
    """A share of 1 in percent, always with one decimal, so that a column of them is read at a glance."""
    return f"{100 * share:.1f}" if math.isfinite(share) else "–"
