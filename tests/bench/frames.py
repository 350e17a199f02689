"""How long a frame of the arithmetic page takes while the window moves over inputs of three sizes."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from urllib.parse import urlencode

from playwright.sync_api import Browser

from tests.bench import browser as chromium
from tests.bench import server
from tests.bench.measurement import Measurement

SIDES = (7, 15, 32)
"""Cells: as it begins, the most that still show their numbers, the most that a slider reaches."""
SPEEDS = (2, 4, 60)
"""Cells a second: as it begins, the fastest that glides, the fastest of all."""
ROUNDS = 3
SECONDS = 3
BUDGET_MS = 17
# The browser's own clock of frames, from the second frame after the press.
FRAMES = """(milliseconds) => new Promise((done) => {
  const starts = [];
  const next = (now) => {
    starts.push(now);
    if (now - starts[0] < milliseconds) requestAnimationFrame(next);
    else done(starts.slice(2).map((start, i) => start - starts[i + 1]));
  };
  document.querySelector("step-timeline .play").click();
  requestAnimationFrame(next);
})"""


def measure() -> Iterator[Measurement]:
    """The median and the 95th percentile for each size and speed."""
    with server.running() as address, chromium.opened() as browser:
        for side in SIDES:
            for speed in SPEEDS:
                frames = played(browser, address, side, speed)
                what = f"{side} × {side} at {speed} cells/s: frame time"
                yield Measurement(f"{what}, p50", statistics.median(frames), "ms")
                p95 = statistics.quantiles(frames, n=20)[-1]
                yield Measurement(f"{what}, p95", p95, "ms", at_most=BUDGET_MS)


def played(browser: Browser, address: str, side: int, speed: int) -> list[float]:
    """Milliseconds from each frame to the next while the figure plays."""
    query = {"height": side, "width": side, "kernel_size": 3, "padding": 1, "stride": 1, "speed": speed}
    with chromium.fresh_page(browser) as page:
        # Long enough at any speed: the smallest input at the fastest is played through in a second.
        milliseconds = min(1000 * SECONDS, 1000 * (side * side - 2) / speed)
        frames: list[float] = []
        for _ in range(ROUNDS):
            page.goto(f"{address}/arithmetic?{urlencode(query)}")
            page.wait_for_selector("step-timeline .play:enabled")
            page.wait_for_timeout(500)
            frames += page.evaluate(FRAMES, milliseconds)
    return frames
