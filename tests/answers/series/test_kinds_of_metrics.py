"""What is said of a metric fits its kind: a monthly share comes each month, and so many per million are no count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from analysis.anomalies.detection import why_unlooked
from analysis.forecast.monthly_history import unforeseen_kind
from answers.agreement.answer import agreement, agreement_json
from answers.claims.check import check
from answers.forecast import forecast
from answers.growth.answer import growth
from answers.growth.wording import figure_words
from answers.leaders.answer import leaders
from answers.questions import Question
from answers.wording import lead, things
from catalog import Metric, load
from storage import Observation, Period, Store
from tests.support.clocks import NOW
from tests.support.planting import put

CATALOG = load()
POSTS, SURVEY = CATALOG.metrics["hiring_mentions"], CATALOG.metrics["so_worked_with"]


@pytest.mark.parametrize("why", [why_unlooked, unforeseen_kind])
def test_only_a_survey_comes_once_a_year(why: Callable[[Metric], str]) -> None:
    assert "once a year" in why(SURVEY)
    assert "year" not in why(POSTS)
    assert "share of" in why(POSTS)


def test_posts_agree_by_their_twelve_months(full: Store) -> None:
    answer = agreement(full, CATALOG, NOW, x="stars", y="hiring_mentions")
    rows = {row["framework"]: row for row in agreement_json(answer)["rows"]}
    assert round(rows["rails"]["y"], 3) == 0.040  # and not the 7 of 324 of June alone
    assert {row["x_per_million_y"] for row in rows.values()} == {None}
    assert "move before job posts on Hacker News:" in answer.leads.sentence


def test_so_many_per_million_are_said_so() -> None:
    metric = CATALOG.metrics["pageviews_per_million"]
    day = NOW.date()
    text = lead(CATALOG, metric, (("flask", 2.2), ("express", 2.0)), day, day, past=False)
    assert text.startswith("Flask has 2.2 views per million on English Wikipedia")
    assert things(CATALOG.metrics["downloads_pip_30d"]) == "pip downloads"


def test_months_are_split_into_no_days_and_small_gains_have_a_decimal(store: Store) -> None:
    months = [(year, month) for year in (2025, 2026) for month in range(1, 11)]
    seen = {"pageviews": 16_000, "pageviews_site": 5_000_000_000}
    for name, count in seen.items():
        put(
            store,
            *(Observation(name, "flask", Period.month(y, m), count + 400 * m * (y == 2026), dimension="")
              for y, m in months),
            at=NOW, source="wikimedia",
        )  # fmt: skip
    answer = growth(store, CATALOG, Question("pageviews_per_million", ("flask",)), NOW)
    metric, row = answer.metric, answer.rows[0]
    assert figure_words(CATALOG, metric, row, "last-day").endswith("the counts are per month.")
    assert figure_words(CATALOG, metric, row, "year-on-year").startswith("+0.8 (")


def test_what_is_named_is_judged_though_it_has_no_say_unasked(store: Store) -> None:
    for name, views in (("flask", 12_055), ("express", 10_987)):
        rows = [("pageviews", views, ""), ("pageviews_site", 5_400_000_000, "")]
        put(
            store,
            *(Observation(m, name, Period.month(2026, 10), v, dimension=d) for m, v, d in rows),
            at=NOW, source="wikimedia",
        )  # fmt: skip
    found = check(store, CATALOG, "flask leads express in wikipedia page views per million", NOW)
    assert [(e.metric, str(e.stance)) for e in found.evidence] == [("pageviews_per_million", "for")]
    assert [e.metric for e in check(store, CATALOG, "flask leads express", NOW).evidence] == ["pageviews"]


def test_a_forecast_across_registries_is_refused_and_not_put_off(store: Store) -> None:
    months = [Period.month(2026, month) for month in range(1, 11)]
    put(store, *(Observation("npm_downloads", "express", p, 1e6) for p in months), at=NOW, source="npm")
    put(store, *(Observation("downloads_all", "flask", p, 1e6) for p in months), at=NOW, source="clickhouse")
    found = forecast(store, CATALOG, "npm_downloads", "express", "flask", NOW)
    assert (found.status, found.code) == ("refused", "registries-not-comparable")
    assert "No package registry counts both Express and Flask" in found.sentence


def test_nobody_leads_because_the_others_were_read_together(store: Store) -> None:
    """Flask was read on 22 August, Starlette on 25 June: that they lie apart makes neither of them more recent."""
    june, august, now = date(2026, 6, 25), date(2026, 8, 22), date(2026, 11, 22)
    read = {
        "flask": {june: 71_855, august: 72_133, now: 72_757},
        "starlette": {june: 12_429, now: 12_900},
        "fastapi": {june: 99_000, august: 101_745, now: 105_386},
    }
    for name, days in read.items():
        rows = [Observation("stars", name, Period.day(day), stars) for day, stars in days.items()]
        put(store, *rows, at=NOW, source="github")
    for on in (date(2026, 10, 31), date(2026, 10, 1), august):
        assert {row.leader for row in leaders(store, CATALOG, (), NOW, on).rows} <= {"fastapi"}
