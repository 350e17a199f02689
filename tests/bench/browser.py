"""Chromium without a window, and what it can tell about a page that nobody looks at."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

# Times are performance.now(): milliseconds since the navigation began. What a script painted counts as shown
# when the frame that has it is made, a task after that frame's callbacks.
WATCHER = """
window.bench = { shown: [], chosenAt: 0 };
const mark = performance.mark.bind(performance);
performance.mark = (what, options) => {
  const note = () => bench.shown.push({ what, detail: options?.detail, at: performance.now() });
  requestAnimationFrame(() => setTimeout(note));
  return mark(what, options);
};
addEventListener("change", ({ target }) => {
  if (target.type === "file") bench.chosenAt = performance.now();
}, true);
"""


@contextmanager
def opened() -> Iterator[Browser]:
    """The browser that CHROMIUM names."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"])
        yield browser
        browser.close()


@contextmanager
def fresh_page(browser: Browser) -> Iterator[Page]:
    """A page of 1280 × 800 pixels with an empty cache, watched from its first moment."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(WATCHER)
    yield context.new_page()
    context.close()


@dataclasses.dataclass(frozen=True)
class Shown:
    """A moment that the page marked: the milliseconds since its navigation began, and what it said of it."""

    at: float
    detail: Any


def shown(page: Page, what: str, *, after: Shown | None = None) -> Shown:
    """When the page first showed what it marks `what`, later than `after` and of something else; waits."""
    found = page.wait_for_function(
        "([what, at, other]) => bench.shown.find("
        "(mark) => mark.what === what && mark.at > at && mark.detail !== other)",
        arg=[what, after.at if after else 0, after.detail if after else None],
    ).json_value()
    return Shown(found["at"], found["detail"])


class Traffic:
    """Bytes that a page receives from now on, as they came over the wire, heads counted."""

    def __init__(self, page: Page) -> None:
        self.received_bytes = 0
        self.requests = 0
        session = page.context.new_cdp_session(page)
        session.on("Network.loadingFinished", self._count)
        session.send("Network.enable")

    def _count(self, event: dict[str, Any]) -> None:
        self.received_bytes += int(event["encodedDataLength"])
        self.requests += 1
