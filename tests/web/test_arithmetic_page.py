"""The home and arithmetic pages as HTML: what is asked is answered, whatever is asked."""

from __future__ import annotations

import re
import time
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.web.arithmetic_page import OPERATIONS, STARTS

HTML = {"Accept": "text/html"}
ARGUMENTS = (
    "in_channels",
    "out_channels",
    "height",
    "width",
    "kernel_size",
    "stride",
    "padding",
    "dilation",
    "groups",
    "bias",
    "padding_mode",
    "ceil_mode",
    "output_padding",
    "output_size",
    "count_include_pad",
    "cell",
    "channel",
    "filter",
    "speed",
    "x",
    "w",
    "b",
    "lang",
)
TEXTS = st.one_of(
    st.integers(-3, 40).map(str),
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: f"{pair[0]},{pair[1]}"),
    st.sampled_from(
        ["same", "valid", "true", "false", "reflect", "(3, 5)", "1,2,3,4", "0.0.0:5", "99999", ""]
    ),
    st.text(max_size=12),
)


def get(client: TestClient, path: str) -> tuple[int, str]:
    answer = client.get(path, headers=HTML)
    return answer.status_code, answer.text


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_opens_with_an_example_that_works(client: TestClient, operation: str) -> None:
    status, page = get(client, f"/arithmetic?operation={operation}")
    assert status == 200
    assert 'class="wrong"' not in page
    for name, value in STARTS[operation].items():
        assert re.search(rf'name="{name}"\s+value="{value}"', page), name
    assert page.count("<math") >= 2
    assert 'class="current"' in page


def test_a_link_that_was_shared_keeps_what_it_says(client: TestClient) -> None:
    _status, page = get(
        client, "/arithmetic?operation=conv2d&height=5&kernel_size=3&x=0.1.1:42&cell=0,0&speed=8"
    )
    assert ">42<" in page
    assert "x=0.1.1%3A42" in page or "x=0.1.1:42" in page
    assert "speed=8" in page


def test_refused_by_pytorch_is_422_and_explained_at_the_field(client: TestClient) -> None:
    status, page = get(client, "/arithmetic?operation=conv2d&height=7&kernel_size=9")
    assert status == 422
    assert re.search(r'id="kernel_size"[^>]*aria-invalid="true"', page)
    assert 'id="kernel_size-wrong"' in page
    assert "kernel_size=7" in page


def test_korean_is_spoken_throughout(client: TestClient) -> None:
    _status, page = get(client, "/arithmetic?operation=conv2d&height=7&kernel_size=9&lang=ko")
    visible = re.sub(r"<(script|style|code|svg)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert "합성곱" in visible
    english = set(re.findall(r"[A-Za-z]{4,}", visible))
    assert english <= {"ConvScope", "English", "PyTorch", "padding", "stride", "dilation", "feature"} | {
        "convolution", "cross", "correlation", "Enter", "true", "false", "zeros", "reflect", "replicate",
        "circular", "height", "kernel",
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        "operation=conv2d&height=16384&kernel_size=11&dilation=5&padding=100",
        "operation=conv2d&height=16384&kernel_size=16384",
        "operation=conv_transpose2d&height=9999&kernel_size=999&stride=99",
        "operation=adaptive_avg_pool2d&height=16384&output_size=16384",
        "operation=max_pool2d&height=1&kernel_size=16384&padding=8192",
        "operation=avg_pool2d&height=1&kernel_size=16384&padding=8192",
        "operation=conv2d&in_channels=1000000&out_channels=1000000&height=64&kernel_size=3",
        "operation=conv2d&in_channels=8&out_channels=8&height=12&kernel_size=3&padding=1&cell=11,11",
    ],
)
def test_the_largest_layers_are_answered_in_time_and_briefly(client: TestClient, query: str) -> None:
    began = time.perf_counter()
    status, page = get(client, f"/arithmetic?{query}")
    assert status == 200
    assert time.perf_counter() - began < 5
    assert len(page) < 300_000


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    operation=st.sampled_from([*OPERATIONS, "conv3d", ""]),
    arguments=st.dictionaries(st.sampled_from(ARGUMENTS), TEXTS, max_size=6),
)
def test_no_address_breaks_the_page(client: TestClient, operation: str, arguments: dict[str, str]) -> None:
    query = "&".join(f"{name}={quote(text)}" for name, text in arguments.items())
    status, page = get(client, f"/arithmetic?operation={operation}&{query}")
    assert status in (200, 422)
    assert (status == 422) == ('class="wrong"' in page)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(arguments=st.dictionaries(st.sampled_from(ARGUMENTS), TEXTS, max_size=4))
def test_the_home_page_opens_whatever_its_address_says(client: TestClient, arguments: dict[str, str]) -> None:
    query = "&".join(f"{name}={quote(text)}" for name, text in arguments.items())
    status, page = get(client, f"/?{query}")
    assert status == 200
    assert "2.33" in page


def test_what_a_person_typed_is_shown_as_text_only(client: TestClient) -> None:
    evil = quote('"><script>alert(1)</script>')
    _status, page = get(
        client, f"/arithmetic?operation=conv2d&height=7&kernel_size={evil}&x={evil}&cell={evil}"
    )
    assert "<script>alert" not in page
