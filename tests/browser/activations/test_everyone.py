"""For everyone: without a pointer, on a narrow screen, in both languages and themes, with forced colours."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.activations import page as on
from tests.browser.conftest import OpenPage, until
from tests.browser.test_every_page import WIDTHS, check_for_everyone, violations

STATES = (
    "image=sample-ship",
    "layer=2",
    "layer=0&channel=3&row=4&column=31",
    "layer=12&channel=9&row=2&column=2",
    "layer=4&channel=1&row=2&column=2",
    "layer=15&channel=7",
    "layer=16&channel=3&compare=plain,everything",
    "layer=input&channel=0&row=0&column=0",
    "crop=10,10,100&scale=network",
)
GONE = f"image={0:08x}{1:032x}"


def visit(page: Page, query: str, language: str) -> None:
    page.goto(f"{on.origin(page)}/activations?{query}&lang={language}")
    expect(page.locator(".strips canvas").first).to_be_attached()
    on.settle(page)
    if "row=" in query or "channel=" in query:
        expect(page.locator(".arithmetic .equation").first).to_be_visible()
        page.locator("details.table").last.evaluate("(details) => { details.open = true; }")
    page.locator(".done").evaluate("(details) => { details.open = true; }")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_state_is_for_everyone(open_page: OpenPage, language: str) -> None:
    page = open_page("/arithmetic", viewport={"width": WIDTHS[0], "height": 780})
    for query in STATES:
        page.set_viewport_size({"width": WIDTHS[0], "height": 780})
        visit(page, query, language)
        check_for_everyone(page, query)


def test_axe_finds_nothing_where_there_is_no_picture(open_page: OpenPage) -> None:
    page = open_page(f"/activations?{GONE}", expect_errors=True)
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []


def test_every_canvas_and_figure_is_one_tab_stop(open_page: OpenPage) -> None:
    page = on.opened(open_page, "layer=2&channel=3&row=1&column=1")
    expect(page.locator("value-bars [role=gridcell]")).to_be_visible()
    stops = page.locator("activations-layer [role=gridcell]")
    expect(stops).to_have_count(2)  # the map, and the shares of its sum
    assert page.locator("activations-layer [role=grid]").count() == 2


def test_everything_can_be_reached_by_keyboard(open_page: OpenPage) -> None:
    page = on.opened(open_page, "layer=2&channel=3&row=1&column=1")
    wanted = page.evaluate(
        """() => [...document.querySelectorAll(
          "a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']",
        )].filter((e) => e.checkVisibility() && !e.disabled && !e.closest("details:not([open])"))
          .filter((e) => e.type !== "radio" || e.checked)
          .map((e, i) => { e.dataset.stop = i; return String(i); })"""
    )
    reached = set()
    page.evaluate("document.activeElement?.blur()")
    for _ in range(len(wanted) + 40):
        page.keyboard.press("Tab")
        stop = page.evaluate("document.activeElement.dataset.stop")
        if stop is not None:
            reached.add(stop)
    summaries = page.evaluate(
        "[...document.querySelectorAll('summary[data-stop]')].map((e) => e.dataset.stop)"
    )
    assert set(wanted) - reached - set(summaries) == set()


def test_the_focus_is_seen(open_page: OpenPage) -> None:
    page = on.opened(open_page)
    on.strip(page, "0").locator(".about").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline not in ("none", "")


def test_who_comes_back_from_a_layer_is_where_they_were(open_page: OpenPage) -> None:
    page = on.opened(open_page)
    heading = on.strip(page, "5").locator(".about")
    heading.focus()
    page.keyboard.press("Enter")
    expect(page.locator("activations-layer [role=gridcell]")).to_be_focused()
    expect(heading).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(heading).to_be_focused()
    expect(heading).to_have_attribute("aria-expanded", "false")


def test_another_theme_paints_the_maps_again(open_page: OpenPage) -> None:
    page = on.opened(open_page, "image=sample-ship")
    canvas = on.strip(page, "1").locator("canvas")
    values = on.tensor(page, "1")
    row, column = divmod(int(values[0].argmin()), 32)
    assert values[0, row, column] == 0
    assert on.is_near(on.pixel(canvas, column + 1, row + 1), on.LIGHT[1])
    page.get_by_label("Theme").select_option("dark")
    until(page, lambda: on.is_near(on.pixel(canvas, column + 1, row + 1), on.DARK[1]))


def test_korean_speaks_of_everything(open_page: OpenPage) -> None:
    page = on.opened(open_page, "lang=ko&image=sample-cat&layer=2&channel=1&row=3&column=3")
    expect(page.locator(".arithmetic h2")).to_contain_text("맵 1, 3행 3열")
    expect(page.locator(".arithmetic .equation")).to_contain_text("채널 16개를 더하면")
    expect(page.locator(".bars")).to_contain_text("고양이")
    expect(page.get_by_role("heading", level=1)).to_have_text("신경망은 내 사진에서 무엇을 봅니까?")
    page.get_by_role("link", name="English").click()
    expect(page.locator(".arithmetic h2")).to_contain_text("Map 1, row 3, column 3")


def test_colours_forced_by_the_system_leave_the_maps_as_they_are(open_page: OpenPage) -> None:
    page = on.opened(open_page, "image=sample-ship", forced_colors="active")
    values = on.tensor(page, "0")
    shown = on.pixel(on.strip(page, "0").locator("canvas"), 16.5, 16.5)
    share = float(values[0, 15, 15] / abs(values[0]).max())
    assert shown != on.ramp(0) or abs(share) < 0.02


def test_on_paper_the_maps_and_the_answer_are_there(open_page: OpenPage) -> None:
    page = on.opened(open_page)
    page.emulate_media(media="print")
    expect(page.locator(".bars")).to_be_visible()
    expect(on.strip(page, "16").locator("canvas")).to_be_visible()
    expect(page.get_by_text("Choose a picture")).to_be_hidden()
    expect(page.locator(".scale .legend")).to_be_visible()
    expect(page.locator(".scale label", has_text="map")).to_be_visible()
    expect(page.locator(".scale label", has_text="layer")).to_be_hidden()
