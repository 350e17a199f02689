"""Read an upload: a multipart form with exactly one file, kept in memory and nowhere else.

The file's name and declared type are never looked at. What all clients are sending at this moment is bounded
together, so that memory is, however many they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.locale import mark as _
from app.pictures.errors import PicturesBusy
from app.settings import Settings
from app.web.problems import BadField, BodyTooLarge, UnreadableBody, UnsupportedMediaType

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MEDIA_TYPE = "multipart/form-data"
FILE_FIELD = "file"
_NOT_A_FORM = _("The body is not a form with a file, as browsers send it.")
_MOST_HEADERS, _MOST_HEADER_BYTES = 8, 4096


class FileTooLarge(BodyTooLarge):
    message = _("The file is larger than {limit}.")


@dataclass(frozen=True)
class Upload:
    """The bytes of the one file, and the text fields beside it."""

    file: bytearray
    fields: Mapping[str, str]


class UploadMemory:
    """The bytes that all uploads together hold."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.held_bytes = 0

    @contextlib.contextmanager
    def lease(self) -> Iterator[Lease]:
        """What one upload holds; given back at the end."""
        lease = Lease(self)
        try:
            yield lease
        finally:
            self.held_bytes -= lease.held_bytes


class Lease:
    """One upload's share."""

    def __init__(self, memory: UploadMemory) -> None:
        self.memory = memory
        self.held_bytes = 0

    def take(self, size_bytes: int) -> None:
        """Hold so many bytes more. Raises PicturesBusy where the limit of all is reached."""
        if self.memory.held_bytes + size_bytes > self.memory.limit_bytes:
            raise PicturesBusy(retry_after_seconds=2)
        self.held_bytes += size_bytes
        self.memory.held_bytes += size_bytes


async def read_upload(request: Request, settings: Settings, lease: Lease) -> Upload:
    """The one file and the fields of a multipart form, counted while they arrive.

    Raises:
        UnsupportedMediaType: not multipart/form-data.
        UnreadableBody: no boundary, or not a form.
        BadField: no file, more than one, or under another name.
        FileTooLarge, PicturesBusy
    """
    media_type, options = parse_options_header(request.headers.get("content-type", ""))
    if media_type != MEDIA_TYPE.encode():
        raise UnsupportedMediaType(MEDIA_TYPE)
    if not options.get(b"boundary"):
        raise UnreadableBody(_NOT_A_FORM)
    form = _Form(settings)
    try:
        parser = MultipartParser(
            options[b"boundary"],
            form.callbacks,
            max_header_count=_MOST_HEADERS,
            max_header_size=_MOST_HEADER_BYTES,
        )
        async for chunk in request.stream():
            lease.take(len(chunk))
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise UnreadableBody(_NOT_A_FORM) from error
    return form.result()


class _Form:
    """A form being parsed: what the parser calls."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.file: bytearray | None = None
        self.is_chosen = False
        """Whether the file has a name: a browser's form sent with nothing chosen has a file without one."""
        self.texts: list[tuple[str, bytearray]] = []
        self.is_complete = False
        self._header, self._value, self._disposition = b"", b"", b""
        self._part, self._limit_bytes = bytearray(), 0
        self.callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin_part,
            "on_header_begin": self._begin_header,
            "on_header_field": self._add_to_header,
            "on_header_value": self._add_to_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_data,
            "on_part_data": self._add_data,
            "on_end": self._end,
        }

    def result(self) -> Upload:
        if not self.is_complete:
            raise UnreadableBody(_NOT_A_FORM)
        if not self.file:
            raise BadField(
                _("The file is empty.") if self.is_chosen else _("Choose a picture to send."),
                field=FILE_FIELD,
            )
        fields = {name: value.decode("utf-8", "replace") for name, value in self.texts}
        return Upload(self.file, fields)

    def _begin_part(self) -> None:
        self._disposition = b""

    def _begin_header(self) -> None:
        self._header, self._value = b"", b""

    def _add_to_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value

    def _begin_data(self) -> None:
        kind, options = parse_options_header(self._disposition)
        if kind != b"form-data" or b"name" not in options:
            raise UnreadableBody(_NOT_A_FORM)
        name = options[b"name"].decode("utf-8", "replace")
        self._part = bytearray()
        if b"filename" in options:
            if name != FILE_FIELD or self.file is not None:
                raise BadField(_("Send exactly one file, in the field file."), field=FILE_FIELD)
            self.file, self._limit_bytes = self._part, self.settings.max_picture_bytes
            self.is_chosen = options[b"filename"] != b""
        else:
            if len(self.texts) == self.settings.max_form_fields:
                raise UnreadableBody(_("The form has too many fields."))
            self.texts.append((name, self._part))
            self._limit_bytes = self.settings.max_form_field_bytes

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if len(self._part) + end - start > self._limit_bytes:
            if self._part is self.file:
                raise FileTooLarge(self._limit_bytes)
            raise UnreadableBody(_("A field of the form is too long."))
        self._part += memoryview(data)[start:end]

    def _end(self) -> None:
        self.is_complete = True
