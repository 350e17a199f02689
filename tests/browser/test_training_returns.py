"""What is filled in stays with who comes back to it, and what others do to a run is seen."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, until
from tests.browser.test_training import form


def filled(page: Page) -> tuple[str, str, str]:
    """The network that is chosen, and two fields of the form."""
    chosen: str = page.evaluate("document.querySelector('[name=network]:checked').value")
    return (
        chosen,
        page.locator("[name=epochs]").input_value(),
        page.locator("[name=batch_size]").input_value(),
    )


def test_the_form_is_as_it_was_left_after_back_reload_and_another_language(open_page: OpenPage) -> None:
    page = open_page("/training?new=1&dataset=digits")
    page.locator("[name=network][value=mlp]").check()
    expect(page.locator("[name=filled]")).to_have_value("mlp")
    expect(page.locator("[data-part=form]")).not_to_have_attribute("aria-busy", "true")
    page.locator("[name=epochs]").fill("61")
    page.locator("[name=batch_size]").fill("64")
    left = ("mlp", "61", "64")
    page.get_by_role("link", name="Duels").click()
    page.wait_for_url("**/duels")
    page.go_back()
    until(page, lambda: filled(page) == left)
    page.reload()
    until(page, lambda: filled(page) == left)
    page.get_by_role("link", name="한국어").click()
    expect(page.get_by_role("button", name="시간과 메모리")).to_be_visible()
    until(page, lambda: filled(page) == left)
    page.locator('nav a[href^="/duels"]').click()
    page.wait_for_url("**/duels**")
    page.goto(f"{page.url.split('/duels')[0]}/training?new=1")
    expect(page.locator("form.begin")).to_be_visible()
    assert filled(page) != left


def test_a_forks_form_stays_too_and_a_run_that_is_deleted_elsewhere_is_said_to_be(
    open_page: OpenPage,
) -> None:
    page = open_page(form(epochs="200"), expect_errors=True)
    page.get_by_role("button", name="Start").click()
    page.get_by_role("link", name="Fork after an epoch").click(timeout=90_000)
    page.locator("[name=epochs]").fill("33")
    page.reload()
    until(page, lambda: page.locator("[name=epochs]").input_value() == "33")
    host, run_id = page.url.split("/training")[0], page.url.split("fork=")[1][:32]
    page.goto(f"{host}/training?run={run_id}")
    expect(page.locator("training-figure svg").first).to_be_visible()
    assert page.request.delete(f"{host}/api/v1/runs/{run_id}").ok
    expect(page.get_by_text(f"Run {run_id[:4]} was deleted.")).to_be_visible()
