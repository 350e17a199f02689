"""Reading a multipart form: exactly one file, few and short fields, nothing kept."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.pictures.errors import PicturesBusy
from app.settings import Settings
from app.web.problems import BadField, BodyTooLarge, Refused, UnreadableBody, UnsupportedMediaType
from app.web.upload import FileTooLarge, Upload, UploadMemory, read_upload

BOUNDARY = "x7"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
SETTINGS = Settings(max_picture_bytes=1000, max_form_fields=3, max_form_field_bytes=50)


def part(name: str | None, body: bytes = b"data", filename: str | None = None, more: str = "") -> bytes:
    disposition = "Content-Disposition: form-data"
    disposition += "" if name is None else f'; name="{name}"'
    disposition += "" if filename is None else f'; filename="{filename}"'
    return f"--{BOUNDARY}\r\n{disposition}\r\n{more}\r\n".encode() + body + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def request(body: bytes, content_type: str = FORM, chunk_bytes: int = 64) -> Request:
    chunks = [body[start : start + chunk_bytes] for start in range(0, len(body), chunk_bytes)] or [b""]
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": chunk, "more_body": index + 1 < len(chunks)}
        for index, chunk in enumerate(chunks)
    ]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop(0)
        return await asyncio.Event().wait()  # type: ignore[return-value]

    headers = [(b"content-type", content_type.encode("latin-1"))] if content_type else []
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


def read(
    body: bytes, content_type: str = FORM, memory: UploadMemory | None = None, chunk_bytes: int = 64
) -> Upload:
    memory = memory or UploadMemory(10**6)
    with memory.lease() as lease:
        return asyncio.run(read_upload(request(body, content_type, chunk_bytes), SETTINGS, lease))


@given(st.binary(min_size=1, max_size=1000), st.integers(1, 400))
def test_the_file_arrives_to_the_last_byte_however_it_is_cut(file: bytes, chunk_bytes: int) -> None:
    if f"\r\n--{BOUNDARY}".encode() not in b"\r\n" + file:
        assert read(form(part("file", file, "a.png")), chunk_bytes=chunk_bytes).file == file


def test_text_fields_come_with_it() -> None:
    upload = read(form(part("network", b"lenet"), part("file", b"x", "a.png"), part("text", "가".encode())))
    assert (bytes(upload.file), upload.fields) == (b"x", {"network": "lenet", "text": "가"})


@pytest.mark.parametrize(
    "filename",
    ["", "../../etc/passwd", "a" * 900, "x\\y:z|.png", "<script>", "%0d%0aSet-Cookie: a=b", "그림.png"],
)
def test_the_files_name_does_not_matter(filename: str) -> None:
    assert read(form(part("file", b"x", filename))).file == b"x"


def test_the_declared_type_does_not_matter() -> None:
    assert read(form(part("file", b"x", "a", "Content-Type: text/html\r\n"))).file == b"x"


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/json", "multipart/mixed; boundary=x7", "image/png"]
)
def test_another_content_type_is_unsupported(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        read(form(part("file", b"x", "a")), content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary=""',
        "multipart/form-data; boundary=other",
        "multipart/form-data; boundary=" + "x" * 300,
        "multipart/form-data; bound=x7",
    ],
)
def test_a_missing_or_wrong_boundary_cannot_be_read(content_type: str) -> None:
    with pytest.raises(UnreadableBody):
        read(form(part("file", b"x", "a")), content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x7--\r\n"[:-4],
        form(part("file", b"x", "a"))[:-6],
        part("file", b"x", "a"),
        b"hello",
        form(part(None, b"x", "a")),
        form(b'--x7\r\nContent-Disposition: attachment; name="file"; filename="a"\r\n\r\nx\r\n'),
        form(b"--x7\r\n\r\nx\r\n"),
        form(part("file", b"x", "a", "A: b\r\n" * 9)),
        form(part("file", b"x", "a", f"A: {'b' * 5000}\r\n")),
        form(*(part(f"field{index}") for index in range(4)), part("file", b"x", "a")),
        form(part("field", b"y" * 51), part("file", b"x", "a")),
    ],
)
def test_what_is_not_a_whole_form_with_few_short_fields_cannot_be_read(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        read(body)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [part("network", b"lenet")],
        [part("file", b"x")],
        [part("file", b"", "")],
        [part("file", b"", "a.png")],
        [part("picture", b"x", "a.png")],
        [part("file", b"x", "a"), part("file", b"y", "b")],
        [part("file", b"x", "a"), part("other", b"y", "b")],
    ],
)
def test_exactly_one_file_in_the_field_file(parts: list[bytes]) -> None:
    with pytest.raises(BadField) as error:
        read(form(*parts))
    assert error.value.field == "file"


@pytest.mark.parametrize(
    ("filename", "message"), [("", "Choose a picture to send."), ("a.png", "The file is empty.")]
)
def test_an_empty_file_is_told_from_none(filename: str, message: str) -> None:
    with pytest.raises(BadField) as error:
        read(form(part("file", b"", filename)))
    assert error.value.message == message


def test_a_file_over_the_limit_is_refused_while_it_arrives() -> None:
    assert len(read(form(part("file", b"x" * 1000, "a"))).file) == 1000
    with pytest.raises(FileTooLarge) as error:
        read(form(part("file", b"x" * 1001, "a")))
    assert isinstance(error.value, BodyTooLarge)


def test_all_uploads_together_are_bounded_and_give_back_what_they_held() -> None:
    memory = UploadMemory(2000)
    body = form(part("file", b"x" * 900, "a"))
    with memory.lease() as one, memory.lease() as other:
        asyncio.run(read_upload(request(body), SETTINGS, one))
        assert memory.held_bytes == len(body)
        asyncio.run(read_upload(request(form(part("file", b"x" * 500, "a"))), SETTINGS, other))
        with pytest.raises(PicturesBusy), memory.lease() as third:
            asyncio.run(read_upload(request(body), SETTINGS, third))
        assert memory.held_bytes <= 2000
    assert memory.held_bytes == 0
    read(body, memory=memory)


@given(st.binary(max_size=400), st.integers(1, 60))
@hypothesis_settings(max_examples=200)
def test_garbage_is_refused_and_nothing_else_happens(body: bytes, chunk_bytes: int) -> None:
    for start in (b"", f"--{BOUNDARY}\r\n".encode(), part("file", b"", "a")[:-2]):
        with contextlib.suppress(Refused):
            read(start + body, chunk_bytes=chunk_bytes)


# A client that leaves
