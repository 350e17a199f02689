"""Built files: hashed, for ever, in the client's best coding, and nothing else of the disk."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.web.assets import Assets
from tests.web.conftest import MakeClient

SCRIPT = b"export const answer = 42;\n" * 100
NAME = "pages/page-ABC12345.js"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    directory = tmp_path / "dist"
    (directory / "pages").mkdir(parents=True)
    (directory / NAME).write_bytes(SCRIPT)
    (directory / f"{NAME}.gz").write_bytes(gzip.compress(SCRIPT))
    (directory / f"{NAME}.br").write_bytes(b"as if brotli")
    (directory / "styles-DEF.css").write_text("p {}")
    (directory / "notes.secret").write_text("not a type we serve")
    (tmp_path / "outside.js").write_text("outside")
    (directory / "link.js").symlink_to(tmp_path / "outside.js")
    manifest = {
        "files": {"pages/page.js": NAME, "styles.css": "styles-DEF.css"},
        "imports": {"pages/page.js": ["chunks/a-1.js", "chunks/b-2.js"]},
    }
    (directory / "manifest.json").write_text(json.dumps(manifest))
    return directory


@pytest.fixture
def files(client_with: MakeClient, built: Path) -> TestClient:
    return client_with(static_dir=built)


def test_an_address_has_the_hash_in_it(built: Path) -> None:
    assert Assets(built).url("pages/page.js") == f"/static/{NAME}"


def test_what_a_script_imports_is_known_beforehand(built: Path) -> None:
    assets = Assets(built)
    assert assets.imports("pages/page.js") == ["/static/chunks/a-1.js", "/static/chunks/b-2.js"]
    assert assets.imports("styles.css") == []


@pytest.mark.parametrize(
    ("accept", "coding", "content"),
    [
        ("gzip, deflate, br", "br", None),
        ("gzip", "gzip", SCRIPT),
        ("identity", None, SCRIPT),
        ("br;q=0, gzip", "gzip", SCRIPT),
        ("", None, SCRIPT),
    ],
)
def test_the_best_coding_the_client_takes(
    files: TestClient, accept: str, coding: str | None, content: bytes | None
) -> None:
    with files.stream("GET", f"/static/{NAME}", headers={"accept-encoding": accept}) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers.get("content-encoding") == coding
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["vary"] == "Accept-Encoding"
    assert int(response.headers["content-length"]) == len(raw)
    if content is None:
        assert raw == b"as if brotli"
    else:
        assert (gzip.decompress(raw) if coding == "gzip" else raw) == content


def test_a_known_file_is_not_sent_again_and_each_coding_is_its_own(files: TestClient) -> None:
    plain = files.get(f"/static/{NAME}", headers={"accept-encoding": "identity"}).headers["etag"]
    packed = files.get(f"/static/{NAME}", headers={"accept-encoding": "gzip"}).headers["etag"]
    assert plain != packed
    known = {"accept-encoding": "gzip", "if-none-match": packed}
    assert files.get(f"/static/{NAME}", headers=known).status_code == 304
    assert files.get(f"/static/{NAME}", headers={**known, "if-none-match": plain}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "manifest.json",
        "link.js",
        "notes.secret",
        f"{NAME}.gz",
        "",
        "pages",
        "pages/",
        "../outside.js",
        "..%2foutside.js",
        "%2e%2e/outside.js",
        "....//outside.js",
        "pages/../../outside.js",
        "pages\\..\\..\\outside.js",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "pages/page-ABC12345.js%00.css",
        "pages/page-ABC12345.js/",
        "PAGES/page-ABC12345.js",
        "page.js",
    ],
)
def test_nothing_else_is_served(files: TestClient, path: str) -> None:
    response = files.get(f"http://localhost/static/{path}", follow_redirects=False)
    assert response.status_code == 404
    assert "outside" not in response.text


@pytest.mark.parametrize(
    "ranges",
    ["bytes=0-0", "bytes=" + ",".join(f"{n}-{n}" for n in range(2000)), "bytes=-1", "bytes=9-1", "x"],
)
def test_a_range_gets_the_whole_file(files: TestClient, ranges: str) -> None:
    response = files.get(f"/static/{NAME}", headers={"range": ranges, "accept-encoding": "identity"})
    assert response.status_code == 200
    assert response.content == SCRIPT
    assert response.headers["accept-ranges"] == "none"


def test_a_new_build_is_seen(built: Path) -> None:
    assets = Assets(built)
    assert assets.find("new-1.js") is None
    (built / "new-1.js").write_text("1")
    manifest = built / "manifest.json"
    manifest.write_text(json.dumps({"files": {"new.js": "new-1.js"}, "imports": {}}))
    os.utime(manifest, (1, 1))
    assert assets.url("new.js") == "/static/new-1.js"
    assert assets.find("new-1.js") is not None


def test_without_a_build_pages_still_answer(client_with: MakeClient, tmp_path: Path) -> None:
    client = client_with(static_dir=tmp_path / "missing")
    assert client.get("/").status_code == 200
    assert client.get("/static/pages/base.js").status_code == 404


def test_a_file_that_a_build_has_just_removed_is_not_found(files: TestClient, built: Path) -> None:
    assert files.get("/static/styles-DEF.css").status_code == 200
    (built / "styles-DEF.css").unlink()
    assert files.get("/static/styles-DEF.css").status_code == 404
