"""The training page as a person uses it, with a real run on digits."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.activations.page import photograph
from tests.browser.conftest import OpenPage, until
from tests.browser.test_every_page import check_for_everyone
from tests.runs.examples import NETWORK

SMALL = {
    "new": "1",
    "network": "own",
    "specification": json.dumps(NETWORK),
    "dataset": "digits",
    "optimizer": "adam",
    "epochs": "2",
    "device": "cpu",
}
RUN_MS = 90_000


def form(**changes: str) -> str:
    return f"/training?{urlencode({**SMALL, **changes})}"


def path_of(address: str) -> str:
    """What follows the host and port."""
    return "/" + address.split("/", 3)[3]


def to_its_end(page: Page) -> None:
    """Waits until the run that is open has finished, and the page says so."""
    expect(page.locator(".now[data-ended]")).to_have_count(1, timeout=RUN_MS)
    expect(page.locator(".now .state")).to_have_text("finished")


@pytest.mark.usefixtures("networks")
def test_a_run_is_started_watched_rewound_and_compared(open_page: OpenPage) -> None:
    page = open_page(form())
    page.get_by_role("button", name="Start").click()
    expect(page.locator("training-figure svg").first).to_be_visible()
    expect(page.locator('[data-live="epoch"]')).to_have_text("2 / 2", timeout=RUN_MS)
    to_its_end(page)
    first = page.url
    expect(page.locator('dd[data-live="accuracy"]')).to_contain_text("%")
    expect(page.locator("[role=status][data-live=said]")).to_contain_text("of the test pictures right")
    page.locator("training-figure summary", has_text="Every epoch").click()
    expect(page.locator("training-figure tbody tr")).to_have_count(2)
    page.get_by_label("Read at step").press("Home")
    expect(page.locator(".running .reading")).to_contain_text("Step 1, epoch")
    page.get_by_text("over steps").click()
    page.wait_for_url("**x=steps**")
    page.get_by_text("Learning rate, gradient and pace").click()
    expect(page.locator("training-figure .chart")).to_have_count(5)
    page.get_by_text("What it has learned").first.click()
    learned = page.locator("training-learned")
    expect(learned.get_by_role("img", name="4 filters of conv2d_1")).to_be_visible()
    expect(learned.locator("output")).to_have_text("2")
    learned.get_by_text("Maps of a picture").click()
    expect(learned.get_by_role("img", name="4 maps of layer 0")).to_be_visible()
    expect(learned.get_by_role("combobox", name="Picture")).to_have_value("sample-three")
    learned.get_by_label("Choose a picture").set_input_files(
        {"name": "photo.png", "mimeType": "image/png", "buffer": photograph(1)}
    )
    expect(learned.get_by_role("combobox", name="Picture").locator("option:checked")).to_have_text(
        "Your picture"
    )
    page.wait_for_url(re.compile("learned=maps&image=[0-9a-f]{40}"))
    expect(learned.get_by_role("img", name="Your picture")).to_be_visible()
    expect(learned.get_by_role("combobox", name="Layer").locator("option:checked")).to_contain_text(
        "0 · nn.Conv2d("
    )
    learned.get_by_text("Worst mistakes").click()
    expect(learned.locator("li", has_text="taken for").first).to_be_visible()
    learned.get_by_text("What is taken for what").click()
    counts = learned.locator("tbody td")
    expect(counts).to_have_count(100)
    assert sum(int(count or 0) for count in counts.all_inner_texts()) == 360
    check_for_everyone(page, "a run, unfolded")
    page.set_viewport_size({"width": 390, "height": 844})
    table, faded = learned.locator(".scrolling"), "getComputedStyle(it).getPropertyValue('--more') !== '0px'"
    until(page, lambda: table.evaluate(f"it => {faded}"))
    table.evaluate("it => { it.scrollLeft = it.scrollWidth; }")
    until(page, lambda: not table.evaluate(f"it => {faded}"))
    learned.get_by_label("After epoch").press("Home")
    page.wait_for_url(re.compile("learned=confusion&epoch=0"))
    page.reload()
    expect(counts).to_have_count(100)
    expect(learned.locator("output")).to_have_text("0")
    page.go_back()
    expect(learned.locator("output")).to_have_text("2")
    page.get_by_text("What it has learned").first.click()
    until(page, lambda: "learned" not in page.url)
    page.get_by_text("What it has learned").first.click()
    page.wait_for_url(re.compile("learned=confusion"))

    gone = open_page(f"{path_of(first)}&learned=maps&image={'0' * 40}", expect_errors=True)
    learned = gone.locator("training-learned")
    expect(learned.get_by_role("status").filter(has_text="picture")).to_be_visible()
    learned.get_by_role("combobox", name="Picture").select_option("Cat")
    expect(learned.get_by_role("img", name="4 maps of layer 0")).to_be_visible()
    expect(learned.get_by_role("combobox", name="Picture").locator("option:checked")).to_have_text("Cat")
    learned.get_by_label("Choose a picture").set_input_files(
        {"name": "picture.ico", "mimeType": "image/x-icon", "buffer": photograph(7, 64, 64, "ICO")}
    )
    expect(learned.get_by_role("status").filter(has_text="converted here")).to_be_visible()
    nowhere = open_page(f"{path_of(first)}&learned=maps&layer=nonsense", expect_errors=True)
    expect(nowhere.get_by_role("img", name="4 maps of layer 0")).to_be_visible()

    gone.get_by_label("Choose a picture").set_input_files(
        {"name": "picture.png", "mimeType": "image/png", "buffer": b"nothing"}
    )
    expect(gone.locator("training-learned .wrong[role=alert]")).to_be_visible()

    page.goto(first)
    page.get_by_role("button", name="Rewind to the same start").click()
    to_its_end(page)
    assert page.url != first
    page.get_by_role("button", name="Compare the ticked ones").click()
    expect(page.get_by_role("alert").filter(has_text="Tick two runs or more")).to_be_visible()
    for tick in page.get_by_label("Compare").all():
        tick.check()
    page.get_by_role("button", name="Compare the ticked ones").click()
    lines = page.locator("training-race .chart path.curve")
    expect(lines).to_have_count(4)
    for line in lines.all():
        expect(line).to_have_attribute("d", re.compile("^M"))
    curves = [line.get_attribute("d") for line in lines.all()]
    assert (curves[0], curves[2]) == (curves[1], curves[3])  # the same start has the same numbers

    page.goto(first)
    page.get_by_text("Delete …").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("was deleted. This is another one.")).to_be_focused()


def test_another_network_comes_with_its_recipe_unless_something_was_changed(open_page: OpenPage) -> None:
    page = open_page("/training?new=1")
    choose = page.locator('input[name="network"]')
    batch_size = page.locator("#batch_size")
    choose.and_(page.locator('[value="mlp"]')).check(force=True)
    expect(page.locator('input[name="filled"]')).to_have_value("mlp")
    expect(choose.and_(page.locator('[value="mlp"]'))).to_be_focused()
    expect(batch_size).to_have_value("250")
    batch_size.fill("77")
    choose.and_(page.locator('[value="convnet"]')).check(force=True)
    expect(page.locator("[data-part=form]")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator('input[name="filled"]')).to_have_value("mlp")
    expect(batch_size).to_have_value("77")


def test_a_failure_is_seen_without_a_stream_too_and_forked_from_before_it(open_page: OpenPage) -> None:
    page = open_page("/training", expect_errors=True)
    page.route("**/events", lambda route: route.fulfill(status=503))
    page.goto(page.url.removesuffix("/training") + form(optimizer="sgd", **{"sgd.lr": "1000", "warmup": "0"}))
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".now .wrong")).to_contain_text("no longer a number", timeout=RUN_MS)
    page.get_by_role("button", name="tenth of the rate").click()
    expect(page.locator(".shown > .heading")).to_contain_text("lr 100")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0, timeout=RUN_MS)


@pytest.mark.parametrize("scripted", [True, False])
def test_a_wrong_value_is_mended_with_a_button(open_page: OpenPage, *, scripted: bool) -> None:
    page = open_page(form(), java_script_enabled=scripted, expect_errors=True)
    page.get_by_label("epochs", exact=True).fill("5000")
    page.get_by_label("seed", exact=True).fill("42")
    page.get_by_role("button", name="Start").click()
    wrong = page.locator("#epochs-wrong")
    expect(wrong).to_contain_text("at most 1000")
    wrong.get_by_role("button").click()
    expect(wrong).to_have_count(0)
    expect(page.get_by_label("epochs", exact=True)).to_have_value("1000")
    expect(page.get_by_label("seed", exact=True)).to_have_value("42")
    expect(page.locator("[id='adam.eps']")).to_be_visible()
    page.get_by_label("OneCycle").check(force=True)
    expect(page.locator("[id='one_cycle.div_factor']")).to_be_visible()
