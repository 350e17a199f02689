"""Swagger UI works from our own files under our own policy; `open_page` fails on what that refuses."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

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
    colours = page.locator("#api").evaluate("e => [getComputedStyle(e).backgroundColor, document.title]")
    assert colours[0] == "rgb(252, 252, 250)", "its own colours are made for light paper"


def test_without_scripts_there_is_a_link_to_the_description(open_page: OpenPage) -> None:
    page = open_page("/docs", java_script_enabled=False)
    expect(page.get_by_role("link", name="/openapi.json")).to_be_visible()
