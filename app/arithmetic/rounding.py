"""Numbers rounded for reading, the one way that Python and the browser (``toFixed``) share."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

_EXACT = Context(prec=400)
"""Enough digits for every double."""


def rounded(value: float, digits: int) -> str:
    """A finite value with at most `digits` decimals, a half rounded away from zero, no trailing zeros."""
    text = f"{Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _EXACT):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
