"""Alive, ready, measured, logged."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.web.operations import Probes
from app.web.request_log import JsonLines, PlainLines
from tests.web import trials
from tests.web.conftest import MakeClient, connect, make_app


def test_alive(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}


def test_ready_when_every_probe_holds() -> None:
    app = make_app()
    client = connect(app)

    async def holds() -> bool:
        return True

    app.state.probes.add("networks", holds)
    response = client.get("/readyz")
    assert response.json() == {"status": "ready", "checks": {"accepting": True, "networks": True}}


def test_not_ready_while_a_probe_does_not_hold() -> None:
    app = make_app(probe_seconds=0.05)
    client = connect(app)

    async def holds() -> bool:
        return True

    async def does_not() -> bool:
        return False

    async def breaks() -> bool:
        raise RuntimeError(trials.SECRET)

    async def hangs() -> bool:
        await asyncio.sleep(60)
        return True

    for name, probe in {"disk": holds, "networks": does_not, "decoder": breaks, "other": hangs}.items():
        app.state.probes.add(name, probe)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1
    assert response.json()["detail"] == "Not ready yet: decoder, networks, other."
    assert trials.SECRET not in response.text
    assert client.get("/healthz").status_code == 200


def test_not_ready_while_stopping() -> None:
    app = make_app()
    app.state.probes.stopping = True
    assert connect(app).get("/readyz").status_code == 503
    assert connect(app).get("/healthz").status_code == 200


async def ask(probes: Probes) -> dict[str, bool]:
    return await probes.ask(1)


def test_features_live_as_long_as_the_application() -> None:
    trials.Lifespan.events.clear()
    app = make_app()
    app.state.features = (trials.feature,)
    with connect(app) as client:
        assert trials.Lifespan.events == ["opened"]
        assert client.get("/readyz").json()["checks"]["trial"] is True
    assert trials.Lifespan.events == ["opened", "closed"]
    assert asyncio.run(ask(app.state.probes))["accepting"] is False


def loopback(app_client: TestClient) -> TestClient:
    return TestClient(app_client.app, base_url="http://localhost", client=("127.0.0.1", 1))


def test_metrics_are_for_loopback_unless_set(client: TestClient, client_with: MakeClient) -> None:
    assert client.get("/metrics").status_code == 404
    assert loopback(client).get("/metrics").status_code == 200
    assert loopback(client).get("/metrics", headers={"x-forwarded-for": "198.51.100.7"}).status_code == 404
    assert client_with(metrics=True).get("/metrics").status_code == 200


def test_metrics_count_by_route_and_status(client_with: MakeClient) -> None:
    client = client_with(metrics=True)
    for number in range(3):
        client.get(f"/api/v1/trials/things/{number}")
    client.get("/api/v1/trials/things/x")
    client.get("/nothing")
    client.get("/healthz")
    client.request("BREW", "/")
    response = client.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = response.text
    route = "/api/v1/trials/things/{thing_id}"
    assert f'convscope_requests_total{{method="GET",route="{route}",status="200"}} 3.0' in text
    assert f'convscope_requests_total{{method="GET",route="{route}",status="422"}} 1.0' in text
    assert 'convscope_requests_total{method="GET",route="-",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert f'convscope_request_seconds_count{{route="{route}"}} 4.0' in text
    assert 'convscope_request_seconds_count{route="/healthz"}' not in text
    assert "convscope_requests_in_flight 1.0" in text
    assert "process_resident_memory_bytes" in text


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [
        json.loads(JsonLines().format(record))
        for record in caplog.records
        if record.name == "convscope.requests"
    ]


def test_a_request_is_one_line_of_json(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        response = client.post("/api/v1/trials/specs?scale=2", json={"side": 3})
    (line,) = logged(caplog)
    assert line["message"] == "request"
    assert line["level"] == "info"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}", line["time"])
    assert line["id"] == response.headers["x-request-id"]
    assert (line["method"], line["route"], line["status"]) == ("POST", "/api/v1/trials/specs", 200)
    assert line["bytes_in"] == len(b'{"side":3}')
    assert line["bytes_out"] == len(response.content)
    assert line["ms"] >= 0


def test_a_feature_adds_its_facts(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.get("/api/v1/trials/noted")
    (line,) = logged(caplog)
    assert line["detected_format"] == "png"
    assert line["width"] == 3


def test_what_a_client_names_is_not_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.get("/a%0d%0aforged?secret=s3cr3t", headers={"user-agent": "s3cr3t", "referer": "s3cr3t"})
        client.post("/api/v1/trials/specs", json={"side": "s3cr3t"})
    lines = [JsonLines().format(record) for record in caplog.records if not record.name.startswith("httpx")]
    assert lines
    for line in lines:
        assert "s3cr3t" not in line
        assert "forged" not in line


def test_a_log_line_cannot_be_broken_in_two() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 1, "a\r\n{}\x1b[0m", (), None)
    record.facts = {"name": "b\r\nc"}
    line = JsonLines().format(record)
    assert "\n" not in line
    assert "\r" not in line
    assert "\x1b" not in line
    assert json.loads(line)["name"] == "b\r\nc"


def test_on_a_terminal_lines_are_plain_and_still_one_each() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 1, "a\r\nb\x1b[0m", (), None)
    record.facts = {"route": "/", "name": "c\nd"}
    line = PlainLines().format(record)
    assert line.endswith(r"info: a\r\nb\x1b[0m route=/ name=c\nd")


def test_health_checks_are_not_logged_unless_they_fail(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        client.get("/healthz")
    assert logged(caplog) == []


def test_an_unexpected_error_is_logged_with_its_traceback_and_number(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get("/api/v1/trials/crash")
    records = [record for record in caplog.records if record.exc_info]
    line = json.loads(JsonLines().format(records[0]))
    assert line["level"] == "error"
    assert line["id"] == response.headers["x-request-id"]
    assert trials.SECRET in line["traceback"]
