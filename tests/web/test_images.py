"""The API of pictures: statuses, fields, headers, the page's form."""

from __future__ import annotations

import io
import json
import logging
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from app.main import create_app
from app.pictures import samples
from app.pictures.store import ID_PATTERN
from app.settings import Settings
from app.web import documentation, images, operations
from tests.pictures import files, hostile

URL = "/api/v1/images"
LEVELS = files.noise(20, 30)
PICTURE = files.png(LEVELS, files.RGB)


def start(folder: Path, **options: Any) -> TestClient:
    patient = {"rate_burst": 10_000, "decode_workers": 1, "decode_wait_seconds": 60, "decode_seconds": 60}
    settings = Settings(**{"pictures_url": f"file://{folder}", **patient, **options})
    app = create_app(settings, (operations.feature, documentation.feature, images.feature))
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with start(tmp_path_factory.mktemp("pictures")) as running:
        yield running


def send(
    client: TestClient, picture: bytes = PICTURE, name: str = "a.png", url: str = URL, **more: Any
) -> Any:
    return client.post(url, files={"file": (name, picture)}, follow_redirects=False, **more)


def test_a_picture_is_taken_shown_and_removed(client: TestClient) -> None:
    taken = send(client)
    assert taken.status_code == 201
    kept = taken.json()
    assert set(kept) == {"id", "width", "height", "expires_at"}
    assert re.fullmatch(ID_PATTERN, kept["id"])
    assert (kept["width"], kept["height"]) == (30, 20)
    expires_in = datetime.fromisoformat(kept["expires_at"]) - datetime.now(UTC)
    assert timedelta(0) < expires_in <= timedelta(seconds=Settings().picture_lifetime_seconds + 1)
    assert taken.headers["location"] == f"{URL}/{kept['id']}"
    assert taken.headers["cache-control"] == "no-store"

    shown = client.get(taken.headers["location"])
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["content-disposition"] == 'inline; filename="picture.png"'
    assert re.fullmatch(r"private, max-age=\d+", shown.headers["cache-control"])
    with Image.open(io.BytesIO(shown.content)) as image:
        assert np.array_equal(np.asarray(image), LEVELS)

    removed = client.delete(f"{URL}/{kept['id']}")
    assert (removed.status_code, removed.content) == (204, b"")
    assert client.get(f"{URL}/{kept['id']}").status_code == 404
    assert client.delete(f"{URL}/{kept['id']}").status_code == 404


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_the_five_formats_whatever_they_are_called(client: TestClient, kind: str) -> None:
    assert send(client, files.saved(files.smooth(9, 9), kind), "evil.exe").status_code == 201


def test_a_large_picture_comes_back_turned_and_reduced(client: TestClient) -> None:
    kept = send(client, files.saved(files.smooth(1500, 2000), "JPEG", exif=files.exif(6))).json()
    assert (kept["width"], kept["height"]) == (750, 1000)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"hello", 415, "not-a-picture"),
        (b"<svg/>", 415, "not-a-picture"),
        (files.saved(files.smooth(9, 9), "TIFF"), 415, "not-a-picture"),
        (PICTURE[:-30], 422, "broken-picture"),
        (hostile.claims("PNG", 5000, 5000), 413, "picture-too-large"),
        (hostile.claims("JPEG", 1, 16_385), 413, "picture-too-large"),
        (b"x" * (10 * 2**20 + 1), 413, "body-too-large"),
        (b"x" * (12 * 2**20), 413, "body-too-large"),
        (b"", 422, "invalid-request"),
    ],
)
def test_what_is_refused_and_how(client: TestClient, data: bytes, status: int, code: str) -> None:
    answer = send(client, data)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["type"] == f"urn:convscope:problem:{code}"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"json": {"file": "x"}}, 415),
        ({"content": PICTURE, "headers": {"content-type": "image/png"}}, 415),
        ({"data": {"file": "x"}}, 415),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400),
        ({"files": {"picture": PICTURE}}, 422),
        ({"files": [("file", PICTURE), ("file", PICTURE)]}, 422),
        ({"files": {"file": PICTURE}, "headers": {"origin": "http://evil.example"}}, 403),
        ({"files": {"file": PICTURE}, "headers": {"sec-fetch-site": "cross-site"}}, 403),
        ({"files": {"file": PICTURE}, "params": {"colour": "1"}}, 422),
    ],
)
def test_requests_that_are_wrong(client: TestClient, options: dict[str, Any], status: int) -> None:
    assert client.post(URL, **options).status_code == status


@pytest.mark.parametrize(
    "path", ["x", "..%2f..%2fetc%2fpasswd", "f" * 40, "F" * 40, "sample-nothing", "sample-ship/x.webp"]
)
def test_what_is_not_there(client: TestClient, path: str) -> None:
    for method in ("GET", "DELETE"):
        answer = client.request(method, f"{URL}/{path}")
        assert answer.status_code in {404, 405}
        assert answer.json()["status"] == answer.status_code


def test_samples(client: TestClient) -> None:
    listed = client.get(URL).json()
    assert [sample["id"] for sample in listed] == list(samples.SAMPLES)
    assert listed[0]["title"] == {"en": "Ship", "ko": "배"}
    for sample in listed[:2]:
        shown, small = client.get(sample["picture"]), client.get(sample["thumbnail"])
        with Image.open(io.BytesIO(shown.content)) as image:
            assert image.size == (sample["width"], sample["height"])
            assert np.array_equal(np.asarray(image), samples.picture(sample["id"]).pixels)
        assert small.headers["content-type"] == "image/webp"
        for answer in (shown, small):
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.delete(listed[0]["picture"]).status_code == 403


def test_a_form_without_scripts_leads_to_the_activations(client: TestClient) -> None:
    fields = {"network": "tinyvgg", "compare": "mlp,lenet", "next": "http://evil.example"}
    answer = send(client, url="/images?lang=ko", data=fields)
    assert answer.status_code == 303
    address = urlsplit(answer.headers["location"])
    assert (address.scheme, address.netloc, address.path) == ("", "", "/activations")
    query = {name: value for name, (value,) in parse_qs(address.query).items()}
    assert re.fullmatch(ID_PATTERN, query.pop("image"))
    assert query == {"network": "tinyvgg", "compare": "mlp,lenet", "lang": "ko"}


@pytest.mark.parametrize(
    "network", ["//evil.example", "a\r\nSet-Cookie: b", "x" * 201, "", "a&image=b", "한글"]
)
def test_a_form_cannot_write_the_address(client: TestClient, network: str) -> None:
    answer = send(client, url="/images", data={"network": network})
    assert answer.status_code == 303
    assert re.fullmatch(rf"/activations\?image={ID_PATTERN}", answer.headers["location"])
    assert "set-cookie" not in answer.headers


def test_the_address_of_a_form_leads_to_where_pictures_are_chosen(client: TestClient) -> None:
    answer = client.get("/images?lang=ko", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/activations?lang=ko")


def test_the_log_tells_format_size_and_hash_and_never_a_name(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "convscope.requests"):
        send(client, name="my secret holiday.png")
        send(client, b"hello")
    taken, refused = (record.facts for record in caplog.records)  # type: ignore[attr-defined]
    assert (taken["format"], taken["width"], taken["height"]) == ("PNG", 30, 20)
    assert re.fullmatch("[0-9a-f]{16}", taken["file_head_sha256"])
    assert refused["refused"] == "PictureUnsupported"
    assert "secret" not in json.dumps([taken, refused], default=str)


def test_refused_pictures_are_counted(client: TestClient) -> None:
    send(client, hostile.claims("PNG", 5000, 5000))
    counted = client.app.state.metrics.text().decode()  # type: ignore[attr-defined]
    assert re.search(r'convscope_pictures_refused_total\{reason="PictureTooLarge"\} [1-9]', counted)


def test_readiness_waits_for_a_decoder_and_a_disk(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    with start(folder) as client:
        deadline = time.monotonic() + 30
        while (ready := client.get("/readyz")).status_code != 200:
            assert time.monotonic() < deadline, ready.json()
            time.sleep(0.02)
        assert ready.json()["checks"] == {"accepting": True, "decoders": True, "pictures": True}
        folder.rmdir()
        folder.touch()  # no longer a folder, and it cannot become one
        assert client.get("/readyz").status_code == 503


def test_a_full_queue_is_busy_with_a_time_to_come_back(tmp_path: Path) -> None:
    with start(tmp_path, decode_queue=0, max_uploads_bytes=100) as client:
        answer = send(client)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["type"] == "urn:convscope:problem:pictures-busy"


def test_it_is_described_with_its_form(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    operation = description["paths"][URL]["post"]
    schema = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert schema["required"] == ["file"]
    assert {"201", "413", "415", "422", "503"} <= set(operation["responses"])
    assert "image/png" in description["paths"][URL + "/{image_id}"]["get"]["responses"]["200"]["content"]
