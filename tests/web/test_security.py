"""Headers on every answer, our own host names, and who may ask for changes."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import MakeClient

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("OPTIONS", "/"),
        ("POST", "/"),
        ("GET", "/nothing"),
        ("GET", "/healthz"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/api/v1/trials/crash"),
        ("GET", "/api/v1/trials/echo?side=0"),
        ("POST", "/api/v1/trials/specs"),
    ],
)
def test_every_answer_has_the_headers(client: TestClient, method: str, path: str) -> None:
    headers = client.request(method, path).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["permissions-policy"] == "camera=(self), geolocation=(), microphone=()"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert len(headers["x-request-id"]) == 32
    assert not any(name.startswith("access-control") or name == "set-cookie" for name in headers)
    assert "server" not in headers


def test_hsts_only_over_tls(client: TestClient) -> None:
    assert "strict-transport-security" not in client.get("/").headers
    assert client.get("https://localhost/").headers["strict-transport-security"] == "max-age=63072000"


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "127.0.0.1", "127.0.0.1:8000", "[::1]", "[::1]:8000", "LOCALHOST"]
)
def test_our_hosts_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil.example:80@localhost",
        "localhost@evil.example",
        "localhost/evil",
        "localhost\\evil",
        "localhost#evil",
        "localhost?evil",
        "localhost:",
        "localhost:port",
        "localhost:99999",
        "127.0.0.1.evil.example",
        "0.0.0.0",
        "[::2]",
        "[::1",
        "::1",
        " ",
        "",
        "localhost evil",
        "lоcalhost".encode().decode("latin-1"),  # a look-alike letter
    ],
)
def test_other_hosts_are_refused(client: TestClient, host: str) -> None:
    response = client.get("/", headers=[(b"host", host.encode("latin-1"))])
    assert response.status_code == 400
    assert response.json()["type"] == "urn:convscope:problem:unknown-host"


def test_two_hosts_are_refused(client: TestClient) -> None:
    response = client.get("/", headers=[("host", "localhost"), ("host", "localhost")])
    assert response.status_code == 400


def test_a_setting_adds_hosts(client_with: MakeClient) -> None:
    client = client_with(allowed_hosts=("Scope.example.org", "other.org:8443", "*.class.edu"))
    for host in (
        "scope.example.org",
        "scope.example.org:99",
        "other.org:8443",
        "a.class.edu",
        "a.b.class.edu:1",
    ):
        assert client.get("/", headers={"host": host}).status_code == 200, host
    for host in ("example.org", "other.org", "other.org:8444", "class.edu", "xclass.edu"):
        assert client.get("/", headers={"host": host}).status_code == 400, host


def test_the_address_we_listen_on_is_ours_but_everywhere_is_not_a_name(client_with: MakeClient) -> None:
    at_home = client_with(host="192.0.2.9")
    assert at_home.get("/", headers={"host": "192.0.2.9:8000"}).status_code == 200
    assert at_home.get("/", headers={"host": "192.0.2.8:8000"}).status_code == 400
    everywhere = client_with(host="0.0.0.0")
    assert everywhere.get("/", headers={"host": "0.0.0.0:8000"}).status_code == 400
    six = client_with(host="2001:db8::1")
    assert six.get("/", headers={"host": "[2001:db8::1]:8000"}).status_code == 200


BASE = "127.0.0.1:8000"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "http://localhost:8000"},
        {"origin": "http://[::1]:8000"},
        {"origin": "https://127.0.0.1:8000"},
        {"origin": "HTTP://127.0.0.1:8000", "sec-fetch-site": "same-origin"},
    ],
)
def test_our_own_pages_and_programs_may_ask_for_changes(client: TestClient, headers: dict[str, str]) -> None:
    headers = {"host": BASE, **headers}
    assert client.post("/api/v1/trials/specs", json={"side": 2}, headers=headers).status_code == 200
    assert client.delete("/api/v1/trials/things/1", headers=headers).status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://evil.example"},
        {"origin": "http://evil.example:8000"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://127.0.0.1"},
        {"origin": "http://127.0.0.1:8000.evil.example"},
        {"origin": "http://127.0.0.1:8000@evil.example"},
        {"origin": "http://localhost.evil.example:8000"},
        {"origin": "file://127.0.0.1:8000"},
        {"origin": "127.0.0.1:8000"},
        {"origin": "http://127.0.0.1:8000/"},
        {"origin": "http://127.0.0.1:8000 http://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "surprise"},
        {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "cross-site"},
    ],
)
def test_pages_of_other_sites_may_not(client: TestClient, headers: dict[str, str]) -> None:
    headers = {"host": BASE, **headers}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        response = client.request(method, "/api/v1/trials/specs", json={"side": 2}, headers=headers)
        assert response.status_code == 403
        assert response.json()["type"] == "urn:convscope:problem:foreign-origin"
    assert client.get("/api/v1/trials/echo", headers=headers).status_code == 200


def test_two_origins_are_refused(client: TestClient) -> None:
    headers = [("host", BASE), ("origin", f"http://{BASE}"), ("origin", f"http://{BASE}")]
    assert client.delete("/api/v1/trials/things/1", headers=headers).status_code == 403


def test_behind_tls_the_host_alone_decides(client_with: MakeClient) -> None:
    client = client_with(allowed_hosts=("scope.example.org",))
    headers = {"host": "scope.example.org", "origin": "https://scope.example.org"}
    assert client.delete("/api/v1/trials/things/1", headers=headers).status_code == 204


def test_slashes_and_hosts_never_redirect(client: TestClient) -> None:
    for path in (
        "//evil.example",
        "/docs/",
        "//evil.example/%2e%2e",
        "/\\evil.example",
        "/api/v1/trials/echo/",
    ):
        response = client.get(f"http://localhost{path}", follow_redirects=False)
        assert response.status_code == 404, path
        assert "location" not in response.headers


def test_forwarded_headers_are_believed_only_from_configured_proxies(client_with: MakeClient) -> None:
    forwarded = {
        "x-forwarded-for": "198.51.100.7",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "evil.example",
    }
    plain = client_with().get("/api/v1/trials/client", headers=forwarded)
    assert plain.json() == {"host": "192.0.2.1", "scheme": "http"}
    proxied = client_with(trusted_proxies=("192.0.2.0/24",)).get("/api/v1/trials/client", headers=forwarded)
    assert proxied.json() == {"host": "198.51.100.7", "scheme": "https"}
    assert "strict-transport-security" in proxied.headers
