"""Q01: what happened to PyPI's counts in November 2021 and June 2024, day after day, as one story.

Linehaul counted a day twice, then next to nothing, then repaired it (linehaul #61); of 18 June 2024 the figures were
lost for good (pypistats.org #68).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from answers.questions import Question
from answers.series.answer import series
from catalog import load
from storage import Store
from tests.faults.oracle import collect
from tests.support.upstream import FakeClock, Upstream

pytestmark = pytest.mark.fault
FIRST = date(2021, 11, 1)
DOUBLED, LOST = date(2021, 11, 23), date(2021, 11, 26)
DAYS = [FIRST + timedelta(days=n) for n in range(30)]
TRUE = {day: 900_000 + 1000 * day.day for day in DAYS}

# What the source says of the days in question on each morning; of all others it says the truth.
TOLD: Mapping[date, Mapping[date, int | None]] = {
    date(2021, 11, 24): {DOUBLED: 2 * TRUE[DOUBLED]},
    date(2021, 11, 25): {DOUBLED: 2 * TRUE[DOUBLED]},
    date(2021, 11, 26): {DOUBLED: 780},
    date(2021, 11, 27): {DOUBLED: 780},
    date(2021, 11, 28): {LOST: None},
    date(2021, 11, 29): {LOST: None},
    date(2021, 11, 30): {LOST: None},
}


def said(morning: date) -> dict[date, int]:
    """The figures of every day before a morning, as the source then had them."""
    all_days: dict[date, int | None] = {**TRUE, **TOLD.get(morning, {})}
    return {day: value for day, value in all_days.items() if day < morning and value is not None}


def point_at(upstream: Upstream, morning: date) -> None:
    """Have the server say what the source said that morning."""
    for path, exchange in upstream.exchanges.items():
        if path.endswith("/overall"):
            kinds = (("without_mirrors", 0), ("with_mirrors", 50))
            data = [
                {"category": kind, "date": str(day), "downloads": value + more}
                for kind, more in kinds
                for day, value in said(morning).items()
            ]
        else:
            kind = "3.13" if path.endswith("python_minor") else "Linux"
            data = [{"category": kind, "date": str(day), "downloads": value} for day, value in said(morning).items()]
        upstream.exchanges[path] = replace(exchange, body={**exchange.body, "data": data})


def at(morning: date) -> datetime:
    return datetime(morning.year, morning.month, morning.day, 3, tzinfo=UTC)


def test_q01_a_day_doubled_emptied_and_repaired_and_one_lost_can_be_read_as_of_every_day(sqlite_store: Store) -> None:
    mornings = [FIRST + timedelta(days=n) for n in range(20, 30)]
    with Upstream.of("pypistats") as upstream:
        for morning in mornings:
            point_at(upstream, morning)
            assert collect(sqlite_store, FakeClock(at(morning)), upstream.url).status == "ok", morning
    for morning in mornings:
        frame = sqlite_store.read("downloads_no_mirrors", ["flask"], as_of=at(morning) + timedelta(hours=1))
        assert dict(zip((p.date() for p in frame["period"]), frame["value"], strict=True)) == said(morning), morning
    vintages = sqlite_store.revisions("downloads_no_mirrors", "flask")
    told = [(row["period"].date(), row["value"]) for row in vintages.to_dict("records")]
    assert told == [(DOUBLED, 2 * TRUE[DOUBLED]), (DOUBLED, 780), (LOST, TRUE[LOST])]
    question = Question("downloads_no_mirrors", ("flask",))
    answer = series(sqlite_store, load(), question, at(mornings[-1]) + timedelta(hours=1))
    rows = {row["period"].date(): row for row in answer.frame.to_dict("records")}
    assert rows[LOST]["status"] == "gap"
    assert rows[LOST]["value"] != rows[LOST]["value"]  # no number, and no zero
    assert rows[DOUBLED]["value"] == TRUE[DOUBLED]
    assert not list(sqlite_store.audit())
