"""Every layer of the network on one page, every map in the colours of its values."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.activations import page as on
from tests.browser.conftest import OpenPage


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_map_has_the_colours_of_its_values(open_page: OpenPage, theme: str) -> None:
    page = on.opened(open_page, "image=sample-ship", color_scheme=theme)
    ends = on.LIGHT if theme == "light" else on.DARK
    random = np.random.default_rng(0)
    for layer in on.look(page)["layers"]:
        values = on.tensor(page, layer["address"])
        canvas = on.strip(page, layer["address"]).locator("canvas")
        for _ in range(6):
            index = tuple(int(random.integers(size)) for size in values.shape)
            if values.ndim == 3:
                side = 32 // values.shape[1]
                x, y = index[0] * 33 + 1 + (index[2] + 0.5) * side, 1 + (index[1] + 0.5) * side
                largest = np.abs(values[index[0]]).max()
            else:
                pitch = (canvas.bounding_box() or {"width": 0})["width"] // values.size
                x, y = (index[0] + 0.5) * pitch, 12
                largest = np.abs(values).max()
            shown = on.pixel(canvas, x, y)
            expected = on.ramp(float(values[index] / largest) if largest else 0.0, ends)
            assert on.is_near(shown, expected), (layer["name"], index, shown, expected)


def test_the_scale_is_of_the_map_its_layer_or_the_network(open_page: OpenPage) -> None:
    page = on.opened(open_page, "image=sample-ship")
    layers = on.look(page)["layers"]
    values = on.tensor(page, "5")
    every = max(abs(bound) for layer in layers for each in layer["channels"] for bound in each.values())
    canvas = on.strip(page, "5").locator("canvas")
    row, column = np.unravel_index(np.abs(values[3]).argmax(), values[3].shape)
    place = (3 * 33 + 1 + 2 * float(column) + 1, 1 + 2 * float(row) + 1)
    for name, largest in (
        ("map", np.abs(values[3]).max()),
        ("layer", np.abs(values).max()),
        ("network", every),
    ):
        page.get_by_label(name, exact=True).check()
        assert on.is_near(on.pixel(canvas, *place), on.ramp(float(values[3, row, column] / largest)))
    page.wait_for_url(re.compile("scale=network"))
    expect(page.locator(".scale .legend")).to_contain_text(on.written(every))
    page.reload()
    on.settle(page)
    expect(page.get_by_label("network", exact=True)).to_be_checked()


def test_what_is_zero_everywhere_is_named(open_page: OpenPage) -> None:
    page = on.opened(open_page)
    grey = io.BytesIO()
    Image.new("RGB", (32, 32), (128, 128, 128)).save(grey, "PNG")
    on.send(page, grey.getvalue())
    page.wait_for_url(re.compile("image=[0-9a-f]{40}"))
    on.settle(page)
    layers = on.look(page)["layers"]
    assert {len(layer["shape"]) for layer in layers if layer["silent_channels"]} == {1, 3}
    for layer in layers:
        line = on.strip(page, layer["address"]).locator(".silent")
        kind = "map" if len(layer["shape"]) == 3 else "value"
        channels = layer["silent_channels"]
        if not channels:
            expect(line).to_have_count(0)
        elif len(channels) == 1:
            expect(line).to_have_text(f"{kind} {channels[0]} is silent")
        elif len(channels) <= 3:
            expect(line).to_have_text(f"{kind}s {', '.join(map(str, channels))} are silent")
        else:
            expect(line).to_have_text(f"{len(channels)} silent {kind}s")


def test_the_whole_of_tinyvgg_is_on_one_screen(open_page: OpenPage) -> None:
    page = on.opened(open_page)
    expect(page.locator(".strip")).to_have_count(18)
    bottoms = page.evaluate(
        "[...document.querySelectorAll('.strip')].map((s) => s.getBoundingClientRect().bottom)"
    )
    assert max(bottoms) <= 800


def test_a_layers_heading_says_its_line_of_pytorch_its_shape_and_its_parameters(open_page: OpenPage) -> None:
    page = on.opened(open_page)
    heading = on.strip(page, "0").locator(".about")
    expect(heading).to_contain_text("nn.Conv2d(3, 16, kernel_size=3, padding=1)")
    expect(heading).to_contain_text("16 × 32 × 32")
    expect(heading).to_contain_text("448 parameters")
    values = on.tensor(page, "0")
    expect(heading.locator(".range")).to_have_text(f"{on.written(values.min())} … {on.written(values.max())}")
