"""Routes take exactly what they declare: query names, JSON, and no more bytes than allowed."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.web import json_body
from app.web.json_body import depth_exceeds, parse
from app.web.problems import UnreadableBody
from tests.web.conftest import MakeClient

SPECS = "/api/v1/trials/specs"
JSON = {"content-type": "application/json"}


def fields(response: Any) -> list[str]:
    return [error["field"] for error in response.json()["errors"]]


def test_declared_names_are_taken_and_lists_may_repeat(client: TestClient) -> None:
    assert client.get("/api/v1/trials/echo?side=4&tag=a&tag=b").json() == {"side": 4, "tags": ["a", "b"]}
    assert client.get("/api/v1/trials/numbers?height=4&lang=ko").json() == {"height": 4, "width": None}


@pytest.mark.parametrize(
    ("query", "at_fault"),
    [
        ("colour=1", ["colour"]),
        ("side=1&colour=1&smell=2", ["colour", "smell"]),
        ("side=1&side=2", ["side"]),
        ("side=1&side=1", ["side"]),
        ("lang=ko&lang=en", ["lang"]),
        ("Side=1", ["Side"]),
        ("side=1&=", [""]),
    ],
)
def test_other_names_and_repeated_ones_are_refused(
    client: TestClient, query: str, at_fault: list[str]
) -> None:
    response = client.get(f"/api/v1/trials/echo?{query}")
    assert response.status_code == 422
    assert fields(response) == at_fault


def test_a_query_model_refuses_other_names_too(client: TestClient) -> None:
    assert fields(client.get("/api/v1/trials/numbers?height=1&depth=1")) == ["depth"]
    assert fields(client.get("/api/v1/trials/numbers?height=1&height=1")) == ["height"]


def test_names_are_checked_where_there_is_a_body_too(client: TestClient) -> None:
    assert fields(client.post(f"{SPECS}?colour=1", json={"side": 1})) == ["colour"]
    assert client.post(f"{SPECS}?scale=3", json={"side": 2}).json()["side"] == 6


def test_a_page_ignores_names_that_trackers_add_but_not_repeated_ones(client: TestClient) -> None:
    assert client.get("/trial-form?side=2&fbclid=x").status_code == 200
    assert client.get("/trial-form?side=2&side=3").status_code == 422
    assert client.get("/trial-form?tag=a&tag=b").text == "<form>3['a', 'b']</form>"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"'],
)
def test_json_is_taken(client: TestClient, content_type: str) -> None:
    answer = client.post(SPECS, content=b'{"side": 2}', headers={"content-type": content_type})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/problem+json",
        "application/json; charset=latin-1",
        "text/json",
    ],
)
def test_other_content_is_refused(client: TestClient, content_type: str) -> None:
    answer = client.post(SPECS, content=b'{"side": 2}', headers={"content-type": content_type})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"side": 2}x',
        b'{"side": NaN}',
        b'{"side": Infinity}',
        b'{"side": -Infinity}',
        b'{"rate": 1e999, "side": 1}',
        b'{"rate": -1e999, "side": 1}',
        b'{"side": 1' + b"0" * 31 + b"}",
        b'{"side": 1' + b"0" * 5000 + b"}",
        b'{"side": 2, "side": 3}',
        b'{"side": "\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"side": 2}'.decode().encode("utf-16"),
        b"[" * 33 + b"]" * 33,
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"{'side': 2}",
        b"nul",
        b'"\\ud800',
        b'{"side": 2,}',
        b"// comment\n{}",
    ],
)
def test_a_body_that_is_not_strict_json_is_refused(client: TestClient, body: bytes) -> None:
    response = client.post(SPECS, content=body, headers=JSON)
    assert response.status_code == 400
    assert response.json()["type"] == "urn:convscope:problem:unreadable-body"


@pytest.mark.parametrize(
    "document",
    [
        [],
        None,
        3,
        "text",
        {},
        {"side": "3"},
        {"side": True},
        {"side": 3.0},
        {"side": 0},
        {"side": 33},
        {"side": 10**29},
        {"side": 3, "values": [1] * 5},
        {"side": 3, "values": {"0": 1}},
        {"side": 3, "rate": None},
        {"side": 3, "rate": "1"},
        {"side": 3, "\u0000": 1},
    ],
)
def test_types_are_strict_and_lengths_bounded(client: TestClient, document: object) -> None:
    response = client.post(SPECS, content=json.dumps(document), headers=JSON)
    assert response.status_code == 422
    assert response.json()["errors"]


def test_the_nearest_value_of_a_bound_is_the_bound(client: TestClient) -> None:
    assert client.post(SPECS, json={"side": 99}).json()["errors"] == [
        {"field": "side", "reason": "This must be at most 32.", "nearest": 32}
    ]


def padded(size_bytes: int) -> bytes:
    return b'{"side": 2}'.ljust(size_bytes)


def test_bodies_up_to_the_cap_are_read(client: TestClient) -> None:
    assert client.post(SPECS, content=padded(64 * 1024), headers=JSON).status_code == 200
    assert client.post(SPECS, content=padded(64 * 1024 + 1), headers=JSON).status_code == 413
    assert client.post("/api/v1/trials/large", content=padded(2**20), headers=JSON).status_code == 200
    assert client.post("/api/v1/trials/large", content=padded(2**20 + 1), headers=JSON).status_code == 413


def test_a_body_of_unknown_length_is_counted_as_it_comes(client: TestClient) -> None:
    response = client.post(SPECS, content=iter([b" " * 2**14] * 5), headers=JSON)
    assert response.status_code == 413
    assert response.json()["detail"] == "The body of the request is larger than 64 KB."


def test_any_body_at_all_is_capped(client_with: MakeClient) -> None:
    client = client_with(
        max_body_bytes=1000, max_json_bytes=500, max_unit_json_bytes=500, max_picture_bytes=900
    )
    assert client.post("/api/v1/trials/bytes", content=b"x" * 1000).json() == {"received": 1000}
    assert client.post("/api/v1/trials/bytes", content=b"x" * 1001).status_code == 413
    assert client.post("/api/v1/trials/bytes", content=iter([b"x" * 600] * 2)).status_code == 413
    assert client.request("GET", "/", content=b"x" * 1001).status_code == 413
    assert client.post("/nothing", content=b"x" * 1001).status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "abc", "+5", "9" * 30, "٣", "0x10"])
def test_a_declared_length_must_be_a_number(client: TestClient, length: str) -> None:
    headers = [(b"content-length", length.encode()), (b"content-type", b"application/json")]
    assert client.post(SPECS, content=b"{}", headers=headers).status_code in (400, 413)


def test_an_answer_that_would_be_too_large_is_refused(client: TestClient) -> None:
    response = client.get("/api/v1/trials/huge")
    assert response.status_code == 422
    assert response.json()["detail"].startswith("The answer would be larger than 5 MB.")


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**29), 10**29)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
        max_leaves=20,
    )
)
def test_any_finite_document_is_parsed_as_json_says(document: object) -> None:
    assert parse(json.dumps(document).encode(), max_depth=100) == document


@given(st.integers(0, 40), st.integers(0, 40), st.sampled_from(["[", '{"a":', '["]]]", ', '["\\"[[", ']))
def test_depth_is_that_of_the_brackets_outside_strings(depth: int, limit: int, opening: str) -> None:
    text = opening * depth
    assert depth_exceeds(text, limit) == (depth > limit)


def test_a_name_given_twice_is_refused_at_any_depth() -> None:
    with pytest.raises(UnreadableBody):
        parse(b'{"a": [{"b": 1, "b": 1}]}', max_depth=5)


def test_a_large_body_is_parsed_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed_in = []

    def note_thread(body: bytes, max_depth: int) -> Any:
        parsed_in.append(threading.get_ident())
        return parse(body, max_depth)

    monkeypatch.setattr(json_body, "parse", note_thread)

    async def sent(body: bytes) -> Any:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        scope = {"type": "http", "headers": [(b"content-type", b"application/json")]}
        request = await json_body.read(Request(scope, receive), 32)
        return await request.json()

    large = [0] * 50_000
    assert asyncio.run(sent(json.dumps(large).encode())) == large
    assert asyncio.run(sent(b"[1]")) == [1]
    beside, on_the_loop = parsed_in
    assert (beside != threading.get_ident(), on_the_loop) == (True, threading.get_ident())
