"""Numbers as a person reads them, written as the browser writes them (static/src/lib/numbers.ts).

So that a value has one form on a page, whoever wrote it.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

DIGITS = 3
"""Most decimals of a value that is read."""


def number(value: float, digits: int = DIGITS) -> str:
    """A value to read: at most so many decimals, a half rounded away from zero; a true minus sign."""
    if not math.isfinite(value):
        return "–"
    text = f"{Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text.replace("-", "−")


def percent(share: float) -> str:
    """A share of 1 in percent, one decimal."""
    return number(100 * share, 1)
