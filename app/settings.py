"""Every number a deployment may change, with its unit in its name.

Read once from the environment (``CONVSCOPE_PORT=9000``; lists as JSON,
``CONVSCOPE_ALLOWED_HOSTS='["scope.example.org"]'``) and passed as an argument from then on. The values are
immutable, and a combination that cannot be served safely is refused when the settings are made, not when the
first request arrives.
"""

from __future__ import annotations

import os
import tempfile
from functools import cached_property
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_PACKAGE = Path(__file__).resolve().parent
_BUNDLED = _PACKAGE / "_data"
"""Templates, static files and networks of an installed wheel; in a checkout they are at the root."""

MEBIBYTE = 2**20

_SHARED_OUT = (
    *("max_connections", "run_watchers", "estimates_waiting"),
    *("max_uploads_bytes", "decode_queue", "inference_queue", "looks_bytes"),
)
"""The settings that bound what all worker processes do together, by name.

Not the decoders and the threads for networks: chance may give most connections to one process, which must
then keep all cores at work. Nor the rates: a client with one connection meets one process, and is to have all
of its rate there."""

Count = Annotated[int, Field(ge=1)]
Bytes = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _two_if_possible() -> int:
    return min(2, os.cpu_count() or 1)


def _bundled(wheel_name: str, source_name: str) -> Path:
    return _BUNDLED / wheel_name if _BUNDLED.is_dir() else _PACKAGE.parent / source_name


class Settings(BaseSettings):
    """The whole configuration of one ConvScope process."""

    model_config = SettingsConfigDict(env_prefix="CONVSCOPE_", frozen=True, extra="forbid")

    # Where things are
    templates_dir: Path = Field(default_factory=lambda: _bundled("templates", "templates"))
    static_dir: Path = Field(default_factory=lambda: _bundled("static", "static/dist"))
    models_dir: Path = Field(default_factory=lambda: _bundled("models", "models"))
    data: Path = Path("~/.cache/convscope/cifar10")
    """Folder of torchvision's CIFAR-10."""
    training_dir: Path = Path("~/.cache/convscope/training")
    """Where interrupted training runs keep what they go on from."""
    pictures_url: str = Field(
        default_factory=lambda: f"file://{tempfile.gettempdir()}/convscope-pictures-{os.geteuid()}"
    )
    """fsspec URL of the picture store: a folder, or a bucket where there are replicas."""

    # Who is served, and where
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    allowed_hosts: tuple[str, ...] = ()
    """Names besides localhost's: ``scope.example.org`` (any port), ``other.org:8443``, ``*.example.org``."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody's by default."""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    metrics: bool = False
    """Whether /metrics answers to others than loopback."""
    workers: Count = Field(default_factory=lambda known: 1 if known.get("metrics") else _two_if_possible())
    """Server processes, of 0.5 GB each. One uses little more than a core, for Python's threads take turns;
    whoever serves many people sets as many as there are cores. With metrics there is one unless this is set:
    each process counts for itself."""
    log_format: Literal["auto", "json", "text"] = "auto"
    """One JSON object a line, or plain lines; `auto` is plain lines on a terminal and JSON elsewhere."""
    log_level: Annotated[str, Field(pattern=r"^(debug|info|warning|error)$")] = "info"

    # Bodies (safety A1, A2, D1, D6, D7)
    max_body_bytes: Bytes = 12 * MEBIBYTE
    max_json_bytes: Bytes = 64 * 1024
    max_unit_json_bytes: Bytes = MEBIBYTE
    """Largest body that carries a whole input and weight (the walkthrough of one output cell)."""
    max_json_depth: Count = 32
    max_answer_bytes: Bytes = 5 * MEBIBYTE
    max_problem_bytes: Annotated[int, Field(ge=512)] = 2048
    max_form_fields: Count = 8
    max_form_field_bytes: Bytes = 64 * 1024

    # Pictures (A1, A3, A4, A14, B1, B2, B5, C1)
    max_picture_bytes: Bytes = 10 * MEBIBYTE
    max_uploads_bytes: Bytes = 192 * MEBIBYTE
    """What all uploads together may hold in memory; beyond it a client is asked to come back."""
    max_picture_px: Count = 16_000_000
    max_picture_side_px: Count = 16_384
    work_picture_side_px: Count = 1024
    picture_lifetime_seconds: Seconds = 24 * 3600
    picture_store_bytes: Bytes = 1024 * MEBIBYTE
    decode_workers: Count = 2
    decode_queue: Annotated[int, Field(ge=0)] = 32
    decode_wait_seconds: Seconds = 6
    decode_seconds: Seconds = 10
    decode_tasks_per_worker: Count = 500
    decode_memory_bytes: Bytes = 512 * MEBIBYTE

    # Networks (B4, D4)
    loading_wait_seconds: Seconds = 20
    """How long a request waits for networks that are still being loaded after the server's start."""
    torch_threads: Count = 1
    inference_workers: Count = 2
    inference_queue: Annotated[int, Field(ge=0)] = 32
    inference_wait_seconds: Seconds = 6
    inference_seconds: Seconds = 10
    looks_bytes: Bytes = 64 * MEBIBYTE
    """How much of what networks made of the latest pictures is kept for the questions that follow."""

    # Training runs (H1, H2, H4, H6, H9, H10)
    runs_dir: Path = Path("~/.cache/convscope/runs")
    """Where runs keep checkpoints, weights and, unless `runs_url` says otherwise, their store."""
    runs_url: str | None = None
    """SQLAlchemy URL of the store, for servers on several machines: ``postgresql://user@host/convscope``."""
    runs_at_once: Count = 1
    runs_waiting: Annotated[int, Field(ge=0)] = 4
    runs_a_client: Count = 2
    """Runs of one client that wait or run."""
    runs_store_bytes: Bytes = 1024 * MEBIBYTE
    """Beyond it the runs that ended longest ago are removed, then those that are paused."""
    runs_free_bytes: Annotated[int, Field(ge=0)] = 500_000_000
    """No run is started with less than this free on the disk."""
    runs_look_seconds: Seconds = 1
    """How often a server looks for runs to start and for trainers that are gone."""
    run_wall_seconds: Seconds = 7200
    run_lease_seconds: Seconds = 60
    """A trainer that has not been heard of for so long is taken for dead."""
    run_stop_seconds: Seconds = 8
    """How long a trainer may take to save and leave before it is killed."""
    run_checkpoint_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 30
    run_nice: Annotated[int, Field(ge=0, le=19)] = 10
    run_threads: Count | None = None
    """Threads of a trainer; as many as PyTorch likes unless set."""
    estimate_seconds: Count = 60
    """How long a few steps of a run may take that somebody wants to know the cost of; each server process
    tries one at a time."""
    estimates_waiting: Annotated[int, Field(ge=0)] = 4
    run_watchers: Count = 200
    """Event streams that one server process sends at once."""
    run_watch_seconds: Seconds = 1
    """How often a stream looks for what is new."""
    run_keep_alive_seconds: Seconds = 15

    # Rates (C4), of each server process: over several connections a client may come to as many times them
    rate_burst: Count = 200
    rate_per_second: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 50
    rate_clients: Count = 10_000
    """How many clients' buckets are remembered; the one unseen for longest is forgotten first."""

    # Connections (C5, C6, C7, I1)
    head_seconds: Seconds = 10
    body_seconds: Seconds = 60
    body_grace_seconds: Seconds = 5
    """How long a body may take before its rate is looked at."""
    body_min_bytes_per_second: Bytes = 1024
    send_stall_seconds: Seconds = 30
    """How long a client may leave an answer unread before it is cut off."""
    linger_seconds: Seconds = 2
    """How long the rest of a refused body is read and thrown away, so that the client sees the refusal."""
    max_head_bytes: Bytes = 16 * 1024
    max_connections: Count = 1000
    backlog: Count = 2048
    keep_alive_seconds: Annotated[int, Field(ge=1)] = 5
    shutdown_seconds: Annotated[int, Field(ge=1, lt=30)] = 20
    worker_healthcheck_seconds: Annotated[int, Field(ge=1)] = 30
    """A worker process that does not answer for so long is replaced; importing torch takes a few."""

    # Headers (F3, F5)
    hsts_seconds: Annotated[int, Field(ge=31_536_000)] = 63_072_000
    asset_seconds: Annotated[int, Field(ge=0)] = 31_536_000

    # Readiness (I2)
    probe_seconds: Seconds = 2

    @field_validator("data", "training_dir", "runs_dir", "templates_dir", "static_dir", "models_dir")
    @classmethod
    def _expand(cls, path: Path) -> Path:
        return path.expanduser()

    @field_validator("allowed_hosts")
    @classmethod
    def _no_wildcard_for_all(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not host.strip("*. ") or "/" in host or "*" in host.removeprefix("*."):
                raise ValueError(f"{host!r} is not a host name; write it as name, name:port or *.name")
        return tuple(host.lower() for host in hosts)

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses_only(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            if ip_network(proxy, strict=False).prefixlen == 0:
                raise ValueError("trusting every address would let any client choose its own address")
        return proxies

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        if self.max_picture_bytes > self.max_body_bytes:
            raise ValueError("max_picture_bytes must not exceed max_body_bytes")
        if max(self.max_json_bytes, self.max_unit_json_bytes) > self.max_body_bytes:
            raise ValueError("max_json_bytes and max_unit_json_bytes must not exceed max_body_bytes")
        return self

    def of_one_worker(self) -> Self:
        """What each of the `workers` may do, so that together they keep to these settings.

        Counts are rounded up, and each can take at least one whole body.
        """
        shares: dict[str, float] = {}
        for name in _SHARED_OUT:
            whole = getattr(self, name)
            shares[name] = whole / self.workers if isinstance(whole, float) else -(-whole // self.workers)
        shares["max_uploads_bytes"] = max(shares["max_uploads_bytes"], self.max_body_bytes)
        return self.model_copy(update=shares)

    @property
    def runs_store_url(self) -> str:
        """SQLAlchemy URL of the store of the runs."""
        return self.runs_url or f"sqlite:///{self.runs_dir.absolute()}/runs.sqlite"

    @cached_property
    def listens_on_loopback_only(self) -> bool:
        """Whether only this machine can reach the server."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"
