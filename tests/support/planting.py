"""Figures planted into a store as sources would have told them, day by day: for tests of what is found in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from storage import Batch, Counts, Failure, Observation, Payload, Period, Store

SOURCES = {
    "stars": "github",
    "forks": "github",
    "downloads_no_mirrors": "pypistats",
    "downloads_with_mirrors": "pypistats",
    "downloads_all": "clickhouse",
}


def at(day: date, hour: int = 4) -> datetime:
    """That hour of a day, in UTC."""
    return datetime.combine(day, time(hour), UTC)


def days(first: date, last: date) -> list[date]:
    """Every day from the first to the last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def plant(
    store: Store, metric: str, framework: str, values: Mapping[date, float], learned: datetime, *, source: str = ""
) -> Counts:
    """Write what a source says about some days, as retrieved at a moment; what was known otherwise is revised."""
    told = tuple(Observation(metric, framework, Period.day(day), value) for day, value in values.items())
    payload = Payload(source or SOURCES[metric], f"https://example.org/{metric}", repr(values).encode(), learned)
    run = store.start_run(SOURCES[metric], trigger="schedule", now=learned)
    counts = store.write(run.id, framework, "planted", Batch(payload, told, fills_only=bool(source)))
    store.finish(run.id, "ok", counts=counts, failures=[], now=learned)
    return counts


def ran(store: Store, source: str, moment: datetime, status: str = "ok") -> None:
    """A run of a source that ended so."""
    failures = [] if status == "ok" else [Failure("flask", "overall", "unavailable", "it did not answer")]
    run = store.start_run(source, trigger="schedule", now=moment)
    store.finish(run.id, status, counts=Counts(), failures=failures, now=moment)


def snapshots(store: Store, metric: str, levels: Mapping[str, Mapping[date, float]]) -> None:
    """Levels that were seen each on its day."""
    for framework, values in levels.items():
        for day, value in values.items():
            plant(store, metric, framework, {day: value}, at(day))
