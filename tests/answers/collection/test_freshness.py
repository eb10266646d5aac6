"""How old the figures are, source by source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from answers import wording
from answers.collection.failures import open_failures
from answers.collection.freshness import Freshness, freshness, freshness_sentence
from answers.questions import Question
from answers.series.answer import series
from catalog import load
from storage import Batch, Counts, Failure, Observation, Payload, Period, Store
from uptake.alerts.late_sources import gone_alerts, late_source_alerts

NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)
THREE = ("flask", "django", "fastapi")
CATALOG = load()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def of(store: Store, source: str, now: datetime = NOW) -> Freshness:
    return next(f for f in freshness(store, CATALOG, now) if f.source == source)


def collect(
    store: Store, ended: datetime, newest: date | None = None, frameworks: Sequence[str] = THREE,
    status: str = "ok", kind: str = "", failed: int = 0, only: Sequence[str] = (), source: str = "github",
    stream: str = "stream",
) -> None:  # fmt: skip
    """A run with a figure of these frameworks on a day; `only`: it was asked for by hand for these."""
    run = store.start_run(source, trigger="schedule", now=ended - MINUTE, frameworks=only)
    metric = "stars" if source == "github" else "downloads_no_mirrors"
    counts = Counts()
    for name in frameworks if newest else ():
        seen = Observation(metric, name, Period.day(newest or ended.date()), 1000.0)
        body = f"{name} {newest} {ended}".encode()
        counts += store.write(run.id, name, "snapshot", Batch(Payload(source, "https://x.org", body, ended), (seen,)))
    failures = [Failure("flask", stream if n == 0 else f"{stream} {n}", kind, "nobody answered") for n in range(failed)]
    store.progress(run.id, done=36, planned=36, counts=counts, note="")
    store.finish(run.id, status, counts=counts, failures=failures, now=ended)


def test_a_store_that_no_source_ever_reached_says_so(sqlite_store: Store) -> None:
    entries = freshness(sqlite_store, CATALOG, NOW)
    by_hand = {s.id for s in CATALOG.sources.values() if s.available and not s.cadence.times}
    assert {e.source: e.state for e in entries} == {
        s.id: "manual" if s.id in by_hand else "never" for s in CATALOG.sources.values() if s.available
    }
    assert freshness_sentence(CATALOG, entries).startswith("No source has been reached yet")


def test_a_source_is_stale_when_its_last_whole_run_is_too_long_ago(store: Store) -> None:
    collect(store, NOW, NOW.date())
    limit = timedelta(days=CATALOG.sources["github"].stale_after_days or 0)
    assert of(store, "github", NOW + limit).state == "fresh"
    assert of(store, "github", NOW + limit + MINUTE).state == "stale"


def test_a_run_that_was_put_off_is_no_success(sqlite_store: Store) -> None:
    run = sqlite_store.start_run("github", trigger="cli", now=NOW)
    sqlite_store.finish(
        run.id, "partial", counts=Counts(), failures=[], now=NOW, deferred_until=NOW + timedelta(hours=1),
        note="36 of 36 deferred",
    )  # fmt: skip
    github = of(sqlite_store, "github")
    assert (github.state, github.newest, github.age, github.whole_run_at) == ("never", None, None, None)


@pytest.mark.parametrize("months", [False, True])
def test_figures_that_end_88_days_ago_are_stale_however_lately_they_were_asked_for(
    sqlite_store: Store, *, months: bool
) -> None:
    last = NOW.date() - timedelta(days=88)
    if months:
        run = sqlite_store.start_run("clickhouse", trigger="schedule", now=NOW)
        seen = Observation("downloads_all_by_system", "flask", Period.month(2026, 8), 5.0, None, "system=Linux")
        payload = Payload("clickhouse", "https://x.org", b"1", NOW)
        counts = sqlite_store.write(run.id, "flask", "by_system", Batch(payload, (seen,)))
        sqlite_store.finish(run.id, "ok", counts=counts, failures=[], now=NOW)
    else:
        collect(sqlite_store, NOW, last, source="pypistats")
    source = of(sqlite_store, "clickhouse" if months else "pypistats")
    assert (source.state, source.whole_run_at) == ("stale", NOW)
    if not months:
        assert (source.newest, source.age) == (last, timedelta(days=87, hours=13, seconds=5))
        assert f"PyPI Stats is late, with data up to {wording.day(last)}." in freshness_sentence(CATALOG, [source])


def test_a_stream_that_fell_behind_makes_its_source_stale(sqlite_store: Store) -> None:
    collect(sqlite_store, NOW, NOW.date() - timedelta(days=1), source="pypistats")
    run = sqlite_store.start_run("pypistats", trigger="cli", now=NOW, frameworks=["flask"])
    seen = Observation("downloads_with_mirrors", "flask", Period.day(date(2026, 9, 1)), 5.0)
    sqlite_store.write(run.id, "flask", "overall", Batch(Payload("pypistats", "https://x.org", b"1", NOW), (seen,)))
    sqlite_store.finish(run.id, "ok", counts=Counts(new=1), failures=[], now=NOW)
    assert (of(sqlite_store, "pypistats").state, of(sqlite_store, "pypistats").newest) == ("stale", date(2026, 9, 1))


def test_a_stream_that_never_delivered_makes_its_source_late(sqlite_store: Store) -> None:
    """The counters come every day, the star history never did: after three days of trying that is late."""
    began = NOW - timedelta(days=3)
    collect(sqlite_store, began, began.date(), status="partial", kind="unavailable", failed=12, stream="history")
    assert of(sqlite_store, "github", began + HOUR).state == "fresh"
    collect(sqlite_store, NOW, NOW.date(), status="partial", kind="unavailable", failed=12, stream="history")
    github = of(sqlite_store, "github")
    assert (github.state, github.newest, github.undelivered) == ("stale", NOW.date(), ("stars_kept",))
    said = "GitHub is late, with data up to 22 November 2026. GitHub has never delivered new GitHub stars per day."
    assert freshness_sentence(CATALOG, [github]) == said
    [alert] = late_source_alerts(sqlite_store, CATALOG, [], NOW, scheduled=True)
    assert alert.text.startswith("GitHub is late: it has never delivered new GitHub stars per day. ")
    collect(sqlite_store, NOW + HOUR, NOW.date())  # nothing failed: the history is under way
    assert of(sqlite_store, "github", NOW + HOUR).state == "fresh"


def test_35_of_36_units_that_fail_for_30_days_are_stale(sqlite_store: Store) -> None:
    collect(sqlite_store, NOW - timedelta(days=30), NOW.date() - timedelta(days=30))
    collect(sqlite_store, NOW, NOW.date(), ["flask"], status="partial", kind="changed", failed=35)
    github = of(sqlite_store, "github")
    assert (github.state, github.newest) == ("stale", NOW.date() - timedelta(days=30))
    assert github.whole_run_at == NOW - timedelta(days=30)


def test_what_was_collected_of_one_framework_by_hand_makes_no_source_fresh(sqlite_store: Store) -> None:
    collect(sqlite_store, NOW, date(2026, 10, 2), ["flask"], only=["flask"])
    assert of(sqlite_store, "github").state == "stale"
    collect(sqlite_store, NOW, NOW.date(), ["flask"], only=["flask"])
    assert (of(sqlite_store, "github").state, of(sqlite_store, "github").whole_run_at) == ("stale", None)


def test_figures_of_another_source_or_of_days_to_come_are_no_figures_of_this_one(sqlite_store: Store) -> None:
    run = sqlite_store.start_run("almanac", trigger="cli", now=NOW)
    for day in (NOW.date(), date(2026, 12, 24)):
        seen = (Observation("stars", "flask", Period.day(day), 7.0),)
        source = "almanac:x" if day == NOW.date() else "github"
        payload = Payload(source, "https://x.org", f"{day}".encode(), NOW)
        sqlite_store.write(run.id, "flask", "stars", Batch(payload, seen))
    assert of(sqlite_store, "github").newest is None


def test_unreachable_keeps_its_figures_and_their_age(sqlite_store: Store) -> None:
    collect(sqlite_store, NOW, NOW.date())
    collect(sqlite_store, NOW, status="failed", kind="unavailable", failed=36)
    github = of(sqlite_store, "github")
    assert (github.state, github.newest, github.age) == ("unreachable", NOW.date(), timedelta(0))
    assert "nobody answered" in github.note
    collect(sqlite_store, NOW + MINUTE, NOW.date(), only=THREE)
    github = of(sqlite_store, "github", NOW + HOUR)
    assert github.state == "unreachable"
    assert github.note == "The last full run failed (36 of 36 units failed): nobody answered"  # not of that by hand
    assert freshness_sentence(CATALOG, [github]) == (
        f"GitHub was unreachable in its last full run, with data up to {wording.day(NOW.date())}. "
        "A later run for some frameworks worked: GitHub."
    )


def test_one_framework_that_is_gone_or_was_asked_for_in_vain_is_not_an_unreachable_source(
    sqlite_store: Store,
) -> None:
    collect(sqlite_store, NOW, NOW.date())
    collect(sqlite_store, NOW, status="failed", kind="gone", failed=36)
    assert of(sqlite_store, "github").state == "fresh"
    collect(sqlite_store, NOW, status="failed", kind="unavailable", failed=2, only=["flask"])
    assert of(sqlite_store, "github").state == "fresh"


@pytest.mark.parametrize(
    ("source", "metric"), [("almanac", "stars"), ("stackoverflow", "so_worked_with"), ("pydevsurvey", "pds_use")]
)
def test_the_newest_figure_of_a_source_is_the_newest_that_a_series_of_it_has(
    full: Store, source: str, metric: str
) -> None:
    """Tables of one source end in different years: full-time employees in 2023, the survey itself in 2025."""
    frame = series(full, CATALOG, Question(metric), NOW).frame.dropna(subset=["value"])
    assert of(full, source).newest == frame["period_end"].max().date()


def test_what_is_collected_by_hand_never_grows_stale(dated: Store) -> None:
    almanac = of(dated, "almanac", NOW + timedelta(days=9999))
    assert (almanac.state, almanac.next_due) == ("manual", None)


def test_after_a_deferral_the_next_run_is_the_one_that_comes(sqlite_store: Store) -> None:
    until = datetime(2026, 11, 22, 18, tzinfo=UTC)  # later than the regular 14:30
    run = sqlite_store.start_run("pypistats", trigger="schedule", now=NOW)
    sqlite_store.finish(run.id, "partial", counts=Counts(), failures=[], now=NOW, deferred_until=until)
    assert of(sqlite_store, "pypistats").next_due == until


def test_a_package_that_does_not_exist_is_one_alarm_a_source(sqlite_store: Store) -> None:
    collect(sqlite_store, NOW, status="failed", kind="gone", failed=4)
    [alarm] = open_failures(sqlite_store, CATALOG)
    assert (alarm.framework, alarm.stream) == ("flask", "stream, stream 1, stream 2, stream 3")


def test_what_is_gone_on_three_days_has_ended_and_one_alert_says_since_when(sqlite_store: Store) -> None:
    """Once is a gap, what may pass says nothing, and what a source never had is not gone from it."""
    keys = list[str]()

    def told(day: int, **how: Any) -> tuple[str, list[str]]:
        collect(sqlite_store, NOW + timedelta(days=day), **how)
        alerts = gone_alerts(sqlite_store, CATALOG, keys, NOW + timedelta(days=day))
        return next((a.message for a in open_failures(sqlite_store, CATALOG)), ""), [a.text for a in alerts]

    lacking = {"status": "partial", "kind": "gone", "failed": 1}
    ended = "pallets/flask has been gone from GitHub since 24 November 2026: its series end there, their history stays."
    assert told(1, status="partial", kind="gone", failed=1, source="pypistats") == ("nobody answered", [])
    assert told(0, newest=NOW.date()) == ("nobody answered", [])
    assert told(1, **lacking)[1] == []
    assert told(1, newest=NOW.date() + timedelta(days=1))[1] == []
    for day in (2, 2, 3):
        assert told(day, **lacking) == ("nobody answered", [])
    assert told(4, status="failed", kind="unavailable", failed=1)[1] == []
    assert told(5, **lacking) == (ended, [ended])
    assert told(6, **lacking) == (ended, [])
    assert len(sqlite_store.read("stars", ["flask"])) == 2
    assert told(7, newest=NOW.date() + timedelta(days=7))[0] != ended
    for day in (1, 2, 3, 4):
        assert told(day, status="partial", kind="gone", failed=1, source="pypistats")[1] == []
