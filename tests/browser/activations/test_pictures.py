"""A picture of one's own, and the square of it that the network is shown."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.activations import page as on
from tests.browser.conftest import OpenPage, until


def test_a_picture_of_ones_own_is_looked_at_at_once(open_page: OpenPage) -> None:
    page = on.opened(open_page)
    before = on.pixel(on.strip(page, "0").locator("canvas"), 200, 16)
    on.send(page, on.photograph(1, 480, 640))
    page.wait_for_url(re.compile("image=[0-9a-f]{40}"))
    on.settle(page)
    expect(page.locator('[data-part="size"]')).to_have_text("640 × 480 pixels")
    values = on.tensor(page, "0")
    canvas = on.strip(page, "0").locator("canvas")
    shown = on.pixel(canvas, 5 * 33 + 1 + 10.5, 20.5)
    assert on.is_near(shown, on.ramp(float(values[5, 19, 10] / np.abs(values[5]).max())))
    assert on.pixel(canvas, 200, 16) != before
    expect(page.locator("[data-spoken]")).to_contain_text("TinyVGG:")

    image = on.query(page)["image"]
    page.reload()
    on.settle(page)
    assert on.query(page)["image"] == image
    assert on.pixel(on.strip(page, "0").locator("canvas"), 5 * 33 + 1 + 10.5, 20.5) == shown
    page.go_back()
    on.settle(page)
    assert "image" not in on.query(page)
    page.go_forward()
    on.settle(page)
    assert on.query(page)["image"] == image


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_picture_can_be_dropped_or_pasted_anywhere(open_page: OpenPage, way: str) -> None:
    page = on.opened(open_page)
    page.evaluate(
        """([way, bytes]) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(bytes)], "p.png", { type: "image/png" }));
          const event = way === "drop"
            ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
            : new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
          document.querySelector("footer").dispatchEvent(event);
        }""",
        [way, list(on.photograph(2, 40, 40))],
    )
    page.wait_for_url(re.compile("image=[0-9a-f]{40}"))


def test_a_sample_is_one_click(open_page: OpenPage) -> None:
    page = on.opened(open_page)
    page.get_by_role("link", name="Frog").click()
    page.wait_for_url(re.compile("image=sample-frog"))
    on.settle(page)
    expect(page.locator('.samples [aria-current="true"] img')).to_have_attribute("alt", "Frog")
    assert on.look(page)["image"] == "sample-frog"


def test_a_picture_held_askew_says_that_it_was_turned(open_page: OpenPage) -> None:
    page = on.opened(open_page)
    exif = Image.Exif()
    exif[0x0112] = 6
    on.send(page, on.photograph(3, 60, 100, "JPEG", exif=exif.tobytes()), "photo.jpg", "image/jpeg")
    page.wait_for_url(re.compile("image=[0-9a-f]{40}"))
    on.settle(page)
    expect(page.locator('[data-part="size"]')).to_have_text("60 × 100 pixels")
    page.get_by_text("What was done to it").click()
    expect(page.locator(".done")).to_contain_text("turned by 90°")


def test_a_picture_can_be_removed_before_its_time(open_page: OpenPage) -> None:
    page = on.opened(open_page, expect_errors=True)
    on.send(page, on.photograph(4))
    page.wait_for_url(re.compile("image=[0-9a-f]{40}"))
    on.settle(page)
    image = on.query(page)["image"]
    page.get_by_text("What was done to it").click()
    page.get_by_role("button", name="Remove it from the server now").click()
    page.wait_for_url(re.compile("image=sample-"))
    assert page.request.get(f"{on.origin(page)}/api/v1/images/{image}").status == 404


def test_the_crop_is_moved_and_resized_by_keys_and_by_numbers(open_page: OpenPage) -> None:
    page = on.opened(open_page)
    on.send(page, on.photograph(5, 200, 300))
    page.wait_for_url(re.compile("image="))
    on.settle(page)
    frame = page.get_by_label(re.compile("Crop: 200 × 200 pixels"))
    frame.focus()
    page.keyboard.press("-")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(r"crop=2,50,196"))
    on.settle(page)
    assert on.look(page)["crop"] == {"top": 2, "left": 50, "side": 196}
    values = on.tensor(page, "input")
    shown = on.pixel(on.strip(page, "input").locator("canvas"), 34 + 8.5, 20.5)
    assert on.is_near(shown, on.ramp(float(values[1, 19, 8] / np.abs(values[1]).max())))

    page.get_by_text("What was done to it").click()
    page.get_by_role("spinbutton", name="side").fill("100")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"crop=2,50,100"))
    page.get_by_label(re.compile("Crop: 100 × 100 pixels")).press("Home")
    page.wait_for_url(lambda address: "crop=" not in address)
    on.settle(page)
    assert "crop" not in on.query(page), "the largest square needs no words"


def test_the_crop_is_dragged_and_pulled_at_its_corners(open_page: OpenPage) -> None:
    page = on.opened(open_page)
    on.send(page, on.photograph(6, 200, 400))
    page.wait_for_url(re.compile("image="))
    on.settle(page)
    box = page.locator("crop-frame").bounding_box()
    assert box
    scale = 400 / box["width"]
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 20, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    page.wait_for_url(re.compile(rf"crop=0,{round(100 + 20 * scale)},200"))
    corner = page.locator('crop-frame [data-corner="top-left"]').bounding_box()
    assert corner
    page.mouse.move(corner["x"] + 8, corner["y"] + 8)
    page.mouse.down()
    page.mouse.move(corner["x"] + 8 + 30, corner["y"] + 8 + 30, steps=5)
    page.mouse.up()

    def crop() -> list[int]:
        return [int(number) for number in on.query(page)["crop"].split(",")]

    until(page, lambda: abs(crop()[2] - (200 - 30 * scale)) <= 2)
    top, left, side = crop()
    assert (top + side, left + side) == (200, round(100 + 20 * scale) + 200), "the opposite corner stays"


def test_back_undoes_one_finished_crop_and_then_the_picture(open_page: OpenPage) -> None:
    page = on.opened(open_page, "image=sample-frog")
    on.send(page, on.photograph(12, 200, 300))
    page.wait_for_url(re.compile("image=[0-9a-f]{40}"))
    on.settle(page)
    image = on.query(page)["image"]
    page.locator("crop-frame .frame").focus()
    page.keyboard.down("-")
    page.keyboard.down("-")  # a key that is held is one step
    page.keyboard.up("-")
    page.wait_for_url(re.compile(r"crop=4,54,192"))
    box = page.locator("crop-frame").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 15, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    on.settle(page)
    assert on.query(page)["crop"] not in ("4,54,192", None)
    page.go_back()
    on.settle(page)
    assert (on.query(page)["image"], on.query(page)["crop"]) == (image, "4,54,192")
    page.go_back()
    on.settle(page)
    assert on.query(page)["image"] == image
    assert "crop" not in on.query(page)
    assert on.look(page)["crop"] == {"top": 0, "left": 50, "side": 200}
    page.go_back()
    on.settle(page)
    assert on.query(page)["image"] == "sample-frog"
