"""What a request can have wrong with it, as the web layer itself finds it.

    Refused                     any of these
    ├── UnreadableBody          400  cannot be parsed
    ├── UnknownHost             400
    ├── ForeignOrigin           403
    ├── NothingHere             404
    ├── BodyTooLarge            413
    ├── UnsupportedMediaType    415
    ├── BadField                422  one named field or query name
    ├── AnswerTooLarge          422
    ├── TooManyRequests         429
    └── NotReady                503

Statuses are not known here: :mod:`app.web.errors` has the one table. A `message` is an English sentence with
``{placeholders}`` and the key of its translation; nothing a client sent is repeated beyond a field's name.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.locale import mark as _


class Refused(Exception):
    """A request that is answered with a problem.

    Attributes:
        message: the sentence for a person.
        values: what fills its placeholders.
        field: the field or query name at fault, or None.
        nearest: the nearest value that would be accepted, or None.
        retry_after_seconds: when trying again makes sense, or None.
    """

    message = ""

    def __init__(
        self,
        message: str | None = None,
        values: Mapping[str, object] | None = None,
        *,
        field: str | None = None,
        nearest: object = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        self.message = message or type(self).message
        self.values = dict(values or {})
        self.field = field
        self.nearest = nearest
        self.retry_after_seconds = retry_after_seconds
        super().__init__(self.message)


class UnreadableBody(Refused):
    message = _("The body of the request cannot be read.")


class UnknownHost(Refused):
    message = _(
        "This server does not answer to that host name."
        " Whoever runs it can add it to CONVSCOPE_ALLOWED_HOSTS."
    )


class ForeignOrigin(Refused):
    message = _("A page of another site may not ask for this.")


class NothingHere(Refused):
    message = _("Check the address, or start again from the home page.")


class BodyTooLarge(Refused):
    message = _("The body of the request is larger than {limit}.")

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(values={"limit": _readable(limit_bytes)})


class UnsupportedMediaType(Refused):
    message = _("The body must be sent as {media_type}.")

    def __init__(self, media_type: str) -> None:
        super().__init__(values={"media_type": media_type})


class BadField(Refused):
    message = _("This value cannot be used.")


class AnswerTooLarge(Refused):
    message = _("The answer would be larger than {limit}. Ask for less at once.")

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(values={"limit": _readable(limit_bytes)})


class TooManyRequests(Refused):
    message = _("That was too many requests in a short time. Try again in a moment.")


class NotReady(Refused):
    message = _("The server is still getting ready. Try again in a moment.")


def _readable(size_bytes: int) -> str:
    """A size as people say it: ``64 KB``, ``12 MB``."""
    return f"{size_bytes / 2**20:.3g} MB" if size_bytes >= 2**20 else f"{size_bytes / 2**10:.3g} KB"
