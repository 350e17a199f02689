"""The arithmetic over HTTP: the contract's fields, refusals with what would do, one cell, the solver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.engine.oracle import Oracle
from app.main import create_app
from app.settings import Settings
from app.web import arithmetic

API = "/api/v1/arithmetic"
CASES = json.loads((Path(__file__).parents[1] / "cases" / "geometry.json").read_text(encoding="utf-8"))


class AgreeingOracle:
    """Knows at once."""

    def verdict(self, *_: object) -> bool:
        return True


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = create_app(Settings(rate_burst=100_000), (arithmetic.feature,))
    with TestClient(app, base_url="http://localhost") as started:
        app.state.oracle.stop()
        app.state.oracle = AgreeingOracle()
        yield started
        app.state.oracle = Oracle()
        app.state.oracle.start()


def errors(client: TestClient, url: str, **request: Any) -> list[tuple[str, str, object]]:
    response = client.request("POST" if request else "GET", url, **request)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return [(each["field"], each["reason"], each["nearest"]) for each in response.json()["errors"]]


def test_the_example_of_the_contract(client: TestClient) -> None:
    url = f"{API}/conv2d?in_channels=3&out_channels=10&height=7&width=7&kernel_size=3&stride=3"
    answer = client.get(url).json()
    assert answer.pop("formula").keys() >= {"latex", "latex_substituted"}
    factors = answer["parameters"].pop("factors")
    assert [each["value"] for each in factors] == [10, 3, 3, 3]
    assert answer == {
        "operation": "conv2d",
        "input": {"channels": 3, "height": 7, "width": 7},
        "output": {"channels": 10, "height": 2, "width": 2},
        "exact": {
            "height": {"numerator": 7, "denominator": 3},
            "width": {"numerator": 7, "denominator": 3},
        },
        "fits": {"height": False, "width": False},
        "unread": {"top": 0, "bottom": 1, "left": 0, "right": 1},
        "parameters": {"weight": 270, "bias": 10, "total": 280},
        "macs": 1080,
        "activation_bytes": 160,
        "repairs": [
            {"change": {"padding": 1}, "output": {"height": 3, "width": 3}},
            {"change": {"kernel_size": 4}, "output": {"height": 2, "width": 2}},
            {"change": {"stride": 2}, "output": {"height": 3, "width": 3}},
        ],
        "pytorch": "nn.Conv2d(3, 10, kernel_size=3, stride=3)",
        "checked_by_torch": True,
    }


def query_of(case: dict[str, Any]) -> str:
    sizes = dict(case["input"])
    texts = {"in_channels": sizes.pop("channels"), **sizes, **case["layer"]}
    written = {
        name: ",".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in texts.items()
        if value is not None
    }
    return "&".join(
        f"{name}={text.lower() if text in ('True', 'False') else text}" for name, text in written.items()
    )


def test_every_golden_case_is_answered_or_refused(client: TestClient) -> None:
    for case in CASES:
        url = f"{API}/{case['operation']}?{query_of(case)}"
        if case["accepted"]:
            answer = client.get(url)
            assert answer.status_code == 200, url
            assert {name: answer.json()[name] for name in ("output", "exact", "unread", "repairs")} == {
                name: case[name] for name in ("output", "exact", "unread", "repairs")
            }
        else:
            found = [(field, nearest) for field, _, nearest in errors(client, url)]
            assert found == [(each["field"], each["nearest"]) for each in case["errors"]]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "conv2d?height=7&kernel_size=9",
            [("kernel_size", "The kernel covers 9 cells, the padded input has 7 along height.", 7)],
        ),
        ("conv2d?height=7&kernel_size=3&stride=0", [("stride", "This must be at least 1.", 1)]),
        ("conv2d?height=7&kernel_size=3&stride=1.5", [("stride", "This must be a whole number.", 1)]),
        (
            "conv2d?height=7&kernel_size=9&groups=2",
            [
                ("groups", "in_channels = 1 does not divide into 2 equal groups.", 1),
                ("kernel_size", "The kernel covers 9 cells, the padded input has 7 along height.", 7),
            ],
        ),
        ("conv2d?height=7", [("kernel_size", "This is missing.", None)]),
        (
            "max_pool2d?height=7&kernel_size=3&groups=2",
            [("groups", "There is no field of this name here.", None)],
        ),
        (
            "conv2d?height=7&kernel_size=3&kernel_size=3",
            [("kernel_size", "This is given more than once.", None)],
        ),
        (
            "conv2d?height=7&kernel_size=9&lang=ko",
            [("kernel_size", "높이 방향에서 커널은 9칸을 덮는데, 채움까지 더한 입력은 7칸뿐입니다.", 7)],
        ),
        ("solve?input=0&output=3", [("input", "This must be at least 1.", 1)]),
        ("solve?input=3", [("output", "This is missing.", None)]),
    ],
)
def test_a_refusal_is_at_its_field_with_what_would_do(
    client: TestClient, url: str, expected: list[tuple[str, str, object]]
) -> None:
    assert errors(client, f"{API}/{url}") == expected


def test_an_operation_that_is_not_is_not_found(client: TestClient) -> None:
    assert client.get(f"{API}/conv4d?height=7&kernel_size=3").status_code == 404


def test_solutions(client: TestClient) -> None:
    found = client.get(f"{API}/solve?input=32&output=16&max_kernel_size=4").json()["solutions"]
    assert found[0] == {"kernel_size": 2, "stride": 2, "padding": 0, "dilation": 1, "fits": True}
    assert [(each["kernel_size"], each["padding"], each["fits"]) for each in found] == [
        (2, 0, True),
        (4, 1, True),
        (1, 0, False),
        (3, 1, False),
    ]


def test_the_largest_answer_of_the_solver_is_within_the_bound(client: TestClient) -> None:
    answer = client.get(f"{API}/solve?input=5000&output=1&max_kernel_size=4")
    assert len(answer.content) < Settings().max_answer_bytes


CELL = "conv2d/unit?height=3&kernel_size=2&channel=0"
PICTURE = [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]


def test_one_cell_of_a_convolution(client: TestClient) -> None:
    body = {"input": PICTURE, "weight": [[[[1, 0], [0, -1]]]], "bias": [0.5]}
    answer = client.post(f"{API}/{CELL}&row=1&column=1", json=body)
    assert answer.json() == {
        "cells": [[1, 2], [1, 2]],
        "operands": [[[5, 6], [8, 9]]],
        "weights": [[[1, 0], [0, -1]]],
        "products": [[[5, 0], [0, -9]]],
        "channel_sums": [-4],
        "bias": 0.5,
        "divisor": None,
        "winner": None,
        "value": -3.5,
    }


def test_one_cell_of_pooling(client: TestClient) -> None:
    url = f"{API}/max_pool2d/unit?height=3&kernel_size=2&padding=1&channel=0&row=0&column=1"
    answer = client.post(url, json={"input": PICTURE}).json()
    assert (answer["operands"], answer["winner"], answer["value"]) == ([[None, None], [2, 3]], [0, 2], 3)


@pytest.mark.parametrize(
    ("url", "body", "field"),
    [
        (f"{CELL}&row=2&column=0", {"input": PICTURE, "weight": [[[[1, 1], [1, 1]]]]}, "row"),
        (f"{CELL}&row=x&column=0", {"input": PICTURE, "weight": [[[[1, 1], [1, 1]]]]}, "row"),
        (f"{CELL}&row=0&column=0", {"input": [[[1]]], "weight": [[[[1, 1], [1, 1]]]]}, "input"),
        (f"{CELL}&row=0&column=0", {"input": PICTURE}, "weight"),
        (f"{CELL}&row=0&column=0", {"input": PICTURE, "weight": [[[[1, 1], [1, "1"]]]]}, "weight"),
        (f"{CELL}&row=0&column=0", {"input": PICTURE, "weight": [[[[1, 1], [1, 1]]]], "more": 1}, "more"),
        (f"{CELL}&row=0", {"input": PICTURE, "weight": [[[[1, 1], [1, 1]]]]}, "column"),
        (
            "max_pool2d/unit?height=1&kernel_size=16384&padding=8192&channel=0&row=0&column=0",
            {"input": [[[1]]]},
            "kernel_size",
        ),
        (f"{CELL}&row=0&column=0&stride=0", {"input": PICTURE, "weight": [[[[1, 1], [1, 1]]]]}, "stride"),
    ],
)
def test_a_cell_that_cannot_be_computed(client: TestClient, url: str, body: Any, field: str) -> None:
    assert [name for name, _, _ in errors(client, f"{API}/{url}", json=body)] == [field]


def test_a_cell_takes_a_larger_body_than_other_routes_but_no_more_than_a_megabyte(client: TestClient) -> None:
    side = 250
    url = f"{API}/conv2d/unit?height={side}&kernel_size=1&channel=0&row=0&column=0"
    body = {"input": [[[1.5] * side] * side], "weight": [[[[2]]]], "bias": [0]}
    assert client.post(url, json=body).json()["value"] == 3
    assert client.post(url, json=body | {"bias": [0.0] * 400_000}).status_code == 413


def test_every_operation_is_described(client: TestClient) -> None:
    paths = client.app.openapi()["paths"]  # type: ignore[attr-defined]
    for operation in ("conv1d", "conv2d", "conv3d", "conv_transpose2d", "max_pool2d", "avg_pool2d"):
        described = paths[f"{API}/{operation}"]["get"]
        assert all(each["description"] for each in described["parameters"])
        assert f"{API}/{operation}/unit" in paths
