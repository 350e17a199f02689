"""The feature of runs as it is, but for a trainer that cannot be started: nothing is ever trained."""

from __future__ import annotations

from functools import partial

from app.web import runs
from app.web.feature import Feature
from app.web.runs_supervision import looked_after

ESTIMATE = '{"seconds": 6.0, "steps": 36, "memory_bytes": 5, "examples_per_second": 100.0}'
"""What a trial prints."""
untrained = Feature(
    routers=runs.feature.routers,
    errors=runs.feature.errors,
    lifespan=partial(looked_after, command=("/nowhere/no-such-program",)),
)
