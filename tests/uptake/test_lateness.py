"""What is late is late everywhere: in the status, in an alert, in what `/healthz` says and in a digest of then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from answers.collection.freshness import GOOD, freshness
from catalog import Kind, Metric, Source, load
from storage import Batch, Counts, Observation, Payload, Period, Store
from uptake.alerts.late_sources import late_source_alerts
from uptake.digest.source_states import source_states
from uptake.health import health

CATALOG = load()
LAST = datetime(2026, 8, 31, 12, tzinfo=UTC)
AGES = (0, 2, 3, 4, 5, 10, 11, 21, 22, 41, 43, 60)
ASKED = [s for s in CATALOG.sources.values() if s.available and s.cadence.times and s.stale_after_days is not None]


def _period(metric: Metric, day: date) -> Period:
    return Period.month(day.year, day.month) if metric.period == "month" else Period.day(day)


def _collected(store: Store, source: Source, metric: Metric, newest: date, ended: datetime) -> None:
    dimension = "" if metric.has_total else f"{metric.dimensions[0]}=US"
    base = 1000 if metric.kind is Kind.SHARE else None
    seen = Observation(metric.id, "flask", _period(metric, newest), 0.5, base, dimension)
    run = store.start_run(source.id, trigger="schedule", now=ended)
    body = f"{metric.id} {newest}".encode()
    store.write(run.id, "flask", "told", Batch(Payload(source.id, "https://example.org/", body, ended), (seen,)))
    store.progress(run.id, done=1, planned=1, counts=Counts(new=1), note="")
    store.finish(run.id, "ok", counts=Counts(new=1), failures=[], now=ended)


def _late_in_digest(store: Store, now: datetime) -> set[str]:
    """The sources that a digest of that moment calls anything but up to date."""
    states = {source: text for source, text, _ in source_states(store, CATALOG, now)}
    assert list(states) == [s.id for s in ASKED]
    return {s.id for s in ASKED if not states[s.id].startswith(f"{s.title} was up to date")}


@pytest.mark.parametrize("goes_on", [False, True], ids=["stopped", "nothing new"])
def test_one_rule_says_what_is_late(sqlite_store: Store, *, goes_on: bool) -> None:
    """At ages on either side of every limit; `goes_on`: sources are asked, and have nothing new."""
    sqlite_store.mirror_frameworks([("flask", "Flask")])
    for source in ASKED:
        for name in (name for stream in source.streams for name in stream.metrics):
            _collected(sqlite_store, source, CATALOG.metrics[name], LAST.date(), LAST)
    judged: dict[int, set[str]] = {}
    for age in AGES:
        now = LAST + timedelta(days=age, minutes=1)
        for source in ASKED if goes_on else ():
            _collected(sqlite_store, source, CATALOG.metrics[source.streams[0].metrics[0]], LAST.date(), now)
        late = {e.source for e in freshness(sqlite_store, CATALOG, now) if e.state not in GOOD}
        alerts = [a.text for a in late_source_alerts(sqlite_store, CATALOG, [], now, scheduled=False)]
        assert late == {s.id for s in ASKED if any(text.startswith(f"{s.title} is late") for text in alerts)}
        (said, *_) = health(sqlite_store, CATALOG, now).problems or ("",)
        assert late == {s.id for s in ASKED if s.title in said}
        assert late == _late_in_digest(sqlite_store, now)
        judged[age] = late
    assert (judged[0], judged[AGES[-1]]) == (set(), {s.id for s in ASKED})
    assert len({frozenset(late) for late in judged.values()}) > 3


def test_what_was_late_is_told_as_it_was_then(sqlite_store: Store) -> None:
    """A figure that came later does not make the source of that moment young."""
    sqlite_store.mirror_frameworks([("flask", "Flask")])
    github, stars = CATALOG.sources["github"], CATALOG.metrics["stars"]
    _collected(sqlite_store, github, stars, LAST.date(), LAST)
    then = LAST + timedelta(days=9)
    (before,) = (e for e in freshness(sqlite_store, CATALOG, then, then) if e.source == "github")
    _collected(sqlite_store, github, stars, then.date(), then + timedelta(days=1))
    (after,) = (e for e in freshness(sqlite_store, CATALOG, then + timedelta(days=2), then) if e.source == "github")
    assert before == after
    assert (before.state, before.newest) == ("stale", LAST.date())
