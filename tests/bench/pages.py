"""How soon a page shows what it is for, and what it costs to bring, in Chromium on this machine.

Every load begins with an empty cache and a picture that the server has not looked at before. "Painted" is
what the activations page says of itself by `performance.mark("maps-painted")`; that no map was left out is
read from its canvases.
"""

from __future__ import annotations

import io
import json
import statistics
import urllib.request
from collections.abc import Iterator

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.bench import browser as chromium
from tests.bench import server
from tests.bench.measurement import Measurement

ROUNDS = 7
PAINTED = "maps-painted"
UNPAINTED = """() => [...document.querySelectorAll(".strips .tiles")].filter((tiles) => {
  const canvas = tiles.querySelector("canvas");
  if (!canvas?.width || !canvas.height) return true;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return !data.some((value) => value !== 0);
}).length"""
# Where the scripts have put the player, the figure can be played.
PLAYABLE = """() => new Promise((done) => {
  const look = () =>
    document.querySelector("step-timeline .play") ? done(performance.now()) : requestAnimationFrame(look);
  look();
})"""


def measure() -> Iterator[Measurement]:
    """The activations of tinyvgg, then the other pages."""
    with server.running() as address, chromium.opened() as browser:
        yield from first_looks(browser, address)
        yield from own_pictures(browser, address)
        kilobytes, _ = transferred(browser, f"{address}/activations", "performance.now()")
        yield Measurement("/activations: first load with maps, transferred", kilobytes, "KB", at_most=300)
        for path in ("/", "/arithmetic"):
            yield from others(browser, address, path)


def photograph(seed: int, height: int = 480, width: int = 640) -> bytes:
    """A JPEG with the detail of a photograph: noise at every scale."""
    random = np.random.default_rng(seed)
    pixels = np.zeros((height, width, 3))
    for side in (2, 8, 32, 128):
        coarse = Image.fromarray(random.integers(0, 256, (side, side, 3), dtype=np.uint8))
        pixels += np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), dtype=float) / 4
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def sent(address: str, picture: bytes) -> str:
    """The id under which the server keeps a picture."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="p"\r\n\r\n'
    request = urllib.request.Request(
        f"{address}/api/v1/images",
        head + picture + b"\r\n--b--\r\n",
        {"Content-Type": "multipart/form-data; boundary=b"},
    )
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["id"])


def first_looks(browser: Browser, address: str) -> Iterator[Measurement]:
    """From navigation to all maps, as a ratio to a page that is nothing but the same maps as one picture."""
    painted, bare = [], []
    pattern = sheet_pattern(address)
    for seed in range(ROUNDS):
        image, other = (sent(address, photograph(2 * seed + part)) for part in (0, 1))
        with chromium.fresh_page(browser) as page:
            page.goto(f"{address}/activations?network=tinyvgg&image={image}")
            painted.append(chromium.shown(page, PAINTED).at)
            check(page)
        with chromium.fresh_page(browser) as page:
            page.goto(address + pattern.format(image=other))
            bare.append(
                float(page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart"))
            )
    ours, floor = statistics.median(painted), statistics.median(bare)
    yield Measurement("tinyvgg: navigation → all maps painted", ours, "ms", at_most=500)
    yield Measurement("tinyvgg: slowest of the rounds", max(painted), "ms")
    yield Measurement("tinyvgg: navigation → its maps as one bare PNG", floor, "ms")
    yield Measurement("tinyvgg: painted page / bare PNG", ours / floor)


def sheet_pattern(address: str) -> str:
    """Path and query of the sheet of all maps, with `{image}` for the picture."""
    with urllib.request.urlopen(f"{address}/api/v1/networks/tinyvgg/activations?image=sample-cat") as answer:
        return str(json.load(answer)["sheet"]["url"]).replace("sample-cat", "{image}")


def check(page: Page) -> None:
    """Every layer has its maps on the page."""
    strips, unpainted = page.locator(".strips .tiles").count(), page.evaluate(UNPAINTED)
    if not strips or unpainted:
        raise AssertionError(f"{unpainted} of {strips} layers were not painted")


def own_pictures(browser: Browser, address: str) -> Iterator[Measurement]:
    """From a file chosen in the page to all maps repainted."""
    for what, size, bound in (("640 × 480", (480, 640), 250.0), ("12 megapixels", (3000, 4000), None)):
        times = []
        with chromium.fresh_page(browser) as page:
            page.goto(f"{address}/activations?network=tinyvgg")
            shown = chromium.shown(page, PAINTED)
            for seed in range(ROUNDS):
                picture = photograph(1000 + seed, *size)
                page.set_input_files(
                    "input[type=file][name=file]",
                    {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture},
                )
                shown = chromium.shown(page, PAINTED, after=shown)
                times.append(shown.at - float(page.evaluate("bench.chosenAt")))
                check(page)
        median = statistics.median(times)
        yield Measurement(f"tinyvgg: own picture ({what}) → all maps repainted", median, "ms", at_most=bound)


def transferred(browser: Browser, url: str, ready: str) -> tuple[float, float]:
    """What came over the wire until nothing more comes, in KB, and what `ready` says on the way, in ms."""
    with chromium.fresh_page(browser) as page:
        traffic = chromium.Traffic(page)
        page.goto(url, wait_until="commit")
        ready_ms = float(page.evaluate(ready))
        page.wait_for_load_state("networkidle")
        return traffic.received_bytes / 1000, ready_ms


def others(browser: Browser, address: str, path: str) -> Iterator[Measurement]:
    """When the figure can be played, and what came over the wire until then and after."""
    loads = [transferred(browser, address + path, PLAYABLE) for _ in range(ROUNDS)]
    kilobytes, ready = zip(*loads, strict=True)
    yield Measurement(f"{path}: navigation → figure can be played", statistics.median(ready), "ms")
    yield Measurement(f"{path}: first load, transferred", max(kilobytes), "KB")
