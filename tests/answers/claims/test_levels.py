"""A number of one framework, a multiple of another's, and days before, after and by another: judged or refused."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

import catalog
from answers.claims.check import check
from answers.questions import QuestionError
from catalog import load
from storage import Store
from tests.support.clocks import NOW
from tests.support.planting import days, plant

CATALOG = load()
TABLE = Path(catalog.__file__).parent / "almanac" / "stars.csv"


def crossed(framework: str, stars: int) -> tuple[date, date]:
    """The last reading below a number and the next, by the shipped table and the standard library."""
    with TABLE.open() as file:
        rows = sorted((r["date"], int(r["stars"])) for r in csv.DictReader(file) if r["framework"] == framework)
    k = next(k for k, (_, value) in enumerate(rows) if value >= stars)
    return date.fromisoformat(rows[k - 1][0]), date.fromisoformat(rows[k][0])


@pytest.mark.parametrize(("framework", "stars"), [("fastapi", 100_000), ("flask", 50_000), ("django", 80_000)])
def test_a_number_was_reached_between_two_readings(full: Store, framework: str, stars: int) -> None:
    last, first = crossed(framework, stars)
    for text, verdict in (
        (f"{framework} reached {stars:,} stars", "supported"),
        (f"{framework} passed {stars // 1000}k stars in {first.year}", "supported"),
        (f"{framework} has reached {stars // 1000} thousand stars by {first.year}", "supported"),
        (f"{framework} reached {stars} stars before {first.year}", "contradicted"),
        (f"{framework} reached {stars} stars after {first.replace(day=28)}", "contradicted"),
        (f"{framework} reached {stars} stars on {first}", "not enough data"),
        (f"{framework} never reached {stars} stars", "contradicted"),
        (f"{framework} reached {10 * stars} stars by {first - timedelta(days=1)}", "contradicted"),
    ):
        checked = check(full, CATALOG, text, NOW)
        assert checked.verdict == verdict, text
        (evidence,) = checked.evidence
        assert evidence.metric == "stars"
    told = check(full, CATALOG, f"{framework} reached {stars:,} stars", NOW).evidence[0].sentence
    assert str(first.day) in told
    assert str(last.day) in told


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("django had 53,772 stars on 25 november 2020", "supported"),
        ("django had more than 50,000 stars on 25 november 2020", "supported"),
        ("django had fewer than 50,000 stars on 25 november 2020", "contradicted"),
        ("django had almost 54,000 stars on 25 november 2020", "supported"),
        ("django had 60,000 stars on 25 november 2020", "contradicted"),
        ("django had more than 50,000 stars in 2021", "supported"),
        ("fastapi has 50% more stars than flask", "disputed"),
        ("fastapi has more than 40% more stars than flask", "supported"),
        ("flask has about 20 % fewer stars than django", "supported"),
        ("django has 20 percent fewer stars than fastapi", "contradicted"),
        ("flask has half as many stars as fastapi", "contradicted"),
        ("flask has more than half the stars of fastapi", "supported"),
        ("flask has less than half as many stars as fastapi", "contradicted"),
        ("flask has three quarters of the stars of fastapi", "supported"),
        ("bottle has a tenth as many stars as django", "supported"),
        ("django has 10x the stars of bottle", "supported"),
        ("fastapi has had more stars than django since may 2025", "supported"),
        ("django passed flask in stars before 2021", "supported"),
        ("django passed flask in stars by 2020", "supported"),
        ("django passed flask in stars by 2019", "contradicted"),
        ("django passed flask in stars after 2019", "supported"),
        ("django passed flask in stars after 2021", "contradicted"),
        ("django passed flask in stars before 27 september 2020", "not enough data"),
        ("django passed flask in stars after 26 september 2020", "not enough data"),
        ("flask led django in stars before 2020", "supported"),
        ("flask led django in stars until september 2020", "supported"),
        ("django led flask in stars after 2020", "supported"),
        ("django leads flask in stars by december 2020", "supported"),
        ("django never led flask in stars before 2020", "supported"),
        ("flask has twice as many job posts as django", "contradicted"),
        ("django had half as many job posts as rails in 2022", "not enough data"),
    ],
)
def test_a_number_a_part_and_a_time_are_judged(full: Store, text: str, verdict: str) -> None:
    assert check(full, CATALOG, text, NOW).verdict == verdict


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("flask has 200 million downloads", "not of what is counted by the month"),
        ("flask reached 1 million downloads", "not of what is counted by the month"),
        ("fastapi has 5% more surveys than flask", "may mean points or a part of it"),
        ("django leads flask in stars by 2020", "may be a year or a number"),
        ("fastapi passed django in stars by 2030", "in the future"),
        ("django passed fastapi in stars before 2030", "in the future"),
        ("flask was more used than django in germany before 2020", "“before 2020” can't be combined"),
        ("flask fell in downloads before 2020", "“before 2020” can't be combined"),
    ],
)
def test_what_can_not_be_judged_is_refused_by_name(full: Store, text: str, reason: str) -> None:
    with pytest.raises(QuestionError, match=reason):
        check(full, CATALOG, text, NOW)


def test_one_reading_that_jumps_up_and_back_reached_nothing(sqlite_store: Store) -> None:
    """And what was not reached by an old reading may have been since."""
    sqlite_store.mirror_frameworks([(one.id, one.title) for one in CATALOG.frameworks.values()])
    values = dict.fromkeys(days(date(2026, 5, 1), date(2026, 6, 30)), 9_990.0) | {date(2026, 5, 20): 10_400.0}
    plant(sqlite_store, "stars", "flask", values, NOW)
    asked = "flask reached 10,000 stars"
    assert check(sqlite_store, CATALOG, asked, NOW).verdict == "not enough data"
    assert check(sqlite_store, CATALOG, f"{asked} by june 2026", NOW).verdict == "contradicted"
    assert check(sqlite_store, CATALOG, f"{asked} by 25 may 2026", NOW).verdict == "contradicted"
