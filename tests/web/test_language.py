"""Which language a request gets, and that every link keeps it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.web.language import with_language
from app.web.negotiation import accepts_encoding, is_known, preferred, prefers_html, weights


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", None, "en"),
        ("", "", "en"),
        ("", "ko", "ko"),
        ("", "ko-KR,ko;q=0.9,en-US;q=0.8", "ko"),
        ("", "en-GB,en;q=0.9,ko;q=0.8", "en"),
        ("", "ko;q=0.3,en;q=0.7", "en"),
        ("", "ko;q=0", "en"),
        ("", "fr,de", "en"),
        ("", "fr,ko;q=0.1", "ko"),
        ("", "korean", "en"),
        ("", "ko;q=nonsense", "en"),
        ("?lang=ko", None, "ko"),
        ("?lang=ko", "en", "ko"),
        ("?lang=en", "ko", "en"),
        ("?lang=fr", "ko", "ko"),
        ("?lang=", "ko", "ko"),
    ],
)
def test_the_query_decides_then_the_header_then_english(
    client: TestClient, query: str, header: str | None, language: str
) -> None:
    response = client.get(f"/{query}", headers={} if header is None else {"accept-language": header})
    assert response.headers["content-language"] == language
    assert f'<html lang="{language}"' in response.text
    assert "Accept-Language" in response.headers["vary"]


def test_local_links_keep_a_language_that_was_chosen(client: TestClient) -> None:
    chosen = client.get("/?lang=ko").text
    links = [
        link for link in re.findall(r'<a[^>]*href="(/[^"]*)"', chosen) if not link.startswith("/openapi")
    ]
    assert links
    assert all("lang=" in link for link in links)
    assert "?lang=" not in re.sub(r"<a[^>]*hreflang[^>]*>", "", client.get("/").text)


def test_the_other_language_is_this_page_with_its_state(client: TestClient) -> None:
    page = client.get("/nothing?kernel_size=3,5&lang=ko", headers={"accept": "text/html"}).text
    assert 'href="/nothing?kernel_size=3,5&amp;lang=en"' in page


@pytest.mark.parametrize(
    ("url", "code", "expected"),
    [
        ("/", None, "/"),
        ("/", "ko", "/?lang=ko"),
        ("/?lang=en", "ko", "/?lang=ko"),
        ("/a?b=1&lang=en&c=", "ko", "/a?b=1&c=&lang=ko"),
        ("/a?padding=1,2#x", "en", "/a?padding=1,2&lang=en#x"),
        ("/a?lang=ko", None, "/a"),
    ],
)
def test_an_address_in_a_language(url: str, code: str | None, expected: str) -> None:
    assert with_language(url, code) == expected  # type: ignore[arg-type]


@given(st.text(max_size=200))
def test_no_header_can_break_negotiation(header: str) -> None:
    assert all(0 <= quality <= 1 for quality in weights(header).values())
    assert preferred(header, ("en", "ko")) in ("en", "ko", None)
    prefers_html(header)
    accepts_encoding(header, "br")


@pytest.mark.parametrize(
    ("header", "html"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("*/*", False),
        ("", False),
        ("application/json", False),
        ("text/html;q=0.5,application/json", False),
        ("text/html;q=0", False),
    ],
)
def test_a_browser_prefers_html(header: str, html: bool) -> None:
    assert prefers_html(header) is html


@pytest.mark.parametrize(
    ("header", "coding", "accepted"),
    [
        ("gzip, br", "br", True),
        ("gzip;q=0, br", "gzip", False),
        ("*", "br", True),
        ("*;q=0, gzip", "br", False),
        ("identity", "gzip", False),
        ("", "gzip", False),
    ],
)
def test_content_codings(header: str, coding: str, accepted: bool) -> None:
    assert accepts_encoding(header, coding) is accepted


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ('W/"abc"', True),
        ('"abc"', True),
        ('"x", W/"abc" , "y"', True),
        ("*", True),
        ("", False),
        ('"abcd"', False),
        ("abc", False),
        ('"x"', False),
    ],
)
def test_what_a_client_has_already(header: str, known: bool) -> None:
    assert is_known(header, 'W/"abc"') is known
