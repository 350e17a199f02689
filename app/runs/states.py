"""The states of a run, what may be asked of it in each, and why one has failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from app.locale import mark as _

State = Literal["queued", "running", "paused", "finished", "stopped", "failed", "interrupted"]
STATES: tuple[State, ...] = get_args(State)
ENDED: frozenset[State] = frozenset({"finished", "stopped", "failed"})
"""A run in one of these does nothing more by itself; its event stream ends."""
WAITING: frozenset[State] = frozenset({"queued", "interrupted"})
"""A run in one of these is started as soon as there is room."""
IDLE: frozenset[State] = ENDED | {"paused"}
"""Nobody trains a run in one of these, nor will before a person asks for it."""
RESUMABLE: frozenset[State] = frozenset({"paused", "interrupted", "failed"})
LEFT: frozenset[State] = frozenset({"paused", "interrupted"})
"""In one of these a trainer leaves a run that can go on."""

Wish = Literal["pause", "stop"]
WISHED_FOR: Mapping[Wish, State] = {"pause": "paused", "stop": "stopped"}
"""The state that each wish leads to."""

DIVERGED, DISK_FULL, OUT_OF_MEMORY, DATA_MISSING, NO_DEVICE, TIME_LIMIT, CRASHED = (
    "diverged",
    "disk-full",
    "out-of-memory",
    "data-missing",
    "no-device",
    "time-limit",
    "crashed",
)
REASONS: Mapping[str, str] = {
    DISK_FULL: _("The disk is full. Delete runs that are not needed, then resume this one."),
    OUT_OF_MEMORY: _("The memory was not enough. Fork the run with a smaller batch, or a smaller network."),
    DATA_MISSING: _("The pictures to train on are not on this server."),
    NO_DEVICE: _("This server has no such device."),
    TIME_LIMIT: _("The run took the {hours} hours that a run may take. Resume it to give it as long again."),
    CRASHED: _("The trainer ended unexpectedly, again and again. The server's log says more."),
}
"""Why a run has failed, by its code: a sentence, and the key of its translation. Divergence says its own."""
