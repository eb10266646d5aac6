"""Job posts: twelve months pooled are what is compared and said, recounted here from the shipped table."""

from __future__ import annotations

import csv
import math
from datetime import date
from pathlib import Path

import pytest

import catalog
from answers.claims.check import check
from answers.growth.answer import growth
from answers.leaders.answer import leaders
from answers.overtakes.compare import Entry, compare
from answers.overtakes.history import overtakes_among
from answers.questions import Question, QuestionError
from answers.series.answer import series
from catalog import load
from storage import Store
from tests.support.clocks import NOW

CATALOG = load()
METRIC = "hiring_mentions"
TABLE = Path(catalog.__file__).parent / "almanac" / "hiring.csv"
Z = 1.959963984540054


def counted(framework: str, year: int) -> tuple[int, int]:
    """Posts of a year that name a framework, and posts: the standard library's count of the shipped table."""
    with TABLE.open() as file:
        rows = [r for r in csv.DictReader(file) if r["framework"] == framework and r["month"].startswith(str(year))]
    assert len(rows) == 12
    return sum(int(r["posts_naming"]) for r in rows), sum(int(r["posts"]) for r in rows)


def wilson(k: int, n: int) -> tuple[float, float]:
    centre = (k / n + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(k / n * (1 - k / n) / n + Z * Z / (4 * n * n))
    return centre - half, centre + half


@pytest.mark.parametrize(
    ("framework", "year", "naming", "posts", "percents"),
    [
        ("flask", 2018, 198, 9499, (2.08, 1.82, 2.39)),
        ("django", 2025, 104, 3991, (2.61, 2.16, 3.15)),
        ("fastapi", 2025, 128, 3991, (3.21, 2.70, 3.80)),
    ],
)
def test_twelve_months_are_summed_and_divided_to_the_digit(
    full: Store, framework: str, year: int, naming: int, posts: int, percents: tuple[float, float, float]
) -> None:
    assert counted(framework, year) == (naming, posts)
    answer = series(full, CATALOG, Question(METRIC, (framework,), view="pooled"), NOW)
    row = answer.frame[answer.frame["period_end"] == f"{year}-12-31"].to_dict("records")[0]
    assert (row["value"], row["base"], row["period"].date()) == (naming / posts, posts, date(year, 1, 1))
    assert (row["low"], row["high"]) == pytest.approx(wilson(naming, posts))
    assert tuple(round(100 * row[name], 2) for name in ("value", "low", "high")) == percents
    assert "hacker-job-trends" in row["source"]


def test_months_alone_keep_the_rule_of_300_and_the_young_one_is_marked(full: Store) -> None:
    answer = series(full, CATALOG, Question(METRIC, ("flask",)), NOW)
    months = answer.frame
    assert len(months) == 187
    assert months["value"].notna().sum() == (months["base"] >= 300).sum() == 143
    young = months.to_dict("records")[-1]
    assert (young["period"].date(), young["period_end"].date()) == (date(2026, 7, 1), date(2026, 7, 2))
    assert {"jobs-young-month", "too-few-asked"} <= set(young["caveats"].split())
    pooled = series(full, CATALOG, Question(METRIC, ("flask",), view="pooled"), NOW).frame
    assert pooled["period_end"].max().date() == date(2026, 6, 30)  # July was read on its second day
    assert "jobs-same-firms" in pooled["caveats"].iloc[-1]


def entry(store: Store, a: str, b: str, on: date | None = None) -> Entry:
    return next(e for e in compare(store, CATALOG, a, b, NOW, on=on).entries if e.metric == METRIC)


def test_fastapi_over_flask_is_settled_from_2024_on(full: Store) -> None:
    for on in (date(2024, 12, 31), date(2025, 12, 31), None):
        assert entry(full, "fastapi", "flask", on).leader == "fastapi"
    assert entry(full, "fastapi", "flask", date(2022, 12, 31)).leader == "flask"
    passed = overtakes_among(full, CATALOG, NOW, METRIC, ("fastapi", "flask"), None)
    assert [(o.winner, o.last_before, o.first_after) for o in passed] == [
        ("fastapi", date(2023, 10, 31), date(2024, 8, 31))
    ]


def test_fastapi_over_django_is_too_close_to_call_in_2025(full: Store) -> None:
    found = entry(full, "fastapi", "django", date(2025, 12, 31))
    assert (found.leader, found.verdict) == (None, "undecidable")
    assert (found.value_a, found.value_b) == (128 / 3991, 104 / 3991)
    assert (found.since, found.seen) == (date(2025, 1, 1), date(2025, 12, 31))
    assert found.sentence.startswith(
        "FastAPI and Django are too close to call in job posts on Hacker News in the twelve months to December 2025 "
        "(3.2% and 2.6%)"
    )
    assert overtakes_among(full, CATALOG, NOW, METRIC, ("fastapi", "django"), None) == ()


def test_leaders_say_over_which_months(full: Store) -> None:
    row = next(r for r in leaders(full, CATALOG, ("flask", "fastapi"), NOW).rows if r.metric == METRIC)
    assert row.leader == "fastapi"
    assert row.period == (date(2025, 7, 1), date(2026, 6, 30))
    assert "in job posts on Hacker News in the twelve months to June 2026" in row.sentence
    assert "(twelve months pooled)" in row.sentence


@pytest.mark.parametrize(
    ("text", "verdict", "words"),
    [
        (
            "Flask is less asked for in job posts than in 2020",
            "supported",
            "Flask had 1.7% in the twelve months to December 2020 and",
        ),
        ("Flask is less asked for than Django", "supported", "Django led Flask in job posts"),
        ("FastAPI leads Django in job posts", "not enough data", "too close to call"),
        ("Flask is more asked for than FastAPI", "contradicted", "FastAPI led Flask"),
        ("Flask fell in job posts in 2024", "supported", "in the twelve months to December 2023 and"),
    ],
)
def test_claims_are_judged_by_twelve_months(full: Store, text: str, verdict: str, words: str) -> None:
    judged = check(full, CATALOG, text, NOW)
    assert str(judged.verdict) == verdict
    assert [e.metric for e in judged.evidence] == [METRIC]
    assert words in judged.evidence[0].sentence


def test_what_makes_no_sense_of_it_is_refused(full: Store) -> None:
    with pytest.raises(QuestionError, match="shares of posts, which may name several"):
        series(full, CATALOG, Question(METRIC, ("flask",), view="index"), NOW)
    with pytest.raises(QuestionError, match="Only shares that are counted by the month are pooled"):
        series(full, CATALOG, Question("stars", ("flask",), view="pooled"), NOW)
    assert "respondents" not in growth(full, CATALOG, Question(METRIC, ("flask",)), NOW).sentence
