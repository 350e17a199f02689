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
    # On a busy machine it has gone further by the time it is looked at.
    expect(page.locator("step-timeline .count")).to_have_text(re.compile(r"^(?!1 /)\d+ / 25$"))


def test_233_is_one_click_away(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_role("link", name="2.33").click()
    expect(page.locator("layer-rule")).to_contain_text("2.33")
    expect(page.locator("conv-stage .unread")).to_have_count(1)
    expect(page.locator("fit-repairs").get_by_role("button")).to_have_count(3)
    expect(page).to_have_url(re.compile("stride=3"))
    page.go_back()
    expect(page.locator("layer-rule")).not_to_contain_text("2.33")


def test_what_is_asked_goes_once_it_is_answered(open_page: OpenPage) -> None:
    for scripted in (True, False):
        page = open_page("/", java_script_enabled=scripted)
        question = page.locator(".what-if > a")
        expect(question).to_be_visible()
        question.click()
        expect(page.locator("layer-rule")).to_contain_text("2.33")
        expect(question).to_be_hidden()


def test_a_pooling_has_no_weights_in_its_miniature(open_page: OpenPage) -> None:
    page = open_page("/")
    kernels = [
        page.locator(".miniatures li", has_text=name).locator('.lines[data-idea="kernel"]').count()
        for name in ("Conv2d", "MaxPool2d")
    ]
    assert kernels == [1, 0]


def test_without_scripts_the_file_field_stands_by_itself(open_page: OpenPage) -> None:
    page = open_page("/", java_script_enabled=False)
    drop = page.locator(".drop").bounding_box()
    field = page.locator(".drop input").bounding_box()
    assert drop
    assert field
    assert field["x"] + field["width"] <= drop["x"] + drop["width"]
    assert page.locator(".drop label").evaluate("e => getComputedStyle(e).borderTopWidth") == "0px"
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_the_figure_begins_under_its_title_when_magnified(open_page: OpenPage) -> None:
    page = open_page("/", viewport={"width": 640, "height": 400}, device_scale_factor=2)
    title = page.locator(".question").bounding_box()
    grid = page.locator("conv-stage .border").first.bounding_box()
    assert title
    assert grid
    assert grid["y"] - title["y"] - title["height"] < 64


def test_on_paper_nothing_is_left_that_wants_to_be_pressed(open_page: OpenPage) -> None:
    page = open_page("/")
    expect(page.locator("step-timeline button").first).to_be_visible()
    page.emulate_media(media="print")
    for selector in (".drop", ".what-if > a", "input[type=range]", "step-timeline"):
        assert page.locator(f"{selector}:visible").count() == 0, selector


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
