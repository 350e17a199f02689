"""The API's description is true of errors, complete, and asks nobody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.web.conftest import connect

APP = create_app(Settings())
SCHEMA: dict[str, Any] = APP.openapi()
OPERATIONS = [
    (path, method, operation)
    for path, operations in SCHEMA["paths"].items()
    for method, operation in operations.items()
]


def references(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(references(value) for value in node))
    return set()


def test_every_route_of_the_api_is_described() -> None:
    routes = {
        context.path
        for context in iter_route_contexts(APP.routes)
        if context.path and context.path.startswith("/api/")
    }
    assert routes == {path for path in SCHEMA["paths"] if path.startswith("/api/")}


def test_every_reference_leads_somewhere() -> None:
    assert references(SCHEMA) == {
        reference
        for reference in references(SCHEMA)
        if reference.removeprefix("#/components/schemas/") in SCHEMA["components"]["schemas"]
    }


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_says_what_it_does_and_how_it_refuses(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    said = f"{operation['summary']} {operation.get('description', '')}"
    assert len(said.split()) > 2, f"{method} {path} says nothing of itself"
    for status, response in operation["responses"].items():
        assert response["description"]
        if int(status) >= 400:
            assert list(response["content"]) == ["application/problem+json"]
    if "requestBody" in operation:
        assert {"400", "403", "413", "415", "422", "429"} <= set(operation["responses"])


def test_no_schema_is_named_after_where_it_is_in_the_code() -> None:
    assert not [name for name in SCHEMA["components"]["schemas"] if "__" in name]


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))


def test_the_description_and_its_page_name_no_other_host() -> None:
    client = connect(APP)
    for path in ("/openapi.json", "/docs"):
        text = client.get(path).text
        found = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+", text))
        assert found <= {"http://www.w3.org"}, path  # the namespace of SVG is a name, not a request


def test_the_description_is_served_as_json(client: TestClient) -> None:
    response = client.get("/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json()["components"]["schemas"]["Problem"]
