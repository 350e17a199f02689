"""What goes wrong is said where it happens, with what works instead; and pages without scripts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.activations import page as on
from tests.browser.conftest import OpenPage


def test_a_file_that_is_no_picture_is_refused_in_words(open_page: OpenPage) -> None:
    page = on.opened(open_page, expect_errors=True)
    on.send(page, b"no picture at all", "notes.txt", "text/plain")
    alert = page.locator("[data-upload] [role=alert]")
    expect(alert).to_contain_text("not a PNG, JPEG, WebP, GIF or BMP picture")
    alert.get_by_role("button", name="Convert it here and send that").click()
    expect(alert).to_contain_text("This browser cannot read the file")
    alert.get_by_role("button", name="Dismiss").click()
    expect(alert).to_have_count(0)


def test_an_empty_file_is_told_from_none(open_page: OpenPage) -> None:
    page = on.opened(open_page, expect_errors=True)
    on.send(page, b"")
    expect(page.locator("[data-upload] [role=alert]")).to_contain_text("The file is empty.")


@pytest.mark.parametrize("scripted", [True, False])
def test_a_bad_file_from_the_home_page_leads_to_where_another_is_chosen(
    open_page: OpenPage, tmp_path: Path, *, scripted: bool
) -> None:
    page = open_page("/", expect_errors=True, java_script_enabled=scripted)
    file = tmp_path / "notes.txt"
    file.write_bytes(b"no picture at all")
    page.get_by_label("Choose a picture").set_input_files(file)
    if not scripted:
        page.get_by_role("button", name="Show its activations").click()
    expect(page.get_by_role("alert")).to_contain_text("not a PNG, JPEG, WebP, GIF or BMP picture")
    expect(page.locator(".samples a")).to_have_count(11)
    if scripted:
        page.wait_for_load_state("networkidle")
    file.write_bytes(on.photograph(13, 60, 60))
    page.get_by_label("Choose a picture").set_input_files(file)
    if not scripted:
        page.get_by_role("button", name="Show its activations").click()
    page.wait_for_url(re.compile("/activations.*image=[0-9a-f]{40}"))
    expect(page.locator('[data-part="size"]')).to_have_text("60 × 60 pixels")


def test_a_network_that_is_not_here_offers_the_one_most_like_it(open_page: OpenPage) -> None:
    page = open_page("/activations?network=plane&image=sample-frog", expect_errors=True)
    expect(page.get_by_role("alert")).to_contain_text("There is no network of this name.")
    expect(page.locator(".network [aria-current]")).to_have_count(0)
    expect(page.locator(".strip")).to_have_count(0)
    page.get_by_role("link", name="Look into Plain").click()
    page.wait_for_url(re.compile("network=plain&image=sample-frog"))
    expect(page.locator(".strips canvas").first).to_be_visible()


def test_what_only_the_browser_reads_is_converted_by_it(open_page: OpenPage) -> None:
    page = on.opened(open_page, expect_errors=True)
    icon = on.photograph(7, 64, 64, "ICO")
    on.send(page, icon, "picture.ico", "image/x-icon")
    page.get_by_role("button", name="Convert it here and send that").click()
    page.wait_for_url(re.compile("image=[0-9a-f]{40}"))
    on.settle(page)
    expect(page.locator('[data-part="size"]')).to_have_text("64 × 64 pixels")


def test_a_broken_picture_is_refused_in_words(open_page: OpenPage) -> None:
    page = on.opened(open_page, expect_errors=True)
    on.send(page, on.photograph(8)[:900])
    expect(page.locator("[data-upload] [role=alert]")).to_contain_text("damaged or incomplete")
    expect(page.get_by_role("button", name="Choose another")).to_be_visible()


def test_a_picture_with_too_many_pixels_is_made_smaller_here(open_page: OpenPage) -> None:
    page = on.opened(open_page, expect_errors=True)
    on.send(page, on.photograph(9, 4100, 4100, "JPEG", quality=20), "large.jpg", "image/jpeg")
    alert = page.locator("[data-upload] [role=alert]")
    expect(alert).to_contain_text("16 megapixels", timeout=30_000)
    alert.get_by_role("button", name="Make it smaller here and send that").click()
    page.wait_for_url(re.compile("image=[0-9a-f]{40}"), timeout=30_000)
    on.settle(page)
    expect(page.locator('[data-part="size"]')).to_have_text("1024 × 1024 pixels")


def test_a_file_that_is_too_large_is_not_even_sent(open_page: OpenPage) -> None:
    page = on.opened(open_page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    on.send(page, b"\0" * (10 * 2**20 + 1))
    expect(page.locator("[data-upload] [role=alert]")).to_contain_text("at most 10 MiB")
    assert "POST" not in asked


def test_a_busy_server_is_asked_again_when_it_says(open_page: OpenPage) -> None:
    page = on.opened(open_page, expect_errors=True)
    answers = iter([503])

    def refuse_once(route: Any) -> None:
        if next(answers, None) is None:
            route.continue_()
        else:
            problem = '{"title": "Busy right now", "detail": "Too many pictures are being read."}'
            route.fulfill(
                status=503,
                headers={"Retry-After": "1", "Content-Type": "application/problem+json"},
                body=problem,
            )

    page.route("**/api/v1/images*", refuse_once)
    on.send(page, on.photograph(10))
    expect(page.locator("[data-upload] [role=alert]")).to_contain_text("It is sent again in 1 s.")
    page.wait_for_url(re.compile("image=[0-9a-f]{40}"))


def test_a_lost_connection_is_said_and_can_be_tried_again(open_page: OpenPage) -> None:
    page = on.opened(open_page, expect_errors=True)
    page.route("**/activations?*", lambda route: route.abort())
    page.get_by_role("link", name="Frog").click()
    expect(page.locator("[data-trouble]")).to_contain_text("The server cannot be reached")
    page.unroute("**/activations?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-trouble] .wrong")).to_have_count(0)
    assert on.look(page)["image"] == "sample-frog"


EXPIRED = f"image={0:08x}{1:032x}"


@pytest.mark.parametrize("scripted", [True, False])
def test_the_link_of_a_picture_that_is_gone_says_so_and_offers_others(
    open_page: OpenPage, *, scripted: bool
) -> None:
    page = open_page(f"/activations?{EXPIRED}", expect_errors=True, java_script_enabled=scripted)
    expect(page.get_by_role("alert")).to_contain_text("no longer kept")
    expect(page.locator(".strip")).to_have_count(18)
    page.get_by_role("link", name="Frog").click()
    page.wait_for_url(re.compile("image=sample-frog"))
    expect(page.locator(".bars")).to_be_visible()


def test_a_crop_that_reaches_out_of_the_picture_offers_the_whole(open_page: OpenPage) -> None:
    page = open_page("/activations?crop=0,0,9999", expect_errors=True)
    expect(page.get_by_role("alert")).to_contain_text("must lie inside the picture")
    page.get_by_role("link", name="Show the picture whole").click()
    expect(page.locator(".strips canvas").first).to_be_visible()


def test_without_scripts_the_page_is_whole_and_takes_a_picture(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("/activations", java_script_enabled=False)
    expect(page.locator(".strip")).to_have_count(18)
    expect(page.locator(".bars tbody tr")).to_have_count(10)
    expect(page.locator(".tiles img")).to_have_count(18)
    expect(page.locator(".network-bar .legend")).to_contain_text("a map's smallest value")
    for image in page.locator(".tiles img, .stage img").all():
        image.scroll_into_view_if_needed()
        assert image.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
    file = tmp_path / "picture.png"
    file.write_bytes(on.photograph(11, 50, 70))
    page.get_by_label("Choose a picture").set_input_files(file)
    page.get_by_role("button", name="Show its activations").click()
    page.wait_for_url(re.compile("network=tinyvgg&image=[0-9a-f]{40}"))
    expect(page.locator('[data-part="size"]')).to_have_text("70 × 50 pixels")
    page.get_by_label("Plain").check()
    page.get_by_label("Everything").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".bars thead th")).to_have_text(["class", "TinyVGG", "Everything", "Plain"])


def test_a_server_that_is_just_starting_is_asked_again(open_page: OpenPage) -> None:
    page = on.opened(open_page, expect_errors=True)
    whole = page.request.get(page.url, headers={"Accept": "text/html"}).text()
    starting = re.sub(r"<script type=.application/json.*?</script>", "", whole, flags=re.DOTALL).replace(
        '<div class="stage">',
        '<div class="wrong" role="alert" data-again-seconds="1"><p>Loading.</p></div><div class="stage">',
    )
    answers = iter([starting])

    def start(route: Any) -> None:
        body = next(answers, None)
        if body is None:
            route.continue_()
        else:
            route.fulfill(status=503, content_type="text/html", body=body)

    page.route("**/activations*", start)
    page.reload()
    expect(page.get_by_text("Loading.")).to_be_visible()
    expect(page.locator(".strips canvas").first).to_be_visible(timeout=20_000)
