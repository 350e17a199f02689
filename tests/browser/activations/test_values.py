"""From a layer to a map, from a map to a value, from a value to its arithmetic."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.activations import page as on
from tests.browser.conftest import OpenPage, until


def test_each_opening_is_a_step_that_back_closes(open_page: OpenPage) -> None:
    page = on.opened(open_page, "image=sample-cat&network=tinyvgg")
    on.strip(page, "2").locator(".about").focus()
    page.keyboard.press("Enter")
    cursor = page.locator("activations-layer [role=gridcell]")
    expect(cursor).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("value-map canvas")).to_be_visible()
    expect(cursor).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    heading = page.locator(".arithmetic h2")
    expect(heading).to_contain_text("Map 1, row 1, column 0")
    assert {name: on.query(page).get(name) for name in ("layer", "channel", "row", "column")} == {
        "layer": "2",
        "channel": "1",
        "row": "1",
        "column": "0",
    }
    page.keyboard.press("ArrowRight")
    expect(heading).to_contain_text("Map 1, row 1, column 1")
    page.go_back()
    expect(heading).to_have_count(0)
    expect(page.locator("value-map canvas")).to_be_visible()
    page.go_back()
    expect(page.locator("value-map")).to_have_count(0)
    expect(page.locator("activations-layer .maps canvas")).to_be_visible()
    page.go_back()
    expect(page.locator("activations-layer")).to_have_count(0)
    page.go_forward()
    page.go_forward()
    expect(page.locator("value-map canvas")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("value-map")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("activations-layer")).to_have_count(0)


def test_back_takes_the_keyboard_where_escape_does(open_page: OpenPage) -> None:
    page = on.opened(open_page, "image=sample-cat&network=tinyvgg")
    heading = on.strip(page, "2").locator(".about")
    heading.focus()
    page.keyboard.press("Enter")
    cursor = page.locator("activations-layer .maps [role=gridcell]")
    expect(cursor).to_be_focused()
    page.keyboard.press("Enter")
    value = page.locator("value-map [role=gridcell]")
    expect(value).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".arithmetic h2")).to_be_visible()
    page.go_back()
    expect(page.locator(".arithmetic")).to_have_count(0)
    expect(value).to_be_focused()
    page.go_back()
    expect(cursor).to_be_focused()
    page.go_back()
    expect(heading).to_be_focused()


@pytest.mark.parametrize(
    ("asked", "told", "left"),
    [
        ("layer=99", "This network has no layer 99.", {}),
        ("layer=2&channel=99", "This layer has no map 99: they go from 0 to 15.", {"layer": "2"}),
        ("layer=16&channel=10", "This layer has no value 10: they go from 0 to 9.", {"layer": "16"}),
        (
            "layer=2&channel=1&row=32&column=0",
            "This map has no value in row 32, column 0: its size is 32 × 32.",
            {"layer": "2", "channel": "1"},
        ),
    ],
)
def test_what_an_address_asks_for_and_is_not_there_is_said(
    open_page: OpenPage, asked: str, told: str, left: dict[str, str]
) -> None:
    page = on.opened(open_page, asked)
    notice = page.locator("[data-missing]")
    expect(notice).to_have_text(told)
    places = {"layer", "channel", "row", "column"}
    until(page, lambda: {name: said for name, said in on.query(page).items() if name in places} == left)
    page.get_by_role("link", name="Frog").click()
    on.settle(page)
    expect(notice).to_be_empty()


def test_while_the_arithmetic_is_on_its_way_the_page_says_so(open_page: OpenPage) -> None:
    page = on.opened(open_page, "layer=2&channel=3")
    held: list[Any] = []
    page.route("**/unit?*", lambda route: held.append(route))  # noqa: PLW0108  a route wants a function
    page.locator("value-map grid-cursor").click(position={"x": 5, "y": 5})
    arithmetic = page.locator(".arithmetic")
    expect(arithmetic.locator("p[role=status]")).to_have_text("Fetching the arithmetic …")
    expect(arithmetic).to_have_attribute("aria-busy", "true")
    until(page, lambda: held)
    held.pop().continue_()
    expect(arithmetic.locator(".equation")).to_be_visible()
    expect(arithmetic.locator("p[role=status]")).to_have_count(0)
    page.locator("value-map grid-cursor").click(position={"x": 50, "y": 50})
    expect(arithmetic).to_have_attribute("aria-busy", "true")  # what stands there is another value's
    until(page, lambda: held)
    held.pop().continue_()
    expect(arithmetic).not_to_have_attribute("aria-busy", "true")


def test_signed_numbers_have_their_legend(open_page: OpenPage) -> None:
    page = on.opened(open_page, "layer=2&channel=4&row=8&column=8")
    figures = page.locator(".arithmetic .numbers-figure")
    expect(figures).to_have_count(3)
    for figure in figures.all():
        largest = max(abs(on.number(text)) for text in figure.locator("td").all_inner_texts())
        expect(figure.locator(".legend span").first).to_have_text(on.written(-largest))
        expect(figure.locator(".legend span").last).to_have_text(on.written(largest))


def test_a_map_is_opened_by_pointer_and_its_values_read(open_page: OpenPage) -> None:
    page = on.opened(open_page)
    on.strip(page, "1").locator("canvas").click(position={"x": 4 * 33 + 10, "y": 10})
    reading = page.locator("activations-layer .reading").first
    page.locator("value-map grid-cursor").hover(position={"x": 11 * 7 + 5, "y": 11 * 20 + 5})
    value = on.tensor(page, "1")[4, 20, 7]
    expect(reading).to_have_text(f"row 20, column 7: {on.written(value)}")
    expect(page.locator(".seen-box .field")).to_be_visible()


def test_what_a_value_sees_is_framed_on_the_picture(open_page: OpenPage) -> None:
    page = on.opened(open_page, "layer=5&channel=0&row=2&column=9")
    expect(page.locator(".arithmetic h2")).to_be_visible()
    on.settle(page)
    url = on.look(page)["sheet"]["url"].replace(".png?", "/5/unit?")
    field = page.request.get(f"{on.origin(page)}{url}&channel=0&row=2&column=9").json()["receptive_field"]
    for parent in (".seen-box", ".crop-box"):
        box, frame = page.locator(parent).bounding_box(), page.locator(f"{parent} .field").bounding_box()
        assert box
        assert frame
        cell = box["width"] / 32
        assert frame["y"] - box["y"] == pytest.approx(field["top"] * cell, abs=1)
        assert frame["x"] - box["x"] == pytest.approx(field["left"] * cell, abs=1)
        assert frame["width"] == pytest.approx((field["right"] - field["left"]) * cell, abs=1)


TINYVGG = (
    ("input", "channel=1&row=3&column=30"),
    ("0", "channel=2&row=0&column=31"),
    ("1", "channel=3&row=9&column=9"),
    ("2", "channel=15&row=31&column=0"),
    ("4", "channel=6&row=7&column=8"),
    ("12", "channel=9&row=7&column=7"),
    ("15", "channel=77"),
    ("16", "channel=3"),
)
MAPS = "0 1 2 3.layers.0 3.shortcut.0 3 4.layers.0 5 6 7 8 9 10 11 12"
ROWS = "13 14 15 16 17 18 19"
EVERYTHING = (
    *((layer, "channel=1&row=1&column=0") for layer in MAPS.split()),
    *((layer, "channel=1") for layer in ROWS.split()),
)


@pytest.mark.parametrize(("network", "values"), [("tinyvgg", TINYVGG), ("everything", EVERYTHING)])
def test_a_values_arithmetic_ends_in_the_value_of_the_tensor(
    open_page: OpenPage, network: str, values: tuple[tuple[str, str], ...]
) -> None:
    page = on.opened(open_page, f"network={network}")
    start = page.url
    for layer, place in values:
        page.goto(f"{start}&layer={layer}&{place}")
        index = tuple(int(part.partition("=")[2]) for part in place.split("&"))
        expected = on.written(float(on.tensor(page, layer)[index]))
        expect(page.locator(".arithmetic h2 output")).to_have_text(expected)
        expect(page.locator(".arithmetic .equation").last.locator("b")).to_have_text(expected)


def test_a_convolutions_products_and_bias_add_up(open_page: OpenPage) -> None:
    page = on.opened(open_page, "layer=2&channel=4&row=8&column=8")
    value = float(on.tensor(page, "2")[4, 8, 8])
    equation = page.locator(".arithmetic .equation")
    expect(equation).to_be_visible()
    found = re.fullmatch(
        r"16 channels add up to ([−\d.]+) \+ bias ([−\d.]+) = ([−\d.]+)", equation.inner_text().strip()
    )
    assert found
    total, bias, result = (on.number(text) for text in found.groups())
    assert result == pytest.approx(value, abs=5e-4)
    assert total + bias == pytest.approx(value, abs=2e-3)
    patch, kernel, products = (
        [on.number(text) for text in page.locator(".numbers-grid").nth(i).locator("td").all_inner_texts()]
        for i in range(3)
    )
    for operand, weight, product in zip(patch, kernel, products, strict=True):
        assert operand * weight == pytest.approx(product, abs=1e-3 * (1 + abs(operand) + abs(weight)))
    page.get_by_text("All products as a table").click()
    rows = page.locator(".arithmetic details table tbody tr")
    expect(rows).to_have_count(16 * 9)
    listed = [on.number(text) for text in rows.locator("td:last-child").all_inner_texts()]
    assert sum(listed) == pytest.approx(total, abs=16 * 9 * 5e-4)


def test_a_pooled_value_leads_back_to_its_winner(open_page: OpenPage) -> None:
    page = on.opened(open_page, "layer=4&channel=6&row=7&column=8")
    expect(page.locator(".numbers-grid .marked")).to_have_count(1)
    value = page.locator(".numbers-grid .marked").inner_text()
    page.get_by_role("button", name=f"Where {value} comes from: relu_2").click()
    expect(page.locator(".arithmetic h2 output")).to_have_text(value)
    assert on.query(page)["layer"] == "3"
    page.go_back()
    expect(page.locator(".numbers-grid .marked")).to_have_count(1)


def test_several_networks_answer_side_by_side(open_page: OpenPage) -> None:
    page = on.opened(open_page, "image=sample-ship")
    page.get_by_label("Plain").check()
    page.get_by_label("Everything").check()
    on.settle(page)
    expect(page.locator(".bars thead th")).to_have_text(["class", "TinyVGG", "Everything", "Plain"])
    assert set(on.query(page)["compare"].split(",")) == {"plain", "everything"}
    url = f"{on.origin(page)}/api/v1/networks/plain/activations?image=sample-ship"
    best = page.request.get(url).json()["probabilities"][0]
    expect(page.locator(".bars tr", has_text=best["class"]).locator("td").nth(2)).to_have_text(
        f"{100 * best['probability']:.1f} %"
    )
    page.get_by_role("navigation", name="Network").get_by_role("link", name="Plain").click()
    page.wait_for_url(re.compile("network=plain"))
    on.settle(page)
    expect(page.locator(".strip")).to_have_count(6)
    expect(page.locator(".bars thead th")).to_have_text(["class", "Plain", "TinyVGG", "Everything"])


def test_a_layer_that_the_other_network_does_not_have_is_closed(open_page: OpenPage) -> None:
    page = on.opened(open_page, "layer=14&channel=2")
    page.get_by_role("navigation", name="Network").get_by_role("link", name="Plain").click()
    page.wait_for_url(re.compile("network=plain"))
    on.settle(page)
    expect(page.locator("activations-layer")).to_have_count(0)
