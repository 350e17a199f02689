"""Addresses that the documents name answer in the application."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.docs.documents import DOCUMENTS, KOREAN, README, Document

HOST = "http://127.0.0.1:8000"
READY_SECONDS = 60


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The whole application, ready, with a store of pictures of its own."""
    pictures: Path = tmp_path_factory.mktemp("pictures")
    app = create_app(Settings(pictures_url=f"file://{pictures}"))
    with TestClient(app, base_url=HOST, client=("127.0.0.1", 50_000)) as client:
        deadline = time.monotonic() + READY_SECONDS
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield client


@pytest.mark.parametrize("document", [README, KOREAN], ids=lambda document: document.name)
def test_every_curl_of_the_readme_is_answered(document: Document, client: TestClient) -> None:
    calls = document.commands_of("curl")
    assert len(calls) >= 3
    picture = ""
    for arguments in calls:
        (url,) = [word for word in arguments if word.startswith(HOST)]
        if "-F" in arguments:
            name, _, _file = arguments[arguments.index("-F") + 1].partition("=")
            answer = client.post(url, files={name: photograph()})
            assert answer.status_code == 201, answer.text
            picture = answer.json()["id"]
        else:
            answer = client.get(re.sub(r"\bID\b", picture, url))
            assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_address_in_a_sentence_is_answered(document: Document, client: TestClient) -> None:
    known = client.get("/openapi.json").json()["paths"]
    for span in document.spans:
        found = re.fullmatch(r"(?:(GET|POST|DELETE) )?(/[\w/{}?=&….-]*)", span)
        if not found:
            continue
        method, path = found[1] or "GET", urlsplit(found[2]).path
        if method == "GET" and "{" not in path:
            assert client.get(path).status_code == 200, span
        else:
            assert method.lower() in known[path], span


def test_the_readmes_name_every_room(client: TestClient) -> None:
    rooms = {room.path for room in client.app.state.rooms}  # type: ignore[attr-defined]
    assert rooms
    for document in (README, KOREAN):
        assert rooms <= set(document.spans)


def photograph() -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()
