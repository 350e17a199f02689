"""The figure of the arithmetic page: stepped, edited and pointed at, and as a table."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.arithmetic_addresses import DEEP, SEVEN
from tests.browser.conftest import OpenPage


def test_arrows_step_and_space_plays(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    expect(page.locator("step-timeline .count")).to_have_text("1 / 25")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("step-timeline .count")).to_have_text("2 / 25")
    expect(page.locator("figure .reading")).to_contain_text("row 0, column 1")
    expect(page).to_have_url(re.compile("cell=0,1"))
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator("step-timeline .count")).not_to_have_text("2 / 25")
    expect(page.locator("figure .reading")).to_have_attribute("aria-live", "off")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.locator("figure .reading")).to_have_attribute("aria-live", "polite")
    page.keyboard.press("End")
    expect(page.locator("step-timeline .count")).to_have_text("25 / 25")


def test_a_number_is_edited_by_keyboard_and_kept_in_the_address(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    cell = page.get_by_role("grid", name="Input, channel 0").get_by_role("gridcell")
    cell.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator("figure .reading")).to_contain_text("input row 1, column 1")
    page.keyboard.type("42")
    page.keyboard.press("Enter")
    expect(page.locator("conv-stage .numbers .edited")).to_have_text("42")
    expect(page).to_have_url(re.compile("x=0.1.1:42"))
    expect(page.locator("cell-sum .products")).to_contain_text("42·0")
    page.reload()
    expect(page.locator("conv-stage .numbers .edited")).to_have_text("42")
    page.go_back()
    expect(page.locator("conv-stage .numbers .edited")).to_have_count(0)


def test_a_weight_is_edited_with_the_pointer(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    cell = page.get_by_role("grid", name="Kernel between").get_by_role("gridcell")
    cell.click(force=True)
    cell.click(force=True)
    page.locator("conv-stage .editor").fill("−5")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("w=0.0.0.0:-5"))
    expect(page.locator("cell-sum .products")).to_contain_text("0·(−5)")


def test_pointing_links_input_kernel_and_output(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    page.get_by_role("grid", name="Output, channel 0").get_by_role("gridcell").hover(force=True)
    linked = page.locator("conv-stage .linked")
    assert linked.locator("xpath=self::*[@data-idea='input']").get_attribute("d") != ""
    page.get_by_role("grid", name="Kernel between").get_by_role("gridcell").hover(force=True)
    expect(page.locator("figure .reading")).to_contain_text("kernel row 0, column 0 is 1")
    squares = (linked.locator("xpath=self::*[@data-idea='input']").get_attribute("d") or "").count("z")
    assert squares == 1


def test_the_same_links_follow_the_focus(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    page.get_by_role("grid", name="Input, channel 0").get_by_role("gridcell").focus()
    expect(page.locator("figure .reading")).to_contain_text("input row 0, column 0")
    readers = page.locator('conv-stage .linked[data-idea="output"]').get_attribute("d") or ""
    assert readers.count("z") == 1


def test_each_channel_gives_its_sum_and_can_be_chosen(open_page: OpenPage) -> None:
    page = open_page(DEEP)
    shares = page.locator("cell-sum .share")
    expect(shares).to_have_count(3)
    shares.nth(2).click()
    expect(page).to_have_url(re.compile("channel=2"))
    expect(shares.nth(2)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Next filter").click()
    expect(page.locator("cell-sum h2")).to_contain_text("[1, 0, 0]")
    numbers = [int(text.replace("−", "-").strip("()")) for text in _sums(page)]
    value = page.locator("cell-sum h2 output").inner_text().replace("−", "-")
    assert sum(numbers) == int(value)


def _sums(page: Page) -> list[str]:
    shares = [text.split("\n")[-1] for text in page.locator("cell-sum .share").all_inner_texts()]
    shares = [re.sub(r"^\d(?=[(\d])", "", share) for share in shares]
    bias = page.locator("cell-sum .sum [data-idea=kernel]").inner_text().removeprefix("bias").strip()
    return [*shares, bias]


def test_the_figure_is_also_a_table(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    expect(page.locator("figure figcaption")).to_contain_text("3 × 3 kernel slides over the 7 × 7 input")
    page.locator("number-tables summary").click()
    expect(page.locator("number-tables table")).to_have_count(3)
    assert page.locator("number-tables table").nth(2).locator("tbody td").count() == 25


@pytest.mark.parametrize("reduced", [False, True])
def test_the_window_glides_unless_less_motion_is_asked_for(open_page: OpenPage, *, reduced: bool) -> None:
    page = open_page(SEVEN, reduced_motion="reduce" if reduced else "no-preference")
    window = page.locator("conv-stage .window").first
    seconds = window.evaluate("(element) => getComputedStyle(element).transitionDuration")
    assert seconds == ("0s" if reduced else "0.18s")
