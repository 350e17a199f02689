"""What the tests of the activations page have in common: pictures to send, its numbers, its colours."""

from __future__ import annotations

import io
import json
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import numpy as np
import numpy.typing as npt
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage

Values = npt.NDArray[np.float32]
Rgb = tuple[int, int, int]

LIGHT: tuple[Rgb, Rgb, Rgb] = ((0x00, 0x72, 0xB2), (0xFC, 0xFC, 0xFA), (0xD0, 0x7C, 0x00))
"""The ends and the middle of the signed ramp in the light theme, as in tokens.css."""
DARK: tuple[Rgb, Rgb, Rgb] = ((0x4F, 0xB0, 0xEE), (0x16, 0x19, 0x1C), (0xF2, 0xA8, 0x2E))


def photograph(seed: int, height: int = 120, width: int = 160, kind: str = "PNG", **options: Any) -> bytes:
    """A picture file with detail at every scale."""
    random = np.random.default_rng(seed)
    pixels = np.zeros((height, width, 3))
    for side in (2, 8, 32):
        coarse = Image.fromarray(random.integers(0, 256, (side, side, 3), dtype=np.uint8))
        pixels += np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), dtype=float) / 3
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, kind, **options)
    return buffer.getvalue()


def opened(open_page: OpenPage, query: str = "", **options: Any) -> Page:
    """The page, with everything that is near the window painted."""
    page = open_page(f"/activations?{query}", **options)
    expect(page.locator(".strips canvas").first).to_be_visible()
    settle(page)
    return page


def written(value: float) -> str:
    """A value as the page writes it."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text.replace("-", "−")


def number(text: str) -> float:
    """A value that the page has written."""
    return float(text.replace("−", "-"))


def send(page: Page, content: bytes, name: str = "picture.png", media_type: str = "image/png") -> None:
    """Chooses a file in the page."""
    file = {"name": name, "mimeType": media_type, "buffer": content}
    page.set_input_files("input[name=file]", cast("Any", file))


def query(page: Page) -> dict[str, str]:
    """What the page's address says."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def settle(page: Page) -> None:
    """Waits until everything that was asked for is on the page."""
    expect(page.locator(".looking[aria-busy]")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def look(page: Page) -> dict[str, Any]:
    """The answer of the API that the page carries."""
    found: dict[str, Any] = json.loads(page.locator("script[data-look]").text_content() or "")
    return found


def tensor(page: Page, layer: str) -> Values:
    """A layer's values, from the API, for what the page shows."""
    url = look(page)["sheet"]["url"].replace(".png?", f"/{layer}.npy?")
    answer = page.request.get(f"{origin(page)}{url}")
    assert answer.ok, answer.text()
    found: Values = np.load(io.BytesIO(answer.body()), allow_pickle=False)
    return found


def origin(page: Page) -> str:
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}"


def strip(page: Page, layer: str) -> Locator:
    return page.locator(f'.strip[data-address="{layer}"]')


def pixel(canvas: Locator, x: float, y: float) -> Rgb:
    """What a canvas shows at a point."""
    found = canvas.evaluate(
        """(canvas, [x, y]) => {
          const copy = document.createElement("canvas");
          [copy.width, copy.height] = [canvas.width, canvas.height];
          const context = copy.getContext("2d", { willReadFrequently: true });
          context.drawImage(canvas, 0, 0);
          return [...context.getImageData(x, y, 1, 1).data].slice(0, 3);
        }""",
        [x, y],
    )
    return cast("Rgb", tuple(found))


def ramp(share: float, ends: tuple[Rgb, Rgb, Rgb] = LIGHT) -> Rgb:
    """The colour of a value that is `share` (−1…1) of the scale: mixed in OKLab, worked out here again."""
    low, middle, high = (_to_oklab(np.array(end)) for end in ends)
    colour = middle + abs(share) * ((high if share > 0 else low) - middle)
    return cast("Rgb", tuple(int(value) for value in np.round(_from_oklab(colour))))


# Björn Ottosson's matrices.
_M1 = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_M2 = np.array(
    [
        [0.2104542553, 0.793617785, -0.0040720468],
        [1.9779984951, -2.428592205, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.808675766],
    ]
)


def _to_oklab(colour: npt.NDArray[Any]) -> npt.NDArray[Any]:
    share = colour / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return cast("npt.NDArray[Any]", _M2 @ np.cbrt(_M1 @ linear))


def _from_oklab(colour: npt.NDArray[Any]) -> npt.NDArray[Any]:
    linear = np.linalg.inv(_M1) @ (np.linalg.inv(_M2) @ colour) ** 3
    clipped = np.clip(linear, 0, 1)
    encoded = np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)
    return cast("npt.NDArray[Any]", 255 * encoded)


def is_near(one: Rgb, other: Rgb, tolerance: int = 4) -> bool:
    """Whether two colours differ by no more than 8-bit levels make them."""
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))
