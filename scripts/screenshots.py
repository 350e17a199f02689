"""Takes the pictures of the READMEs from a running server: python scripts/screenshots.py [ADDRESS].

They are what Chromium (its path in CHROMIUM) shows of 1280 × 800 pixels, in 256 colours to keep them small.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs"
LARGEST_BYTES = 150_000
# The lecture's layer that does not fit, in the middle of its walk.
ARITHMETIC = "/arithmetic?height=7&width=7&kernel_size=3&stride=3&padding=0&cell=1,0"
SHOTS = {
    "arithmetic.png": f"{ARITHMETIC}&lang=en",
    "arithmetic.ko.png": f"{ARITHMETIC}&lang=ko",
}


def main() -> None:
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"])
        for name, path in SHOTS.items():
            page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
            page.goto(address + path, wait_until="networkidle")
            page.evaluate("document.fonts.ready")
            picture = small(page.screenshot())
            page.close()
            if len(picture) > LARGEST_BYTES:
                sys.exit(f"{name} has {len(picture)} bytes, more than {LARGEST_BYTES}.")
            (FOLDER / name).write_bytes(picture)
        browser.close()


def small(png: bytes) -> bytes:
    """The same picture with a palette."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        buffer, "PNG", optimize=True
    )
    return buffer.getvalue()


if __name__ == "__main__":
    main()
