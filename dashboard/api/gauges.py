"""How the installation is, for Prometheus: gauges of sources, runs, alerts, scheduler and disk, told when asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from answers.collection.freshness import GOOD
from dashboard import cache
from dashboard.api import responses
from uptake.health import Health

PATH = "/prometheus"
MEDIA = "text/plain; version=0.0.4; charset=utf-8"
OFF = "Set UPTAKE_PROMETHEUS=true to have this address."


def prometheus(_request: Request) -> Response:
    """The gauges in Prometheus' text format; 404 where the setting does not ask for them."""
    if not cache.settings().prometheus:
        return responses.as_json({"error": OFF}, 404)
    registry = CollectorRegistry()
    registry.register(HealthCollector(cache.health()))
    return Response(generate_latest(registry), media_type=MEDIA)


class HealthCollector(Collector):
    """The health of an installation as gauges. A moment or day that is not known has no sample."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterable[Metric]:
        """Every gauge; times are in seconds since 1970, sizes in bytes."""
        health = self._health
        yield GaugeMetricFamily("uptake_healthy", "1 where nothing needs a look.", value=health.ok)
        yield GaugeMetricFamily("uptake_scheduler_running", "1 while a scheduler runs.", value=bool(health.scheduler))
        yield GaugeMetricFamily("uptake_alarms", "Alarms that wait for a look.", value=len(health.failures))
        yield GaugeMetricFamily(
            "uptake_alerts_waiting", "Alerts that wait to be delivered.", value=health.alerts.waiting
        )
        if health.room:
            yield GaugeMetricFamily("uptake_disk_free_bytes", "Free on the store's disk.", value=health.room.free)
            yield GaugeMetricFamily("uptake_store_bytes", "Taken by the store.", value=health.room.used)
        yield self._of_sources("uptake_source_good", "1 while a source needs no look.", self._states())
        yield self._of_sources(
            "uptake_source_newest_seconds",
            "The end of the newest day that most frameworks of a source have.",
            {source.source: _end(source.newest) for source in health.sources if source.newest},
        )
        yield self._of_sources(
            "uptake_source_complete_run_seconds",
            "The end of a source's last run for everything.",
            {s.source: s.whole_run_at.timestamp() for s in health.sources if s.whole_run_at},
        )

    def _states(self) -> dict[str, float]:
        return {source.source: source.state in GOOD for source in self._health.sources}

    @staticmethod
    def _of_sources(name: str, text: str, values: dict[str, float]) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(name, text, labels=["source"])
        for source, value in values.items():
            gauge.add_metric([source], value)
        return gauge


def _end(day: date) -> float:
    return datetime.combine(day + timedelta(days=1), time(), UTC).timestamp()
