"""The home page as a stranger meets it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage


def test_the_lectures_figure_is_alive_at_once(open_page: OpenPage) -> None:
    page = open_page("/")
    expect(page.locator("conv-stage")).to_contain_text("7 × 7")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("step-timeline .count")).to_have_text("2 / 25")


def test_233_is_one_click_away(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_role("link", name="2.33").click()
    expect(page.locator("layer-rule")).to_contain_text("2.33")
    expect(page.locator("conv-stage .unread")).to_have_count(1)
    expect(page.locator("fit-repairs").get_by_role("button")).to_have_count(3)
    expect(page).to_have_url(re.compile("stride=3"))
    page.go_back()
    expect(page.locator("layer-rule")).not_to_contain_text("2.33")


def test_the_letters_move_the_figure(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_label("P padding").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("conv-stage .pad")).to_have_count(1)
    expect(page.locator("step-timeline .count")).to_have_text("1 / 49")


def test_without_scripts_the_figure_stands_and_233_is_a_link(open_page: OpenPage) -> None:
    page = open_page("/", java_script_enabled=False)
    expect(page.locator("conv-stage svg")).to_be_visible()
    page.get_by_role("link", name="2.33").click()
    expect(page.locator("layer-rule")).to_contain_text("2.33")


@pytest.mark.usefixtures("networks")
def test_only_rooms_that_exist_are_shown(open_page: OpenPage) -> None:
    page = open_page("/")
    links = page.locator(".bar nav a")
    for href in [link.get_attribute("href") for link in links.all()]:
        assert href
        assert page.request.get(page.url.rstrip("/") + href).ok
