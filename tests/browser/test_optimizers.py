"""The race on a loss surface as a person runs it."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage

RAVINE = "/optimizers?surface=ravine&optimizer=sgd&optimizer=momentum&theta1=-3.5&theta2=1.5&steps=100"


def opened(open_page: OpenPage, path: str, **options: Any) -> Page:
    page = open_page(path, **options)
    expect(page.locator("race-table:defined")).to_have_count(1)
    return page


def numbers(page: Page) -> str:
    shown = page.locator("update-rule section.shown .substituted").last
    return re.sub(r"\s+", " ", shown.inner_text())


def reading(page: Page) -> Locator:
    return page.locator("figure .reading")


def count(page: Page) -> Locator:
    return page.locator("step-timeline .count")


def test_arrows_step_space_plays_and_the_numbers_follow(open_page: OpenPage) -> None:
    page = opened(open_page, f"{RAVINE}&sgd_lr=0.02")
    expect(count(page)).to_have_text("0 / 100")
    expect(reading(page)).to_contain_text("all start at θ = (−3.5, 1.5), J = 34.25")
    assert "−3.43" in numbers(page)
    page.keyboard.press("ArrowRight")
    expect(count(page)).to_have_text("1 / 100")
    assert "−3.361" in numbers(page)
    expect(page).to_have_url(re.compile("step=1"))
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(count(page)).not_to_have_text("1 / 100")
    assert reading(page).get_attribute("aria-live") == "off"
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.keyboard.press("End")
    expect(count(page)).to_have_text("100 / 100")
    expect(reading(page)).to_contain_text("99 %")


def test_the_start_is_moved_by_keys_pointer_and_number(open_page: OpenPage) -> None:
    page = opened(open_page, RAVINE)
    start = page.get_by_role("application", name="Start at")
    start.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_role("textbox", name="θ₁")).to_have_value("-3.4")
    expect(page.get_by_role("textbox", name="θ₂")).to_have_value("1")
    expect(start).to_have_attribute("aria-label", "Start at θ = (−3.4, 1)")
    box = start.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 130, y, steps=4)
    page.mouse.up()
    moved = float(page.get_by_role("textbox", name="θ₁").input_value())
    assert -2 < moved < -0.5
    page.get_by_role("textbox", name="θ₁").fill("2.25")
    expect(start).to_have_attribute("aria-label", re.compile(r"= \(2\.25, "))
    expect(page).to_have_url(re.compile("theta1=2.25"))
    page.locator("loss-surface .map").click(position={"x": 100, "y": 100})
    expect(start).not_to_have_attribute("aria-label", re.compile(r"= \(2\.25, "))


def test_reload_and_back_bring_the_state_back(open_page: OpenPage) -> None:
    page = opened(open_page, f"{RAVINE}&step=20")
    expect(count(page)).to_have_text("20 / 100")
    page.get_by_role("checkbox", name="Adam", exact=True).check()
    page.get_by_role("link", name="Beale").click()
    expect(page).to_have_url(re.compile("surface=beale"))
    expect(count(page)).to_have_text("0 / 150")
    expect(page.get_by_role("checkbox", name="Adam", exact=True)).to_be_checked()
    page.get_by_role("textbox", name="SGD, lr").fill("0.02")
    page.keyboard.press("Tab")
    expect(page).to_have_url(re.compile("sgd_lr=0.02"))
    page.reload()
    expect(page.get_by_role("textbox", name="SGD, lr")).to_have_value("0.02")
    expect(page.locator('path.track[data-racer="adam"]')).to_have_count(1)
    page.go_back()
    page.go_back()
    expect(count(page)).to_have_text("20 / 100")
    expect(page.locator("[data-surfaces] [aria-current]")).to_have_text("Ravine")


def test_who_leaves_the_picture_is_told_why_and_nothing_is_no_number(open_page: OpenPage) -> None:
    page = opened(open_page, f"{RAVINE}&sgd_lr=0.3&step=90")
    expect(reading(page)).to_contain_text("SGD left the picture at step 1")
    expect(reading(page)).to_contain_text("2 / 25 = 0.08")
    expect(page.locator(".why")).to_contain_text("2 / 25 = 0.08")
    page.get_by_text("The figure as tables").click()
    expect(page.locator("race-table table").first).to_contain_text("left at step 1")
    assert not re.search("NaN|Infinity|undefined", page.locator("main").inner_text())


def test_the_tables_say_what_the_figure_shows(open_page: OpenPage) -> None:
    page = opened(open_page, f"{RAVINE}&sgd_lr=0.02&step=2")
    page.get_by_text("The figure as tables").click()
    rows = page.locator("race-table table").nth(1).locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_have_text(re.compile(r"1\s*−3\.43\s*0\.75\s*12\.91\s*−3\.43\s*18\.75"))


def test_what_is_typed_wrong_is_explained_at_its_field_and_the_race_goes_on(open_page: OpenPage) -> None:
    page = opened(open_page, f"{RAVINE}&step=5")
    field = page.get_by_role("textbox", name="momentum", exact=True)
    field.fill("2")
    wrong = page.locator("#momentum-wrong")
    expect(wrong).to_contain_text("from 0 to 0.9999")
    expect(field).to_have_attribute("aria-describedby", "momentum-wrong")
    expect(page.locator("path.track")).to_have_count(2)
    wrong.get_by_role("button").click()
    expect(field).to_have_value("0.9999")
    expect(wrong).to_have_count(0)


def test_on_real_data_batches_shake_the_path_and_another_draw_another_one(open_page: OpenPage) -> None:
    page = opened(open_page, "/optimizers?surface=line&optimizer=sgd&step=60")

    def path() -> str:
        return page.locator("path.track").get_attribute("d") or ""

    expect(page.locator("path.track")).to_have_count(1)
    whole = path()
    page.get_by_text("one of them").click()
    expect(page).to_have_url(re.compile("batch_size=1"))
    one = path()
    assert one != whole
    page.get_by_role("button", name="More draw").click()
    expect(page).to_have_url(re.compile("seed=2"))
    assert path() not in (one, whole)
    page.get_by_role("link", name="Saddle").click()
    expect(page.get_by_text("one of them")).to_be_hidden()


def test_weight_decay_tells_adam_from_adamw(open_page: OpenPage) -> None:
    page = opened(open_page, "/optimizers?optimizer=adam&optimizer=adamw&step=50&shown=adamw")
    paths = page.locator("path.track")
    expect(paths).to_have_count(2)
    assert paths.nth(0).get_attribute("d") == paths.nth(1).get_attribute("d")
    expect(page.locator("update-rule section.shown .decay").first).to_be_hidden()
    page.get_by_role("textbox", name="weight_decay").fill("0.5")
    expect(page.locator("update-rule section.shown .decay").first).to_be_visible()
    assert paths.nth(0).get_attribute("d") != paths.nth(1).get_attribute("d")


def test_all_that_matters_is_on_the_first_screen(open_page: OpenPage) -> None:
    page = opened(open_page, "/optimizers?step=30&shown=adam")
    expect(page.locator("loss-surface canvas")).to_be_visible()
    for name in ("loss-surface", "step-timeline", ".reading", "race-form", "update-rule section.shown"):
        box = page.locator(name).bounding_box()
        assert box, name
        assert box["y"] + box["height"] <= 800, name


def test_without_scripts_the_rules_and_the_form_stand(open_page: OpenPage) -> None:
    page = open_page("/optimizers", java_script_enabled=False)
    for name in ("sgd", "nesterov", "adagrad", "adamw"):
        expect(page.locator(f"section[data-racer={name}] .symbolic").first).to_be_visible()
    expect(page.get_by_text("need the page's scripts")).to_be_visible()
    expect(page.locator("update-rule .substituted").first).to_be_hidden()
    page.get_by_role("link", name="Rosenbrock").click()
    expect(page.locator("#sgd_lr")).to_have_value("0.001")
    page.locator("#theta1").fill("1")
    page.locator("#theta2").fill("1")
    page.get_by_role("button", name="Compute").click()
    expect(page.locator("tbody tr").nth(7)).to_contain_text(re.compile(r"7\s*1\s*1\s*0"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_forced_by_the_system_leave_the_map_its_palette(open_page: OpenPage, scheme: str) -> None:
    def shade(**options: Any) -> float:
        page = opened(open_page, "/optimizers?step=20", color_scheme=scheme, **options)
        expect(page.locator("loss-surface canvas")).to_be_visible()
        with Image.open(io.BytesIO(page.locator("loss-surface").screenshot())) as picture:
            return float(np.asarray(picture.convert("L")).mean())

    assert abs(shade(forced_colors="active") - shade()) < 12


@pytest.mark.parametrize("width", [360, 1280])
def test_a_race_plays_smoothly_to_its_end(open_page: OpenPage, width: int) -> None:
    page = opened(open_page, "/optimizers?steps=50&speed=60", viewport={"width": width, "height": 780})
    page.get_by_role("button", name="Play").click()
    expect(count(page)).to_have_text("50 / 50")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
