"""One form of error, as a property of the whole application."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.routing import iter_route_contexts
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.web.conftest import connect, make_app
from tests.web.trials import SECRET

APP = make_app()
CLIENT = connect(APP)
PATHS = sorted({context.path for context in iter_route_contexts(APP.routes) if context.path})
FORMS = {
    "/images": "/activations",
    "/training/estimate": "/training?new=1",
    "/training/form": "/training?new=1",
}
"""Where an address leads on to that a form is sent to, when it is opened."""
PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
MEMBERS = {"type", "title", "status", "detail", "errors", "request_id"}

BAD_REQUESTS = [
    ("GET", "/nothing", {}, 404),
    ("GET", "/api/v1/nothing", {}, 404),
    ("GET", "/static/nothing.js", {}, 404),
    ("POST", "/", {}, 405),
    ("PATCH", "/api/v1/trials/echo", {}, 405),
    ("GET", "/", {"headers": {"host": "evil.example"}}, 400),
    (
        "POST",
        "/api/v1/trials/specs",
        {"json": {"side": 3}, "headers": {"origin": "http://evil.example"}},
        403,
    ),
    (
        "POST",
        "/api/v1/trials/specs",
        {"content": b"x" * 70_000, "headers": {"content-type": "application/json"}},
        413,
    ),
    ("POST", "/api/v1/trials/bytes", {"content": b"x" * (12 * 2**20 + 1)}, 413),
    ("POST", "/api/v1/trials/specs", {"content": b"side=3"}, 415),
    ("POST", "/api/v1/trials/specs", {"content": b"{", "headers": {"content-type": "application/json"}}, 400),
    ("POST", "/api/v1/trials/specs", {"json": {"side": 3, "colour": 1}}, 422),
    ("GET", "/api/v1/trials/echo?side=99", {}, 422),
    ("GET", "/api/v1/trials/echo?colour=1", {}, 422),
    ("GET", "/api/v1/trials/things/three", {}, 422),
    ("GET", "/api/v1/trials/invalid", {}, 422),
    ("GET", "/api/v1/trials/invalid-layer", {}, 422),
    ("GET", "/api/v1/trials/gone", {}, 404),
    ("GET", "/api/v1/trials/huge", {}, 422),
    ("GET", "/api/v1/trials/crash", {}, 500),
    ("GET", "/api/v1/trials/nan", {}, 500),
]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of the whole application while it runs; its networks may still be loading."""
    folder = tmp_path_factory.mktemp("pictures")
    with connect(make_app(pictures_url=f"file://{folder}")) as client:
        yield client


def check_problem(response: Any) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    problem: dict[str, Any] = json.loads(response.content)
    assert set(problem) >= MEMBERS
    assert problem["status"] == response.status_code
    assert problem["type"].startswith("urn:convscope:problem:")
    assert problem["request_id"] == response.headers["x-request-id"]
    assert problem["title"]
    for error in problem["errors"]:
        assert set(error) == {"field", "reason", "nearest"}
        assert error["reason"]
        assert "{" not in error["reason"]
    assert len(response.content) <= 2048
    return problem


@pytest.mark.parametrize(("method", "path", "options", "status"), BAD_REQUESTS)
def test_every_error_is_a_problem(method: str, path: str, options: dict[str, Any], status: int) -> None:
    response = CLIENT.request(method, path, **options)
    assert response.status_code == status
    check_problem(response)


@pytest.mark.parametrize(("method", "path", "options", "status"), BAD_REQUESTS)
def test_no_error_tells_what_we_are_made_of(
    method: str, path: str, options: dict[str, Any], status: int
) -> None:
    text = CLIENT.request(method, path, **options).text.lower()
    for word in (
        SECRET,
        "traceback",
        "exception",
        "pydantic",
        "fastapi",
        "starlette",
        "python",
        "app.web",
        ".py",
    ):
        assert word not in text


@pytest.mark.parametrize(("method", "path", "options", "status"), BAD_REQUESTS)
def test_a_browser_gets_the_same_as_a_page(
    method: str, path: str, options: dict[str, Any], status: int
) -> None:
    options = {**options, "headers": {**options.get("headers", {}), **PAGE}}
    response = CLIENT.request(method, path, **options)
    assert response.status_code == status
    if path.startswith("/api/"):
        check_problem(response)
    else:
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        HTMLParser().feed(response.text)
        assert response.headers["x-request-id"] in response.text


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"]),
    path=st.sampled_from(PATHS) | st.binary(max_size=30).map(lambda raw: "/" + quote(raw)),
    query=st.text(max_size=30),
    accept=st.sampled_from(
        ["", "*/*", "text/html", "application/json", "text/html;q=0.1,application/json", ";;q=x"]
    ),
    body=st.sampled_from([b"", b"{}", b"[1", b'{"side": NaN}', b"\xff\xfe"]),
    content_type=st.sampled_from(["application/json", "text/plain", "multipart/form-data", ";", ""]),
)
@hypothesis_settings(max_examples=150, deadline=None)
def test_whatever_is_asked_an_error_has_the_form_and_the_headers(
    started: TestClient, method: str, path: str, query: str, accept: str, body: bytes, content_type: str
) -> None:
    response = started.request(
        method,
        path.replace("{", "").replace("}", ""),
        params={"q": query} if query else None,
        content=body,
        headers={"accept": accept, "content-type": content_type},
        follow_redirects=False,
    )
    crash = response.status_code == 500 and ("crash" in path or "nan" in path)
    not_ready = response.status_code == 503 and "retry-after" in response.headers
    assert response.status_code < 500 or crash or not_ready
    assert "content-security-policy" in response.headers
    # Only what a form was sent to leads on, always to the same place: to the form, when it is opened again.
    leads_on = method in ("GET", "HEAD") and response.status_code == 303
    assert response.headers.get("location") == (FORMS[path] if leads_on else None)
    if response.status_code >= 400 and method != "HEAD":
        if response.headers["content-type"].startswith("text/html"):
            assert "<h1>" in response.text or "<form>" in response.text
        else:
            check_problem(response)


def test_titles_details_and_reasons_are_in_the_language_asked_for(client: TestClient) -> None:
    korean = check_problem(client.get("/api/v1/trials/echo?side=99&lang=ko"))
    assert korean["title"] == "계산할 수 없습니다"
    assert korean["errors"] == [{"field": "side", "reason": "9 이하여야 합니다.", "nearest": 9}]
    preferred = check_problem(
        client.get("/nothing", headers={"accept-language": "fr, ko-KR;q=0.9, en;q=0.8"})
    )
    assert preferred["title"] == "이 주소에는 아무것도 없습니다"
    page = client.get("/nothing?lang=ko", headers=PAGE).text
    assert '<html lang="ko"' in page
    assert "이 주소에는 아무것도 없습니다" in page


def test_an_invalid_specification_names_the_field_and_the_nearest_value(client: TestClient) -> None:
    problem = check_problem(client.get("/api/v1/trials/invalid"))
    assert problem["errors"] == [{"field": "kernel_size", "reason": "This must be at most 7.", "nearest": 7}]
    assert problem["detail"] == "This must be at most 7."
    assert problem["type"] == "urn:convscope:problem:invalid-specification"


def test_an_invalid_layer_is_named_by_its_address_and_further_members_are_kept(client: TestClient) -> None:
    problem = check_problem(client.get("/api/v1/trials/invalid-layer"))
    assert problem["errors"][0]["field"] == "layers.3.layers.1.stride"
    assert problem["layers"] == [{"address": "0"}]


def test_a_features_own_error_types_are_answered_by_its_rows(client: TestClient) -> None:
    problem = check_problem(client.get("/api/v1/trials/gone"))
    assert problem["type"] == "urn:convscope:problem:gone"
    assert problem["detail"] == "There is nothing left of it."


def test_a_page_with_a_form_shows_its_own_problems(client: TestClient) -> None:
    raised = client.get("/trial-form?side=5", headers=PAGE)
    assert raised.status_code == 422
    assert raised.text == "<form><p>This must be at most 4.</p></form>"
    assert raised.headers["cache-control"] == "no-store"
    validated = client.get("/trial-form?side=99&lang=ko", headers=PAGE)
    assert validated.status_code == 422
    assert validated.text == "<form><p>9 이하여야 합니다.</p></form>"
    check_problem(client.get("/trial-form?side=5"))


def test_validation_never_repeats_the_input(client: TestClient) -> None:
    response = client.post("/api/v1/trials/specs", json={"side": "s3cr3t", "values": ["s3cr3t"] * 50})
    assert response.status_code == 422
    assert "s3cr3t" not in response.text


def test_a_problem_stays_small_however_much_is_wrong(client: TestClient) -> None:
    names = {f"unknown-{'x' * 90}-{number}": 1 for number in range(300)}
    response = client.post("/api/v1/trials/specs", json={"side": 1, **names})
    assert response.status_code == 422
    check_problem(response)


def test_control_characters_in_a_name_do_not_come_back(client: TestClient) -> None:
    response = client.get("/api/v1/trials/echo", params={"a\r\nSet-Cookie: x": "1"})
    problem = check_problem(response)
    assert problem["errors"][0]["field"] == "a??Set-Cookie: x"
    assert "set-cookie" not in response.headers


def test_an_answer_that_breaks_off_is_cut_short_not_finished(client: TestClient) -> None:
    with pytest.raises(Exception, match=r".*"):  # whatever the client makes of it
        TestClient(APP, base_url="http://localhost").get("/api/v1/trials/crash-late")


def test_a_value_that_is_not_finite_leaves_as_null(client: TestClient) -> None:
    assert client.get("/api/v1/trials/nan-model").json()["rate"] is None
