"""The arithmetic page as a person uses it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.arithmetic_addresses import DEEP, SEVEN
from tests.browser.conftest import OpenPage


def slider(page: Page, name: str) -> None:
    page.get_by_role("slider", name=name, exact=True).focus()


def formula(page: Page) -> str:
    return "".join((page.locator("layer-rule .substituted math").first.text_content() or "").split())


def count(page: Page) -> str:
    return page.locator("step-timeline .count").inner_text()


def test_a_slider_moves_formula_figure_and_address_together(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    assert "=5" in formula(page)
    slider(page, "stride")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "2.33" in formula(page)
    expect(page.locator("conv-stage")).to_contain_text("2 × 2")
    expect(page.locator("conv-stage .unread")).to_have_count(1)
    expect(page).to_have_url(re.compile("stride=3"))


def test_reload_and_back_bring_the_state_back(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    slider(page, "kernel_size")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("kernel_size=4"))
    slider(page, "padding")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("padding=1"))
    before = formula(page)
    page.reload()
    expect(page.locator("layer-rule math").first).to_be_visible()
    assert formula(page) == before
    page.go_back()
    expect(page).not_to_have_url(re.compile("padding=1"))
    expect(page).to_have_url(re.compile("kernel_size=4"))
    assert "7−4" in formula(page)
    page.go_forward()
    assert formula(page) == before


def test_the_formula_needs_no_request(open_page: OpenPage) -> None:
    page = open_page(SEVEN, expect_errors=True)
    expect(page.locator("layer-facts .code code")).to_contain_text("nn.Conv2d")
    page.context.set_offline(True)
    slider(page, "height")
    page.keyboard.press("ArrowRight")
    assert formula(page).startswith("O=⌊8−3+2·0")
    assert page.locator("cell-sum .products td").count() == 9


def test_an_impossible_value_is_explained_at_its_field_with_the_nearest_as_a_button(
    open_page: OpenPage,
) -> None:
    page = open_page(SEVEN, expect_errors=True)
    field = page.get_by_role("textbox", name="kernel_size")
    field.fill("9")
    wrong = page.locator("#kernelSize-wrong")
    expect(wrong).to_contain_text("9 cells")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_attribute("aria-describedby", "kernelSize-wrong")
    assert count(page) == "–"
    wrong.get_by_role("button").click()
    expect(field).to_have_value("7")
    expect(wrong).to_have_count(0)
    assert count(page) == "1 / 1"


def test_what_is_no_number_is_explained_too_and_survives_a_reload(open_page: OpenPage) -> None:
    page = open_page(SEVEN, expect_errors=True)
    page.get_by_role("textbox", name="stride").fill("two")
    expect(page.locator("#stride-wrong p")).to_be_visible()
    expect(page).to_have_url(re.compile("stride=two"))
    page.reload()
    expect(page.locator("#stride-wrong p")).to_be_visible()
    expect(page.locator("conv-stage")).to_contain_text("stride")
    expect(page.get_by_role("textbox", name="stride")).to_have_value("two")


def test_only_what_cannot_be_read_cannot_be_dragged(open_page: OpenPage) -> None:
    page = open_page(SEVEN, expect_errors=True)
    page.get_by_role("textbox", name="stride").fill("two")
    for reloaded in (False, True):
        if reloaded:
            page.reload()
        expect(page.get_by_role("slider", name="stride", exact=True)).to_be_disabled()
        for name in ("height", "kernel_size", "padding", "dilation"):
            expect(page.get_by_role("slider", name=name, exact=True)).to_be_enabled()
    slider(page, "padding")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("textbox", name="padding")).to_have_value("1")
    page.get_by_role("textbox", name="stride").fill("2")
    expect(page.locator("conv-stage")).to_contain_text("4 × 4")


def test_no_slider_reaches_an_impossible_value(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    for name in ("kernel_size", "stride", "padding", "dilation", "groups", "height"):
        if page.get_by_role("slider", name=name, exact=True).is_disabled():
            continue
        slider(page, name)
        for key in ("End", "Home"):
            page.keyboard.press(key)
            expect(page.locator("conv-stage")).to_contain_text("output")
            assert page.locator("layer-form .wrong").count() == 0


def test_height_and_width_can_be_let_go_of_each_other(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    page.locator('[data-argument="stride"] .link').click()
    page.get_by_role("slider", name="stride, width").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"stride=1,2"))
    expect(page.locator("layer-rule .substituted")).to_have_count(2)
    expect(page.locator("conv-stage")).to_contain_text("5 × 3")


def test_repairs_are_buttons(open_page: OpenPage) -> None:
    page = open_page(SEVEN + "&stride=3")
    repairs = page.locator("fit-repairs")
    expect(repairs.get_by_role("button")).to_have_text(
        ["padding=1 → 3 × 3", "kernel_size=4 → 2 × 2", "stride=2 → 3 × 3"]
    )
    repairs.get_by_role("button", name="kernel_size=4").click()
    expect(page).to_have_url(re.compile("kernel_size=4"))
    expect(repairs.get_by_role("button")).to_have_count(0)
    assert formula(page).endswith("=2")


def test_the_operations_are_one_click_apart(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    page.get_by_role("link", name="Transposed convolution").click()
    expect(page.locator("conv-stage .cut")).to_have_count(1)
    expect(page.locator("layer-form")).to_contain_text("nn.ConvTranspose2d")
    page.get_by_role("link", name="Max pooling").click()
    expect(page.locator("cell-sum .winner")).to_have_count(1)
    page.go_back()
    expect(page.locator("layer-form")).to_contain_text("nn.ConvTranspose2d")


def test_pytorch_has_its_say(open_page: OpenPage) -> None:
    page = open_page(SEVEN)
    expect(page.locator("layer-facts .checked")).to_contain_text("checked by PyTorch", timeout=30_000)


def test_other_rules_stand_beside_pytorchs(open_page: OpenPage) -> None:
    page = open_page(SEVEN + "&stride=3")
    rows = page.locator("fit-bench tbody tr")
    expect(rows).to_have_count(4)
    outputs = [row.locator("td").nth(1).inner_text() for row in rows.all()]
    assert outputs == ["2", "3", "2", "3"]
    expect(rows.nth(0).locator(".ruler .unread")).to_have_count(1)


def test_everything_is_seen_without_scrolling_on_a_laptop(open_page: OpenPage) -> None:
    page = open_page(DEEP.replace("stride=2", "stride=3,2"))
    for selector in (
        "layer-form",
        "conv-stage .planes",
        "step-timeline",
        "layer-rule",
        "cell-sum",
        "fit-repairs",
    ):
        expect(page.locator(selector)).to_be_visible()
        box = page.locator(selector).bounding_box()
        assert box
        assert box["y"] + box["height"] <= 800, selector


def test_on_a_phone_the_stage_stays_while_a_slider_moves(open_page: OpenPage) -> None:
    page = open_page(SEVEN, viewport={"width": 390, "height": 844}, has_touch=True)
    thumb = page.get_by_role("slider", name="stride", exact=True)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    thumb.focus()
    stage, slider_box = page.locator("conv-stage").bounding_box(), thumb.bounding_box()
    assert stage
    assert slider_box
    assert stage["y"] >= 0
    assert stage["y"] + stage["height"] <= slider_box["y"] <= 844


def test_the_page_is_light(open_page: OpenPage) -> None:
    page = open_page("/healthz", expect_errors=True)  # which has no icon
    session = page.context.new_cdp_session(page)
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    session.send("Network.enable")
    page.goto(page.url.replace("/healthz", SEVEN))
    expect(page.locator("conv-stage .planes")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 0 < sum(received) < 100_000
