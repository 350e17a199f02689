"""Token buckets: their burst, their rate, whose they are, and how many are kept."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.web.limits import TokenBuckets, client_key
from tests.web.conftest import MakeClient


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@given(
    burst=st.integers(1, 20),
    per_second=st.floats(0.5, 100),
    steps=st.lists(st.floats(0, 2), min_size=1, max_size=60),
)
def test_never_more_than_the_burst_and_what_the_time_gives(
    burst: int, per_second: float, steps: list[float]
) -> None:
    clock = Clock()
    buckets = TokenBuckets(burst, per_second, clients=5, clock=clock)
    granted = 0
    for step in steps:
        clock.seconds += step
        wait_seconds = buckets.take("a")
        granted += wait_seconds == 0
        assert granted <= burst + sum(steps) * per_second + 1e-6
        assert 0 <= wait_seconds <= 1 / per_second + 1e-6


def test_the_burst_then_one_each_interval_then_the_burst_again() -> None:
    clock = Clock()
    buckets = TokenBuckets(3, 2.0, clients=5, clock=clock)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    clock.seconds += 0.5
    assert buckets.take("a") == 0
    assert buckets.take("a") == pytest.approx(0.5)
    assert buckets.take("b") == 0
    clock.seconds += 60
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_a_refused_request_costs_nothing() -> None:
    clock = Clock()
    buckets = TokenBuckets(1, 1.0, clients=5, clock=clock)
    buckets.take("a")
    for _ in range(100):
        assert buckets.take("a") == 1
    clock.seconds += 1
    assert buckets.take("a") == 0


def test_only_so_many_clients_are_remembered_and_the_busy_one_is_not_forgotten() -> None:
    buckets = TokenBuckets(1, 0.001, clients=10, clock=Clock())
    assert buckets.take("busy") == 0
    for number in range(1000):
        assert buckets.take(f"client {number}") == 0
        assert buckets.take("busy") > 0
        assert len(buckets) <= 10


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "20010db800010002::/64".lstrip("0")),
        ("2001:db8:1:2::9", "20010db800010002::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80000000000000::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_client_is_its_address_and_in_ipv6_its_network(address: str, key: str) -> None:
    assert client_key({"client": (address, 1)}) == key


def test_without_an_address_all_are_one() -> None:
    assert client_key({"client": None}) == client_key({})


def test_too_many_changes_are_refused_with_the_time_to_wait(client_with: MakeClient) -> None:
    client: TestClient = client_with(rate_burst=3, rate_per_second=0.1)
    codes = [client.delete("/api/v1/trials/things/1").status_code for _ in range(4)]
    assert codes == [204, 204, 204, 429]
    response = client.post("/api/v1/trials/specs", json={"side": 1})
    assert response.status_code == 429
    assert 1 <= int(response.headers["retry-after"]) <= math.ceil(1 / 0.1)
    assert response.json()["type"] == "urn:convscope:problem:too-many-requests"
    assert all(client.get("/api/v1/trials/echo").status_code == 200 for _ in range(20))
