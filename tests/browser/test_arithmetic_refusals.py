"""What cannot be read is explained, and nothing of what was there before is left beside it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, until

SEVEN = "/arithmetic?operation=conv2d&in_channels=1&out_channels=1&height=7&width=7&kernel_size=3"


def shown(page: Page) -> list[str]:
    """What stands on the page, part by part."""
    parts = ("layer-form", "layer-facts", ".stage-figure", ".rule", ".cell", "fit-repairs", "fit-bench")
    return [" ".join(page.locator(part).first.inner_text().split()) for part in parts]


@pytest.mark.parametrize(
    ("label", "text", "good"),
    [
        ("stride", "0", "2"),
        ("stride", "abc", "2"),
        ("kernel_size", "", "3"),
        ("height", "-1", "7"),
        ("padding", "2.5", "0"),
        ("in_channels", "0", "1"),
    ],
)
def test_nothing_of_the_last_layer_is_left(open_page: OpenPage, label: str, text: str, good: str) -> None:
    page = open_page(SEVEN + "&stride=2", expect_errors=True)
    expect(page.locator("cell-sum .products")).to_be_visible()
    page.get_by_role("textbox", name=label, exact=True).fill(text)
    page.keyboard.press("Tab")
    expect(page.locator("layer-form .wrong").first).to_be_visible()
    expect(page.locator("conv-stage .caption code").first).to_have_text(label)
    for selector in (
        ".substituted",
        ".planes",
        ".products",
        ".cost",
        "fit-bench table",
        "number-tables details",
    ):
        expect(page.locator(selector)).to_have_count(0)
    expect(page.locator("layer-rule .symbolic")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_disabled()
    expect(page.locator("step-timeline .count")).to_have_text("–")
    expect(page.locator("figure .reading")).to_have_text("")
    live = shown(page)
    until(page, lambda: parse_qs(urlsplit(page.url).query, keep_blank_values=True).get(label, [""]) == [text])
    page.reload()
    expect(page.locator("conv-stage .caption code").first).to_have_text(label)
    expect(page.locator("layer-form .line").first).to_be_visible()
    assert shown(page) == live
    page.get_by_role("textbox", name=label, exact=True).fill(good)
    expect(page.locator("conv-stage .planes")).to_be_visible()
    expect(page.locator("layer-rule .substituted").first).to_be_visible()


def test_the_nearest_size_is_taken_for_height_and_width_that_are_one(open_page: OpenPage) -> None:
    page = open_page(SEVEN.replace("7", "0"), expect_errors=True)
    page.locator("layer-form .wrong button").first.click()
    expect(page).to_have_url(re.compile(r"height=(\d+)&width=\1"))


def test_what_plays_stops_where_nothing_is_left_to_play(open_page: OpenPage) -> None:
    page = open_page(SEVEN, expect_errors=True)
    page.get_by_role("button", name="Play").click()
    page.get_by_role("textbox", name="stride", exact=True).fill("x")
    expect(page.get_by_role("button", name="Play")).to_be_disabled()
    page.get_by_role("textbox", name="stride", exact=True).fill("1")
    expect(page.locator("step-timeline .count")).to_contain_text("/ 25")
    expect(page.get_by_role("button", name="Play")).to_be_enabled()


def test_a_page_that_is_a_refusal_asks_nobody_again(open_page: OpenPage) -> None:
    page = open_page("/healthz", expect_errors=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page.url.replace("/healthz", SEVEN + "&stride=0"))
    expect(page.locator("layer-form .wrong")).to_contain_text("at least 1")
    expect(page.locator("layer-rule .symbolic math")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/api/v1/arithmetic" in url]
    page.locator("layer-form .wrong button").click()
    expect(page.locator("layer-facts .code")).to_contain_text("nn.Conv2d")


@pytest.mark.parametrize("text", ["abc", "1e30", "10000"])
def test_a_cell_says_why_it_does_not_take_a_text(open_page: OpenPage, text: str) -> None:
    page = open_page(SEVEN)
    page.get_by_role("grid", name="Kernel between").get_by_role("gridcell").focus()
    page.keyboard.press("Enter")
    editor, reading = page.locator("conv-stage .editor"), page.locator("figure .reading")
    editor.fill(text)
    expect(editor).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Enter")
    expect(editor).to_be_focused()
    expect(reading).to_contain_text(f"from −9999 to 9999. This is none: “{text}”")
    page.locator("h1").click()
    expect(editor).to_have_count(0)
    expect(reading).to_contain_text(text)
    expect(page).not_to_have_url(re.compile("w="))


def test_a_text_that_becomes_a_number_is_taken(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    page.get_by_role("grid", name="Input, channel 0").get_by_role("gridcell").focus()
    page.keyboard.type("-")
    editor = page.locator("conv-stage .editor")
    expect(editor).not_to_have_attribute("aria-invalid", "true")
    page.keyboard.type("x")
    expect(editor).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Backspace")
    page.keyboard.type("4")
    expect(editor).not_to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("x=0.0.0:-4"))
