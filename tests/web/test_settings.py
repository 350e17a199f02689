"""Settings: from the environment, immutable, and refused where they would not be safe."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings


def test_the_defaults_are_safe() -> None:
    settings = Settings()
    assert settings.host == "127.0.0.1"
    assert settings.listens_on_loopback_only
    assert settings.metrics is False
    assert settings.allowed_hosts == ()
    assert settings.trusted_proxies == ()


def test_the_defaults_are_those_of_the_safety_rules() -> None:
    settings = Settings()
    assert settings.max_body_bytes == 12 * 2**20
    assert settings.max_picture_bytes == 10 * 2**20
    assert settings.max_picture_px == 16_000_000
    assert settings.max_picture_side_px == 16_384
    assert settings.work_picture_side_px == 1024
    assert settings.max_json_bytes == 64 * 1024
    assert settings.max_json_depth == 32
    assert settings.max_answer_bytes == 5 * 2**20
    assert settings.max_problem_bytes == 2048
    assert (settings.rate_burst, settings.rate_per_second) == (200, 50)
    assert (settings.head_seconds, settings.body_seconds) == (10, 60)
    assert (settings.decode_queue, settings.decode_wait_seconds, settings.decode_seconds) == (32, 6, 10)
    assert settings.shutdown_seconds < 30
    assert (settings.runs_at_once, settings.runs_waiting, settings.runs_a_client) == (1, 4, 2)
    assert (settings.run_wall_seconds, settings.run_nice) == (7200, 10)
    assert (settings.runs_store_bytes, settings.runs_free_bytes) == (2**30, 500_000_000)
    assert settings.shutdown_seconds + settings.run_stop_seconds < 30


def test_they_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVSCOPE_PORT", "9000")
    monkeypatch.setenv("CONVSCOPE_ALLOWED_HOSTS", '["Scope.example.org"]')
    monkeypatch.setenv("CONVSCOPE_DATA", "~/cifar")
    settings = Settings()
    assert settings.port == 9000
    assert settings.allowed_hosts == ("scope.example.org",)
    assert settings.data == Path.home() / "cifar"


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVSCOPE_PORT", "9000")
    assert Settings(port=9001).port == 9001


def test_they_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        setattr(Settings(), "port", 1)  # noqa: B010  a type checker knows it, too


@pytest.mark.parametrize(
    "options",
    [
        {"port": 70_000},
        {"workers": 0},
        {"allowed_hosts": ("*",)},
        {"allowed_hosts": ("*.*",)},
        {"allowed_hosts": ("http://scope.example.org",)},
        {"allowed_hosts": ("",)},
        {"trusted_proxies": ("0.0.0.0/0",)},
        {"trusted_proxies": ("::/0",)},
        {"trusted_proxies": ("*",)},
        {"max_picture_bytes": 20 * 2**20},
        {"max_json_bytes": 20 * 2**20},
        {"rate_per_second": 0},
        {"rate_per_second": float("inf")},
        {"head_seconds": float("nan")},
        {"shutdown_seconds": 30},
        {"hsts_seconds": 60},
        {"tls_certificate": Path("certificate.pem")},
        {"log_level": "loud"},
        {"unknown": 1},
    ],
)
def test_what_would_not_be_safe_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings(**options)  # type: ignore[arg-type]


def test_an_address_for_everyone_must_be_said() -> None:
    assert not Settings(host="0.0.0.0").listens_on_loopback_only
    assert Settings(host="localhost").listens_on_loopback_only
    assert Settings(host="::1").listens_on_loopback_only


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
def test_workers_together_do_no_more_than_one_alone_may(workers: int) -> None:
    whole = Settings(workers=workers)
    share = whole.of_one_worker()
    assert share.workers == workers
    for name in ("max_connections", "decode_queue", "inference_queue", "looks_bytes"):
        assert getattr(whole, name) <= getattr(share, name) * workers < getattr(whole, name) + workers
    assert (share.decode_workers, share.inference_workers) == (2, 2), "one alone may get all connections"
    assert share.max_uploads_bytes >= whole.max_body_bytes
    assert (share.rate_burst, share.rate_per_second) == (200, 50), "one connection meets one of them"


@pytest.mark.parametrize(("cores", "workers"), [(1, 1), (2, 2), (64, 2), (None, 1)])
def test_there_are_two_workers_where_there_are_two_cores(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, workers: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert Settings().workers == workers
    assert Settings(metrics=True).workers == 1
    assert Settings(workers=3, metrics=True).workers == 3


def test_one_worker_may_do_all() -> None:
    assert Settings(workers=1).of_one_worker() == Settings(workers=1)
