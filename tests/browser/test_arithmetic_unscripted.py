"""The arithmetic page where no script runs: a form that is sent and a page that answers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage

PATHS = (
    "operation=conv2d&height=7&kernel_size=3&stride=3",
    "operation=conv2d&in_channels=2&out_channels=3&height=6&width=9&kernel_size=2,3&padding=0,1,2,0&dilation=2",
    "operation=conv2d&height=9&width=8&kernel_size=1&stride=4&padding=3",
    "operation=conv_transpose2d&height=4&kernel_size=3&stride=2&padding=1&output_padding=1",
    "operation=max_pool2d&height=6&width=7&kernel_size=3&stride=2&ceil_mode=true",
    "operation=avg_pool2d&height=4&kernel_size=2",
    "operation=adaptive_avg_pool2d&height=7&output_size=3",
)


def maths(page: Page) -> list[str]:
    return ["".join(text.split()) for text in page.locator("layer-rule math").all_text_contents()]


def test_formula_numbers_drawing_and_repairs_are_there(open_page: OpenPage) -> None:
    page = open_page(
        "/arithmetic?operation=conv2d&height=7&kernel_size=3&stride=3", java_script_enabled=False
    )
    assert maths(page)[1].endswith("=⌊2.33⌋=2")
    assert page.locator("conv-stage text.number").count() == 49 + 9 + 1 + 1
    expect(page.locator("conv-stage text.bias")).to_have_text("+ bias")
    expect(page.locator("conv-stage path.block[data-idea=output]")).to_have_attribute(
        "d", re.compile("^[^z]*z$")
    )
    expect(page.locator("cell-sum .sum")).to_have_text("(−4) + bias 1 = −3")
    expect(page.locator("layer-facts dd").nth(2)).to_have_text("9 · 4 = 36")
    expect(page.locator("fit-repairs")).to_contain_text("input row 6; input column 6")
    expect(page.locator("conv-stage .unread")).to_be_visible()
    expect(page.locator("cell-sum .products td")).to_have_count(9)
    page.get_by_role("link", name="stride=2").click()
    page.wait_for_url(re.compile("stride=2"))
    assert maths(page)[1].endswith("=3")


def test_the_form_is_sent_and_answered(open_page: OpenPage) -> None:
    page = open_page("/arithmetic", java_script_enabled=False)
    page.get_by_label("kernel_size").fill("(3, 5)")
    page.get_by_label("padding", exact=True).fill('"same"')
    page.get_by_label("stride").fill("1")
    page.get_by_role("button", name="Compute").click()
    expect(page.locator("layer-facts")).to_contain_text('nn.Conv2d(1, 1, kernel_size=(3, 5), padding="same")')
    expect(page).to_have_url(re.compile("kernel_size="))


def test_errors_stand_at_their_fields_with_links_that_mend_them(open_page: OpenPage) -> None:
    page = open_page(
        "/arithmetic?operation=conv2d&height=7&kernel_size=9", java_script_enabled=False, expect_errors=True
    )
    field = page.get_by_label("kernel_size")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#kernel_size-wrong")).to_contain_text("9 cells")
    page.locator("#kernel_size-wrong a").click()
    expect(field).to_have_value("7")
    assert maths(page)[1].endswith("=1")


def test_every_operation_has_its_page(open_page: OpenPage) -> None:
    page = open_page("/arithmetic", java_script_enabled=False)
    for name in (
        "Transposed convolution",
        "Max pooling",
        "Average pooling",
        "Adaptive pooling",
        "Convolution",
    ):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator("nav[data-layers] [aria-current]")).to_have_text(name)
        expect(page.locator("conv-stage svg")).to_be_visible()
        assert maths(page)


@pytest.mark.parametrize("query", PATHS)
def test_the_server_and_the_browser_say_the_same(open_page: OpenPage, query: str) -> None:
    still = open_page(f"/arithmetic?{query}", java_script_enabled=False)
    moving = open_page(f"/arithmetic?{query}")
    expect(moving.locator("cell-sum h2 output")).to_be_visible()
    assert maths(moving) == maths(still)
    for selector in (
        "cell-sum h2 output",
        "cell-sum .products",
        "cell-sum .sum",
        "layer-facts dd >> nth=1",
        "layer-facts dd >> nth=2",
    ):
        said = [_said(page, selector) for page in (moving, still)]
        assert said[0] == said[1], selector
    unread = [page.locator("fit-repairs span").all_inner_texts() for page in (moving, still)]
    assert unread[0] == unread[1]
    texts = [_numbers(page) for page in (moving, still)]
    assert texts[0] == texts[1]


def test_numbers_of_the_output_have_their_cells(open_page: OpenPage) -> None:
    page = open_page(
        "/arithmetic?operation=avg_pool2d&height=6&kernel_size=3&stride=2&padding=1&cell=1,1",
        java_script_enabled=False,
    )
    first, second = (page.locator("text.number[data-idea=output]").nth(i).bounding_box() for i in (0, 1))
    assert first
    assert second
    assert first["x"] + first["width"] <= second["x"]


def _said(page: Page, selector: str) -> str:
    """The text of a part; without the names of channels, which only scripts make buttons of."""
    text = " ".join(page.locator(selector).inner_text().split())
    return re.sub(r"channel [0-9]+ : ", "", text)


def _numbers(page: Page) -> list[str]:
    """What is printed in the cells of the input, its padding and the kernel."""
    printed = page.locator(
        "conv-stage text.number:not([data-idea=output]), conv-stage .planes .bias ~ text,"
        "conv-stage .grid:is([data-idea=input], [data-idea=kernel]) .numbers text"
    )
    return sorted(text.strip() for text in printed.all_text_contents() if text.strip())
