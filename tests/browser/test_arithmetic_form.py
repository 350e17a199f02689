"""The call as a form: what is typed, what is read, and what has its room."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage

CONV = "/arithmetic?operation=conv2d&height=7&width=7&kernel_size=3"


def box(element: Locator) -> tuple[float, float, float, float]:
    """Left, top, right, bottom."""
    found = element.bounding_box()
    assert found
    return found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"]


def overlap(one: Locator, other: Locator) -> bool:
    a, b = box(one), box(other)
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.mark.parametrize(
    ("label", "expected"),
    [("kernel_size", r"kernel_size=3,5"), ("stride", r"stride=3,5"), ("height", r"height=3&width=5")],
)
def test_a_pair_typed_into_a_linked_field_is_of_both_axes(
    open_page: OpenPage, label: str, expected: str
) -> None:
    page = open_page(CONV + "&padding=3", expect_errors=True)  # half a pair is refused for a moment
    field = page.get_by_role("textbox", name=label, exact=True)
    field.fill("")
    field.press_sequentially("3,5")
    expect(field).to_have_value("3,5")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(expected))
    expect(page.locator(".wrong")).to_have_count(0)
    values = [each.input_value() for each in page.get_by_role("textbox").all()]
    assert ["3", "5"] in [values[i : i + 2] for i in range(len(values))]


def test_a_pair_may_be_typed_as_pytorch_prints_it(open_page: OpenPage) -> None:
    page = open_page(CONV)
    page.get_by_role("textbox", name="padding", exact=True).fill("(1, 2)")
    page.keyboard.press("Tab")
    expect(page).to_have_url(re.compile("padding=1,2"))
    expect(page.get_by_role("textbox", name="padding, width")).to_have_value("2")


def test_five_digits_have_room(open_page: OpenPage) -> None:
    page = open_page(CONV.replace("height=7", "height=16384"))
    field = page.get_by_role("textbox", name="height", exact=True)
    expect(field).to_have_value("16384")
    assert field.evaluate("(field) => field.scrollWidth <= field.clientWidth")


@pytest.mark.parametrize("padding", ["1,2", "1,2,0,3"])
@pytest.mark.parametrize("width", [1280, 390, 360])
def test_the_controls_of_padding_lie_apart(open_page: OpenPage, padding: str, width: int) -> None:
    page = open_page(f"{CONV}&padding={padding}", viewport={"width": width, "height": 844})
    row = page.locator('[data-argument="padding"]')
    expect(row.locator(".place").first).to_be_visible()
    controls = [*row.locator(".place, .link, .kind").all(), row.locator("label").first]
    for i, one in enumerate(controls):
        for other in controls[i + 1 :]:
            assert not overlap(one, other), (one.inner_text(), other.inner_text())
    right = box(page.locator("layer-form"))[2]
    assert all(box(each)[2] <= right + 1 for each in controls)


def test_a_chooser_names_its_channel_among_those_there_are(open_page: OpenPage) -> None:
    page = open_page(f"{CONV}&in_channels=4&out_channels=2&groups=2&filter=1")
    chooser = page.locator("stage-head .chooser")
    expect(chooser.first).to_contain_text(re.compile(r"2\s*›\s*\(2–3: the filter's group\)"))
    expect(chooser.nth(1)).to_contain_text(re.compile(r"1\s*›\s*\(of 0–1\)"))


def test_the_scale_of_a_small_output_stays_away_from_the_kernel(open_page: OpenPage) -> None:
    page = open_page(f"{CONV.replace('7', '32')}&padding=5&stride=8")
    expect(page.locator("conv-stage .scale").first).to_be_visible()
    kernel = page.locator('conv-stage .grid[data-idea="kernel"] .border').first
    for scale in page.locator("conv-stage .scale").all():
        assert not overlap(scale, kernel)


def test_small_cells_of_padding_have_no_dashes(open_page: OpenPage) -> None:
    page = open_page(f"{CONV.replace('7', '32')}&padding=5")
    assert dashes(page) == "none"
    page.goto(page.url.replace("32", "7").replace("padding=5", "padding=1"))
    assert dashes(page) != "none"


def dashes(page: Page) -> str:
    pad = page.locator("conv-stage .pad")
    expect(pad).to_have_count(1)
    return str(pad.evaluate("(path) => getComputedStyle(path).strokeDasharray"))


def test_on_a_phone_the_operations_go_on_visibly_and_the_current_one_is_in_view(open_page: OpenPage) -> None:
    page = open_page(
        "/arithmetic?operation=adaptive_avg_pool2d&height=7&output_size=3",
        viewport={"width": 390, "height": 844},
    )
    expect(page.locator("conv-stage .planes")).to_be_visible()
    nav = page.locator("nav[data-layers]")
    assert "gradient" in nav.evaluate("(nav) => getComputedStyle(nav).maskImage")
    assert box(nav.locator("[aria-current]"))[2] <= 390 - 40


def test_a_long_name_breaks_after_an_underscore(open_page: OpenPage) -> None:
    page = open_page("/arithmetic?operation=avg_pool2d&height=4&kernel_size=2")
    name = page.locator('[data-argument="countIncludePad"] > label code').first
    lines = name.evaluate(
        """(name) => [...name.childNodes].filter((node) => node.nodeType === 3 && node.data.trim()).map(
            (node) => {
                const range = new Range();
                range.selectNodeContents(node);
                return range.getClientRects().length;
            },
        )"""
    )
    assert len(lines) > 1
    assert set(lines) == {1}


def test_on_paper_the_repairs_are_read_and_the_controls_are_gone(open_page: OpenPage) -> None:
    page = open_page(f"{CONV}&stride=3")
    expect(page.locator("fit-repairs button").first).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator("fit-repairs")).to_contain_text("padding=1 → 3 × 3")
    expect(page.locator("fit-repairs button").first).to_be_visible()
    for selector in ("nav.choices", "input[type=range]", "step-timeline", "select.kind"):
        assert page.locator(f"{selector}:visible").count() == 0, selector


def test_what_is_never_read_is_named_where_it_lies(open_page: OpenPage) -> None:
    page = open_page(
        "/arithmetic?operation=conv2d&height=7&width=9&kernel_size=3,5&stride=2,3&padding=1,2&dilation=2,1"
    )
    expect(page.locator("fit-repairs")).to_contain_text(
        "Never read, counted from 0: input rows 0, 2, 4, 6; padding columns 9–10."
    )
