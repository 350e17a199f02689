"""What can be wrong with what is asked of runs. Statuses are not known here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from app.locale import mark as _


class RunError(Exception):
    """Any of these.

    Attributes:
        message: the sentence for a person, an English one and the key of its translation.
        values: what fills its placeholders.
        field: the field at fault, or None.
        nearest: the nearest value that would do, or None.
        retry_after_seconds: when trying again makes sense, or None.
    """

    message: ClassVar[str] = ""
    retry_after_seconds: ClassVar[int | None] = None

    def __init__(
        self, values: Mapping[str, object] | None = None, *, field: str | None = None, nearest: object = None
    ) -> None:
        self.values = dict(values or {})
        self.field = field
        self.nearest = nearest
        super().__init__(self.message.format_map(self.values))


class UnknownRun(RunError):
    message = _("There is no run of this number.")


class UnknownEpoch(RunError):
    message = _("The weights of this epoch are not kept.")


class NotTested(RunError):
    message = _("What this run made of the test pictures was not written down.")


class NoFilters(RunError):
    message = _("This network begins neither with a convolution nor with a dense layer.")


class NoData(RunError):
    message = _("The test pictures are not on this server.")


class NoPicture(RunError):
    message = _("There are only {count} test pictures.")


class NotInstalled(RunError):
    message = _("TensorBoard is not installed on this server.")


class WrongState(RunError):
    message = _("A run that is {state} cannot do this.")


class QueueFull(RunError):
    message = _("As many runs wait as may wait. Try again when one has ended.")
    retry_after_seconds = 60


class TooManyOfYours(RunError):
    message = _("You have {most} runs waiting or running, the most you may have. Stop one, or wait.")
    retry_after_seconds = 60


class DiskFull(RunError):
    message = _("The disk has too little room for another run. Delete some, or free space on the server.")
    retry_after_seconds = 300


class TooManyWatchers(RunError):
    message = _("As many watch the runs as can. Ask for the run itself now and then instead.")
    retry_after_seconds = 30


class StoreUnavailable(RunError):
    message = _("The store of the runs cannot be reached. Try again in a moment.")
    retry_after_seconds = 5


class EstimatesBusy(RunError):
    message = _("As many estimates are being made as can be. Try again in a moment.")
    retry_after_seconds = 10


class EstimateFailed(RunError):
    message = _("A few steps of this run took too long to say what all of it would take.")
    retry_after_seconds = 30


class ClaimLost(Exception):
    """This trainer's run is no longer its own: it was deleted, or given to another trainer."""
