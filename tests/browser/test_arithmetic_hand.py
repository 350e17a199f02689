"""What a pointer and the keys do on the stage: edit the bias, drag the window, go along the output."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage

SEVEN = "/arithmetic?operation=conv2d&in_channels=1&out_channels=1&height=7&width=7&kernel_size=3"


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one point to another, as a hand does: by way of what lies between."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=8)
    page.mouse.up()


def cell_of(page: Page, name: str, row: int, column: int) -> tuple[float, float]:
    """The middle of a cell of a grid whose cursor is in its first cell."""
    box = page.get_by_role("grid", name=name).get_by_role("gridcell").bounding_box()
    assert box
    side = box["width"]
    return box["x"] + side * (column + 0.5), box["y"] + side * (row + 0.5)


def count(page: Page) -> str:
    return page.locator("step-timeline .count").inner_text()


def test_the_bias_is_edited_by_keyboard_and_kept_in_the_address(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    before = page.locator("cell-sum h2 output").inner_text()
    page.get_by_role("grid", name="Bias of filter 0").get_by_role("gridcell").focus()
    expect(page.locator("figure .reading")).to_contain_text("bias of filter 0 is 1")
    page.keyboard.type("-2.5")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("b=0:-2.5"))
    expect(page.locator("cell-sum .sum")).to_contain_text("bias (−2.5)")
    after = page.locator("cell-sum h2 output").inner_text()
    assert float(after.replace("−", "-")) == float(before.replace("−", "-")) - 3.5
    page.reload()
    expect(page.locator("cell-sum .sum")).to_contain_text("bias (−2.5)")
    page.go_back()
    expect(page.locator("cell-sum .sum")).to_contain_text("bias 1")


def test_the_bias_is_edited_with_the_pointer(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    cell = page.get_by_role("grid", name="Bias of filter 0").get_by_role("gridcell")
    cell.click(force=True)
    cell.click(force=True)
    page.locator("conv-stage .editor").fill("4")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("b=0:4"))


def test_a_layer_without_a_bias_has_none_to_edit(open_page: OpenPage) -> None:
    page = open_page(f"{SEVEN}&bias=false")
    expect(page.get_by_role("grid", name="Kernel between")).to_have_count(1)
    expect(page.get_by_role("grid", name="Bias")).to_have_count(0)


def test_leaving_an_editor_keeps_decimals_that_are_not_shown(open_page: OpenPage) -> None:
    page = open_page(f"{SEVEN}&b=0:0.125")
    page.get_by_role("grid", name="Bias of filter 0").get_by_role("gridcell").focus()
    page.keyboard.press("Enter")
    expect(page.locator("conv-stage .editor")).to_have_value("0.125")
    page.keyboard.press("Enter")
    page.reload()
    expect(page).to_have_url(re.compile("b=0:0.125"))


def test_an_escaped_edit_changes_nothing(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    page.get_by_role("grid", name="Input, channel 0").get_by_role("gridcell").focus()
    page.keyboard.type("42")
    page.keyboard.press("Escape")
    expect(page.locator("conv-stage .editor")).to_have_count(0)
    expect(page.locator("conv-stage .edited")).to_have_count(0)


@pytest.mark.parametrize(("stride", "cell"), [(1, "2,3"), (2, "1,1")])
def test_the_window_is_dragged_over_the_input(open_page: OpenPage, stride: int, cell: str) -> None:
    page = open_page(f"{SEVEN}&stride={stride}")
    middle, there = cell_of(page, "Input,", 1, 1), cell_of(page, "Input,", 3, 4 if stride == 1 else 3)
    drag(page, middle, there)
    expect(page).to_have_url(re.compile(f"cell={cell}"))
    expect(page.locator("conv-stage .editor, conv-stage .edited")).to_have_count(0)


def test_the_window_stays_in_the_input_however_far_it_is_dragged(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    drag(page, cell_of(page, "Input,", 1, 1), cell_of(page, "Input,", 1, 60))
    assert count(page) == "5 / 25"


def test_beside_the_window_nothing_is_dragged(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    drag(page, cell_of(page, "Input,", 5, 5), cell_of(page, "Input,", 2, 2))
    assert count(page) == "1 / 25"


def test_a_press_in_the_output_shows_its_window_and_a_drag_goes_along(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    first = cell_of(page, "Output,", 0, 0)
    page.mouse.click(*cell_of(page, "Output,", 2, 1))
    assert count(page) == "12 / 25"
    window = page.locator("conv-stage .window .reach")
    window.evaluate("(element) => Promise.all(document.getAnimations().map(({ finished }) => finished))")
    box, corner = window.bounding_box(), cell_of(page, "Input,", 2, 1)
    assert box
    assert abs(box["x"] + box["width"] / 6 - corner[0]) < 4
    assert abs(box["y"] + box["height"] / 6 - corner[1]) < 4
    drag(page, first, (first[0] + 500, first[1]))
    assert count(page) == "5 / 25"


def test_a_finger_drags_the_window_and_does_not_scroll_the_page(open_page: OpenPage) -> None:
    page = open_page(SEVEN, viewport={"width": 390, "height": 700}, has_touch=True)
    (x, y), (to_x, to_y) = cell_of(page, "Input,", 1, 1), cell_of(page, "Input,", 4, 1)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touching = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touching})

    touch("touchStart", (x, y))
    for part in range(1, 9):
        touch("touchMove", (x + (to_x - x) * part / 8, y + (to_y - y) * part / 8))
    touch("touchEnd")
    assert count(page) == "16 / 25"
    assert page.evaluate("scrollY") == 0
