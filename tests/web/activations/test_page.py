"""The activations page without a browser: what it says where there is nothing to see."""

from __future__ import annotations

import io
import re
from html import unescape

import httpx2
import pytest
from PIL import Image

from tests.web.activations.place import Place


@pytest.fixture
def client(place: Place) -> httpx2.Client:
    """A client of the pages rather than of the API."""
    root = str(httpx2.URL(place.base).copy_with(path="/"))
    return httpx2.Client(base_url=root, timeout=60, headers={"accept": "text/html"})


def alert(page: str) -> str:
    """What is said to be wrong, its buttons included."""
    found = re.search(r'<div class="wrong" role="alert".*?</div>', page, re.DOTALL)
    assert found, page[:2000]
    return unescape(re.sub(r"\s+", " ", found[0]))


@pytest.mark.parametrize(
    ("name", "content", "status", "sentence"),
    [
        ("a.png", b"no picture", 415, "not a PNG, JPEG, WebP, GIF or BMP picture"),
        ("a.png", b"", 422, "The file is empty."),
        ("", b"", 422, "Choose a picture to send."),
        ("a.png", b"x" * (10 * 2**20 + 1), 413, "The file is larger than"),
        ("a.png", b"x" * (20 * 2**20), 413, "The file is larger than 10 MB."),
    ],
)
def test_a_form_that_is_refused_is_answered_where_pictures_are_chosen(
    client: httpx2.Client, name: str, content: bytes, status: int, sentence: str
) -> None:
    answer = client.post("/images", files={"file": (name, content)})
    assert answer.status_code == status
    assert sentence in alert(answer.text)
    assert 'action="/images"' in answer.text
    assert "/activations?network=tinyvgg&amp;image=sample-frog" in answer.text
    assert "data-again-seconds" not in answer.text, "loading the page again would not send the picture"
    assert "hours. Choose yours again" not in answer.text


def test_a_network_that_is_not_here_leads_to_the_one_most_like_it(client: httpx2.Client) -> None:
    answer = client.get("/activations?network=plane&image=sample-frog")
    assert answer.status_code == 404
    assert "There is no network of this name." in alert(answer.text)
    assert 'href="/activations?network=plain&image=sample-frog"' in alert(answer.text)
    assert not re.search(r'aria-current="true" data-network', answer.text)
    assert 'class="strip"' not in answer.text, "no network is shown in its place"
    assert "hours. Choose yours again" not in answer.text
    beside = client.get("/activations?network=tinyvgg&compare=lenet,plane&image=sample-frog")
    address = "/activations?network=tinyvgg&image=sample-frog&compare=lenet,plain"
    assert f'href="{address}"' in alert(beside.text)


def test_silent_values_of_flat_layers_are_told(place: Place, client: httpx2.Client) -> None:
    layers = {each["name"]: each for each in place.activations("mlp", "sample-cat")["layers"]}
    silent = len(layers["relu_1"]["silent_channels"])
    assert silent > 3
    page = client.get("/activations?network=mlp&image=sample-cat").text
    address = layers["relu_1"]["address"]
    strip = page[page.index(f'data-address="{address}"') :].partition("</li>")[0]
    assert f">{silent} silent values<" in strip


def test_what_a_row_shows_is_said_of_the_network_that_is_here(client: httpx2.Client) -> None:
    said = {name: client.get(f"/activations?network={name}").text for name in ("mlp", "tinyvgg")}
    assert "each bar of colour one of its values" in said["mlp"]
    assert "each tile one of its feature maps" in said["tinyvgg"]


def test_every_percentage_has_one_decimal(client: httpx2.Client) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), "grey").save(buffer, "PNG")
    page = client.post(
        "/images",
        files={"file": ("a.png", buffer.getvalue())},
        data={"compare": "lenet"},
        follow_redirects=True,
    ).text
    shares = re.findall(r"([\d.−]+) %", page)
    assert len(shares) > 20
    assert [share for share in shares if not re.fullmatch(r"\d+\.\d", share)] == []
