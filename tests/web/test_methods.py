"""HEAD, OPTIONS and Allow on every address."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/", "GET, HEAD, OPTIONS"),
        ("/healthz", "GET, HEAD, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
        ("/static/x.js", "GET, HEAD, OPTIONS"),
        ("/api/v1/trials/specs", "POST, OPTIONS"),
        ("/api/v1/trials/things/1", "GET, HEAD, DELETE, OPTIONS"),
        ("/api/v1/trials/things/first", "POST, OPTIONS"),
    ],
)
def test_an_address_says_which_methods_it_takes(client: TestClient, path: str, allow: str) -> None:
    options = client.options(path)
    assert options.status_code == 204
    assert options.content == b""
    refused = client.put(path)
    assert refused.status_code == 405
    assert options.headers["allow"] == refused.headers["allow"] == allow


def test_an_address_that_is_not_there_is_not_found_by_any_method(client: TestClient) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        assert client.request(method, "/nothing").status_code == 404


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/trials/echo", "/api/v1/trials/wide", "/docs"])
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    get, head = client.get(path), client.head(path)
    assert head.status_code == get.status_code
    assert head.content == b""
    ours = ("content-length", "content-type", "content-encoding", "etag", "vary", "cache-control")
    for name in ours:
        assert head.headers.get(name) == get.headers.get(name)


def test_head_of_an_error_has_its_status_and_no_body(client: TestClient) -> None:
    response = client.head("/api/v1/trials/echo?side=99")
    assert response.status_code == 422
    assert response.content == b""
