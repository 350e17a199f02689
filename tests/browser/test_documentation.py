"""Swagger UI works from our own files under our own policy; `open_page` fails on what that refuses."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_operation_can_be_tried_from_its_description(open_page: OpenPage, theme: str) -> None:
    page = open_page("/docs", color_scheme=theme)
    expect(page.locator("#api .opblock").first).to_be_visible()
    page.locator(".opblock-summary", has_text="/healthz").click()
    block = page.locator(".opblock.is-open")
    block.get_by_role("button", name="Try it out").click()
    block.get_by_role("button", name="Execute").click()
    expect(block.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
    assert is_dark(page, "body", "backgroundColor") == (theme == "dark")
    for words in (".renderedMarkdown p", ".opblock-summary-path", ".tab-header"):
        assert is_dark(page, f"#api {words}", "color") == (theme == "light"), words


def test_its_colours_follow_the_theme_that_is_chosen(open_page: OpenPage) -> None:
    page = open_page("/docs", color_scheme="light")
    expect(page.locator("#api .renderedMarkdown p").first).to_be_visible()
    page.get_by_label("Theme").select_option("dark")
    assert not is_dark(page, "#api .renderedMarkdown p", "color")


def is_dark(page: Page, selector: str, colour: str) -> bool:
    """Whether a colour of the first such element is nearer to black than to white."""
    element = page.locator(selector).first
    text = element.evaluate(f"(element) => getComputedStyle(element).{colour}")
    return sum(map(int, re.findall(r"[0-9]+", text)[:3])) < 3 * 128


def test_without_scripts_there_is_a_link_to_the_description(open_page: OpenPage) -> None:
    page = open_page("/docs", java_script_enabled=False)
    expect(page.get_by_role("link", name="/openapi.json")).to_be_visible()
