"""Counters for Prometheus, one registry an application (each worker process counts for itself)."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """What /metrics shows. Labels are route patterns and known methods, so that clients cannot add any."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "convscope_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "convscope_request_seconds",
            "Time to answer; event streams and health checks are left out.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "convscope_requests_in_flight", "Requests being answered.", registry=self.registry
        )
        self.pictures_refused = Counter(
            "convscope_pictures_refused",
            "Uploads that were not decoded, by reason; a rise may be an attack.",
            ("reason",),
            registry=self.registry,
        )

    def count(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """Count one answered request; `seconds` is None for what has no meaningful duration."""
        self.requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        if seconds is not None:
            self.seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)
