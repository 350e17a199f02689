"""Pages: contexts fit templates, everything is escaped, what has not changed is not sent again."""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest
from jinja2 import nodes
from jinja2.meta import find_referenced_templates, find_undeclared_variables
from starlette.testclient import TestClient

import app.web
from app.settings import Settings
from app.web import views
from app.web.views import COMMON_NAMES, Page

ENVIRONMENT = views.environment(Settings().templates_dir)


def pages() -> list[type[Page]]:
    for module in pkgutil.iter_modules(app.web.__path__, "app.web."):
        importlib.import_module(module.name)
    found, waiting = [], [Page]
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        found += [page for page in subclasses if "template" in vars(page)]
        waiting += subclasses
    return sorted(
        (page for page in found if page.__module__.startswith("app.")), key=lambda page: page.__name__
    )


def names_used(template: str) -> set[str]:
    """The names that a template, its parents and what it includes take from the context."""
    assert ENVIRONMENT.loader is not None
    tree = ENVIRONMENT.parse(ENVIRONMENT.loader.get_source(ENVIRONMENT, template)[0])
    bound = {name.name for name in tree.find_all(nodes.Name) if name.ctx in ("store", "param")}
    imported = {name for node in tree.find_all(nodes.FromImport) for name in node.names}
    used = find_undeclared_variables(tree) - imported
    for other in find_referenced_templates(tree):
        assert other is not None, "a template includes another by a computed name"
        used |= names_used(other) - bound
    return used


def test_there_are_pages() -> None:
    assert {"HomePage", "ErrorPage", "DocumentationPage"} <= {page.__name__ for page in pages()}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.__name__)
def test_a_template_uses_what_its_page_gives_and_nothing_else(page: type[Page]) -> None:
    given = {field.name for field in fields(page)}
    used = names_used(page.template)
    assert used <= given | set(COMMON_NAMES)
    assert given <= used, "a field that the template never reads"
    assert not given & set(COMMON_NAMES)
    assert get_type_hints(page)


@pytest.mark.parametrize("name", ENVIRONMENT.list_templates())
def test_no_template_turns_escaping_off_for_what_is_not_literal(name: str) -> None:
    assert ENVIRONMENT.loader is not None
    tree = ENVIRONMENT.parse(ENVIRONMENT.loader.get_source(ENVIRONMENT, name)[0])
    for filtered in tree.find_all(nodes.Filter):
        if filtered.name == "safe":
            assert isinstance(filtered.node, nodes.Const), f"line {filtered.lineno}"
    assert not list(tree.find_all(nodes.ScopedEvalContextModifier))


@pytest.mark.parametrize("name", ENVIRONMENT.list_templates())
def test_no_template_needs_what_the_policy_forbids(name: str) -> None:
    """Inline styles, scripts and handlers would not run; outside addresses would not load."""
    assert ENVIRONMENT.loader is not None
    source = ENVIRONMENT.loader.get_source(ENVIRONMENT, name)[0].lower()
    assert " style=" not in source
    assert "<style" not in source
    assert "javascript:" not in source
    assert " onclick=" not in source
    assert " onload=" not in source
    for script in source.split("<script")[1:]:
        opening = script.partition(">")[0]
        assert "src=" in opening or 'type="application/json"' in opening, "data may be inline, code may not"
    assert 'src="http' not in source
    assert 'href="http' not in source


def test_a_page_that_is_known_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-security-policy" in again.headers
    korean = client.get("/?lang=ko", headers={"if-none-match": first.headers["etag"]})
    assert korean.status_code == 200


def test_a_page_says_its_character_set(client: TestClient) -> None:
    response = client.get("/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert '<meta charset="utf-8">' in response.text


def test_pages_are_compressed_for_those_who_take_it(client: TestClient) -> None:
    plain = client.get("/", headers={"accept-encoding": "identity"})
    packed = client.get("/", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert packed.headers["etag"] == plain.headers["etag"]
    for response in (plain, packed):
        assert "Accept-Encoding" in response.headers["vary"]


def test_json_is_compressed_only_where_it_is_worth_it(client: TestClient) -> None:
    assert client.get("/api/v1/trials/wide").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/api/v1/trials/wide?size_bytes=100").headers


def test_what_an_address_says_is_escaped(client: TestClient) -> None:
    hostile = '/"><script>alert(1)</script>?x=\'"><img src=x onerror=alert(1)>'
    page = client.get(hostile, headers={"accept": "text/html"}).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_translations_come_along_with_just_those_scripts_that_ask_for_them() -> None:
    root = Path(__file__).parents[2]
    found = {
        match["script"]: bool(match["speaks"])
        for template in (root / "templates").glob("*.html")
        for match in re.finditer(
            r"module\('pages/(?P<script>\w+)\.js'(?P<speaks>, speaks=true)?\)", template.read_text()
        )
    }
    asks = {
        path.stem: "loadMessages()" in path.read_text() for path in (root / "static/src/pages").glob("*.ts")
    }
    assert found == {script: asks[script] for script in found}
    assert set(found.values()) == {True, False}
