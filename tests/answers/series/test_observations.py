"""Stars still held, by the day they were given: the running sum of a history that is whole, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from answers.claims.check import check
from answers.growth.answer import growth
from answers.overtakes.compare import compare
from answers.overtakes.history import overtakes
from answers.questions import Question
from answers.series.answer import series
from answers.series.observations import observations
from answers.wording import bracket
from catalog import load
from storage import Batch, Observation, Payload, Period, Store
from tests.support.planting import at, days, plant

CATALOG = load()
FIRST = date(2023, 1, 1)
TODAY = date(2026, 8, 1)
NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)


def history(
    store: Store, framework: str, given: Mapping[date, float], *, whole: bool = True, learned: datetime = NOW
) -> None:
    """GitHub's history of one repository, walked to its beginning or not."""
    rows = tuple(Observation("stars_kept", framework, Period.day(day), count) for day, count in given.items())
    cursor: dict[str, object] = {"walked_at": learned.isoformat()} if whole else {"more": True}
    run = store.start_run("github", trigger="schedule", now=learned)
    payload = Payload("github", "https://example.org/history", repr(given).encode(), learned)
    store.write(run.id, framework, "history", Batch(payload, rows, cursor))


def held(store: Store, framework: str, as_of: datetime | None = None) -> dict[str, float]:
    frame = observations(store, CATALOG, "stars_held", [framework], as_of=as_of)
    assert set(frame["metric"]) <= {"stars_held"}
    return dict(zip(frame["period"].dt.strftime("%Y-%m-%d"), frame["value"].tolist(), strict=True))


def test_it_is_the_running_sum_from_the_first_star_on(sqlite_store: Store) -> None:
    given = dict(zip(days(FIRST, FIRST + timedelta(days=4)), [0.0, 0.0, 3.0, 0.0, 2.0], strict=True))
    history(sqlite_store, "flask", given)
    # The days before the first star are no days with 0 stars: the repository may not have been there.
    assert held(sqlite_store, "flask") == {"2023-01-03": 3.0, "2023-01-04": 3.0, "2023-01-05": 5.0}


def test_a_history_that_does_not_reach_the_beginning_has_none(sqlite_store: Store) -> None:
    history(sqlite_store, "flask", dict.fromkeys(days(FIRST, TODAY), 1.0), whole=False)
    assert held(sqlite_store, "flask") == {}


def test_nothing_is_summed_across_a_hole(sqlite_store: Store) -> None:
    given = {day: 1.0 for day in days(FIRST, FIRST + timedelta(days=9)) if day != FIRST + timedelta(days=5)}
    history(sqlite_store, "flask", given)
    assert list(held(sqlite_store, "flask")) == [f"2023-01-0{n}" for n in range(1, 6)]


def test_it_is_what_was_known_then(sqlite_store: Store) -> None:
    """Two stars are taken back: the past falls, and what was known before stays to be read."""
    history(sqlite_store, "flask", dict.fromkeys(days(FIRST, FIRST + timedelta(days=2)), 5.0), learned=at(TODAY))
    later = at(TODAY + timedelta(days=30))
    history(sqlite_store, "flask", {FIRST: 3.0}, learned=later)
    assert list(held(sqlite_store, "flask").values()) == [3.0, 8.0, 13.0]
    assert list(held(sqlite_store, "flask", as_of=at(TODAY, 5)).values()) == [5.0, 10.0, 15.0]


@pytest.fixture
def overtaken(sqlite_store: Store) -> Store:
    """Two that nobody watched before: FastAPI gives 4 a day to Flask's 1 from 2024-01-01 on, 1,000 behind."""
    young = date(2024, 1, 1)
    history(
        sqlite_store, "flask", {FIRST: 1_365.0 - 365.0} | dict.fromkeys(days(FIRST + timedelta(days=1), TODAY), 1.0)
    )
    history(sqlite_store, "fastapi", dict.fromkeys(days(young, TODAY), 4.0))
    for name, stars in (("flask", 2_308.0), ("fastapi", 3_776.0)):
        plant(sqlite_store, "stars", name, {TODAY: stars}, at(TODAY))
    return sqlite_store


def test_it_dates_an_overtake_that_no_counter_saw(overtaken: Store) -> None:
    """1,365 + n of Flask against 4 (n + 1) of FastAPI n days after New Year 2024: behind until 453, ahead from 454."""
    (row,) = overtakes(overtaken, CATALOG, NOW).rows
    crossing = date(2024, 1, 1) + timedelta(days=454)
    assert (row.metric, row.winner, row.loser) == ("stars_held", "fastapi", "flask")
    assert row.last_before <= crossing <= row.first_after
    assert (row.first_after - row.last_before).days <= 2
    assert compare(overtaken, CATALOG, "fastapi", "flask", NOW).answer.startswith(
        f"FastAPI overtook Flask in GitHub stars {bracket('day', row.last_before, row.first_after)}."
    )
    checked = check(overtaken, CATALOG, "fastapi passed flask in stars in 2025", NOW)
    assert checked.verdict == "supported"


def test_it_is_a_metric_as_any_other(overtaken: Store) -> None:
    answer = series(overtaken, CATALOG, Question("stars_held", ("flask",)), NOW)
    assert answer.frame["value"].iloc[-1] == 1_000 + (TODAY - FIRST).days
    assert {"survivors-only", "held-dates-differ"} <= {caveat.code for caveat in answer.caveats}


def test_it_is_never_joined_with_the_counter(overtaken: Store) -> None:
    counter = series(overtaken, CATALOG, Question("stars", ("flask",)), NOW)
    assert len(counter.frame) == 1


def test_growth_points_to_it_where_the_counter_has_no_past(overtaken: Store) -> None:
    by_counter = growth(overtaken, CATALOG, Question("stars", ("flask",)), NOW)
    assert by_counter.sentence.endswith("For Flask, GitHub stars still held go back further (metric stars_held).")
    (row,) = growth(overtaken, CATALOG, Question("stars_held", ("flask",)), NOW).rows
    assert row.figures["year-on-year"].gained == 365


def test_days_that_may_still_grow_are_marked_and_compared_with_nothing(sqlite_store: Store) -> None:
    """At noon of 1 August the stars of 30 July and later are not all there: July is no whole month yet."""
    history(sqlite_store, "flask", dict.fromkeys(days(FIRST, TODAY), 2.0))
    frame = series(sqlite_store, CATALOG, Question("stars_held", ("flask",)), NOW).frame
    open_days = frame[frame["status"] == "provisional"]["period"].dt.date.tolist()
    assert open_days == [TODAY - timedelta(days=n) for n in (2, 1, 0)]
    (row,) = growth(sqlite_store, CATALOG, Question("stars_held", ("flask",)), NOW).rows
    assert row.period_end == TODAY - timedelta(days=3)
    assert {figure.until for figure in row.figures.values() if figure.until} <= set(days(FIRST, row.period_end))
    month = row.figures["last-month"]
    assert (month.since, month.until, month.gained) == (date(2026, 5, 31), date(2026, 6, 30), 60)
    gained = series(sqlite_store, CATALOG, Question("stars_held", ("flask",), view="gained"), NOW).frame
    assert gained[["period_end", "status"]].iloc[-1].tolist() == [pd.Timestamp(row.period_end), "provisional"]


def test_a_history_that_is_published_some_days_late_still_bears_out_the_counter(sqlite_store: Store) -> None:
    until = TODAY - timedelta(days=4)
    for name, level in (("django", 90_000.0), ("flask", 70_000.0)):
        history(sqlite_store, name, {FIRST: level} | dict.fromkeys(days(FIRST + timedelta(days=1), until), 0.0))
        plant(sqlite_store, "stars", name, {TODAY: level}, at(TODAY))
    (entry,) = [e for e in compare(sqlite_store, CATALOG, "django", "flask", NOW).entries if e.metric == "stars"]
    assert entry.verdict == "confirmed"
