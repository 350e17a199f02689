"""What holds on every page: accessible, inside the screen, in both themes and languages, from one host."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
CONV = "/arithmetic?operation=conv2d"
PATHS = (
    "/",
    "/?height=7&kernel_size=3&stride=3",
    f"{CONV}&in_channels=3&out_channels=4&height=7&width=8&kernel_size=3&stride=3",
    f"{CONV}&height=32&kernel_size=5&padding=2",
    "/arithmetic?operation=conv_transpose2d&height=4&kernel_size=3&stride=2&padding=1",
    "/arithmetic?operation=max_pool2d&in_channels=2&height=6&kernel_size=3&stride=2&ceil_mode=true",
    "/arithmetic?operation=adaptive_avg_pool2d&height=7&output_size=3",
    "/optimizers?step=30&sgd_lr=0.3",
    "/duels",
    "/optimizers?surface=line&batch_size=1&step=40&shown=adam&weight_decay=0.1&momentum=2",
    "/training?new=1&optimizer=adam&schedule=step",
    "/training?new=1&network=own&specification={}",
)
IMPOSSIBLE = f"{CONV}&height=7&kernel_size=9&groups=2"
WIDTHS = (360, 390, 640, 1024)
"""Of the windows that everything fits in, the narrowest first."""
RULES: Mapping[Literal["light", "dark"], tuple[str, ...]] = {
    "light": (),
    "dark": ("color-contrast", "link-in-text-block"),
}
"""What axe looks for in each theme, all of its rules at first: themes differ in nothing but colours."""


def violations(page: Page, *rules: str) -> list[str]:
    """What axe finds by these rules, or by all."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    how = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = page.evaluate("async (how) => (await axe.run(document, how)).violations", how)
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def settle(page: Page) -> None:
    drawn = "conv-stage .planes, loss-surface canvas, form.begin, svg.curves"
    expect(page.locator(drawn).first).to_be_visible()
    page.wait_for_load_state("networkidle")


def rest(page: Page) -> None:
    """Waits until a change of the window or the theme is laid out, and all that it sets off has ended."""
    page.evaluate(
        """async () => {
          for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
          const timed = document.getAnimations().filter(({timeline}) => timeline instanceof DocumentTimeline);
          await Promise.allSettled(timed.map((animation) => animation.finished)); // of scrolling none ends
        }"""
    )
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def overflow(page: Page, width: int) -> int:
    """By how many pixels the page is wider than a window of this width."""
    page.set_viewport_size({"width": width, "height": 780})
    rest(page)
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


def check_for_everyone(page: Page, state: str) -> None:
    """That what is shown fits windows from a phone's on, and that axe finds nothing in it in either theme."""
    assert {width: excess for width in WIDTHS if (excess := overflow(page, width)) > 0} == {}, state
    page.set_viewport_size({"width": 1280, "height": 800})
    for theme, rules in RULES.items():
        page.emulate_media(color_scheme=theme)
        rest(page)
        assert violations(page, *rules) == [], (state, theme)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("path", [*PATHS, IMPOSSIBLE])
def test_a_page_is_for_everyone(open_page: OpenPage, path: str, language: str) -> None:
    page = open_page(
        f"{path}{'&' if '?' in path else '?'}lang={language}",
        viewport={"width": WIDTHS[0], "height": 780},
        expect_errors=path == IMPOSSIBLE,
    )
    settle(page)
    check_for_everyone(page, path)


def test_axe_finds_nothing_where_a_layer_is_impossible_and_scripts_do_not_run(open_page: OpenPage) -> None:
    page = open_page(IMPOSSIBLE, expect_errors=True)
    page.route("**/static/pages/*", lambda route: route.abort())
    page.reload()
    assert violations(page) == []


def test_the_theme_is_kept_and_there_before_the_first_paint(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_label("Theme").select_option("dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { early = document.documentElement.dataset.theme })"
    )
    page.reload()
    assert page.evaluate("early") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    page.get_by_label("Theme").select_option("")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


def test_the_language_switch_keeps_the_state(open_page: OpenPage) -> None:
    page = open_page(f"{CONV}&height=7&kernel_size=3")
    page.keyboard.press("ArrowRight")
    expect(page.locator("step-timeline .count")).to_have_text("2 / 25")
    expect(page).to_have_url(re.compile("cell=0,1"))
    page.get_by_role("link", name="한국어").click()
    expect(page.get_by_role("button", name="재생")).to_be_visible()
    expect(page.locator("step-timeline .count")).to_have_text("2 / 25")
    expect(page.locator("figure .reading")).to_contain_text("0행 1열")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("cell=0,2"))
    assert "lang=ko" in page.url


def test_the_link_that_is_copied_is_what_is_seen(open_page: OpenPage) -> None:
    page = open_page(f"{CONV}&height=7&kernel_size=3", permissions=["clipboard-read", "clipboard-write"])
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    assert "cell=0,1" in page.evaluate("navigator.clipboard.readText()")


def test_colours_forced_by_the_system_leave_the_figure_readable(open_page: OpenPage) -> None:
    page = open_page(f"{CONV}&height=7&kernel_size=3&stride=3", forced_colors="active")
    settle(page)
    stroke = page.locator("conv-stage .reach").evaluate("(element) => getComputedStyle(element).stroke")
    assert stroke not in ("none", "rgb(255, 255, 255)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_forced_by_the_system_leave_tracks_and_tabs_marked(open_page: OpenPage, scheme: str) -> None:
    page = open_page(f"{CONV}&height=7&kernel_size=3", forced_colors="active", color_scheme=scheme)
    settle(page)
    for choices in (".bar nav a", "nav[data-layers] a"):
        borders = page.locator(choices).evaluate_all(
            "(links) => links.map((link) => [link.hasAttribute('aria-current'), "
            "getComputedStyle(link).borderBlockEndWidth + getComputedStyle(link).borderBlockEndColor])"
        )
        marked = {border for is_current, border in borders if is_current}
        assert len(marked) == 1
        assert not marked & {border for is_current, border in borders if not is_current}
    track = page.get_by_role("slider", name="stride", exact=True)
    with Image.open(io.BytesIO(track.screenshot())) as picture:
        right = picture.convert("L").crop((picture.width // 2, 0, picture.width - 4, picture.height))
        shades = np.asarray(right, np.int16)
    assert np.ptp(shades) > 128


def test_on_a_low_screen_the_stage_does_not_cover_the_form(open_page: OpenPage) -> None:
    page = open_page(f"{CONV}&height=32&kernel_size=3", viewport={"width": 640, "height": 400})
    settle(page)
    for name in ("height", "stride", "groups"):
        field = page.get_by_role("textbox", name=name, exact=True)
        field.focus()
        assert field.evaluate(
            "(field) => { const { x, y } = field.getBoundingClientRect();"
            " return document.elementFromPoint(x + 5, y + 5) === field; }"
        ), name


SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => shifts.push(...list.getEntries().map(({ value }) => value)))
  .observe({ type: "layout-shift", buffered: true });
"""


LAST_AWAKE = {"/": "fit-repairs", "/arithmetic": "fit-repairs", "/optimizers": "race-table"}


@pytest.mark.parametrize("path", LAST_AWAKE)
@pytest.mark.parametrize("width", [412, 1280])
def test_nothing_moves_while_a_page_comes_to_life(open_page: OpenPage, path: str, width: int) -> None:
    page = open_page("/", viewport={"width": width, "height": 820}, has_touch=width < 500)
    page.add_init_script(SHIFTS)

    def slowly(route: Route) -> None:
        time.sleep(0.3)
        route.continue_()

    page.route("**/static/pages/*.js", slowly)
    page.goto(page.url.rstrip("/") + path)
    settle(page)
    expect(page.locator(f"{LAST_AWAKE[path]}:defined")).to_have_count(1)
    page.wait_for_timeout(300)
    assert sum(page.evaluate("shifts")) < 0.01
