"""Speed, measured: ``make bench``, or ``python -m tests.bench training`` for one part.

A part is a module beside this one with ``measure() -> Iterator[Measurement]``. What has a bound is a ratio
within one run (against a floor, a plain way of doing the same, or a budget in bytes), so that it says the
same on a slow machine as on a fast one. Nothing here runs in ``make test``.
"""
