"""Who leads: one sentence of all metrics."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from answers.leaders.answer import leaders, leaders_json
from answers.leaders.wording import headline
from answers.questions import QuestionError
from answers.series.rows import COLUMNS
from catalog import load
from storage import Store
from tests.support.planting import days, plant

NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)
POST = date(2020, 11, 25)
LAST = date(2026, 9, 15)
THREE = ("flask", "django", "fastapi")
CATALOG = load()


class TestLeaders:
    def test_the_answer(self, dated: Store) -> None:
        told = leaders(dated, CATALOG, THREE, NOW)
        assert told.sentence.startswith(
            "FastAPI has the most GitHub stars (101,745). It passed Django on 10 or 11 April 2025."
        )
        passed = "Django passed Flask in GitHub stars between 25 and 27 September 2020"
        assert f"{passed}, while Flask led in PyPI downloads" in told.sentence
        rows = {r.metric: r for r in told.rows}
        assert (rows["stars"].leader, rows["stars"].runner_up, rows["stars"].lead) == ("fastapi", "django", 13157)
        assert rows["stars"].since_bracket == (date(2025, 4, 10), date(2025, 4, 11))
        assert (rows["downloads_pip_30d"].leader, rows["downloads_pip_30d"].since_bracket) == ("flask", None)
        assert rows["so_worked_with"].leader is None
        assert list(rows["stars"].spark.columns) == list(COLUMNS)

    def test_as_it_stood(self, dated: Store) -> None:
        told = leaders(dated, CATALOG, THREE, NOW, on=POST)
        rows = {r.metric: r for r in told.rows}
        assert (rows["stars"].leader, rows["stars"].lead) == ("django", 828)
        assert rows["stars"].spark["period_end"].max() <= pd.Timestamp(POST)
        assert not any("2023" in sentence for sentence in told.past)

    def test_nobody_leads_what_nobody_knows(self, sqlite_store: Store) -> None:
        told = leaders(sqlite_store, CATALOG, THREE, NOW)
        assert (told.rows, told.past) == ((), ())
        assert told.sentence == "No metric has data on two of these frameworks yet."

    def test_one_is_no_race(self, sqlite_store: Store) -> None:
        with pytest.raises(QuestionError, match="at least two"):
            leaders(sqlite_store, CATALOG, ("flask",), NOW)


def test_of_a_survey_the_newest_edition_says_who_leads(dated: Store) -> None:
    """ASP.NET Core was second in 2024; of 2025 its share is not known."""
    row = next(r for r in leaders(dated, CATALOG, (), NOW).rows if r.metric == "so_worked_with")
    assert (row.leader, row.runner_up, row.period[1].year) == ("express", "fastapi", 2025)


@pytest.mark.parametrize("on", [date(2018, 9, 1), date(2019, 1, 1), date(2021, 10, 1)])
def test_once_published_an_edition_counts_with_its_source(dated: Store, on: date) -> None:
    answer = leaders(dated, CATALOG, (), NOW, on=on)
    told = leaders_json(CATALOG, answer)
    assert told["retrieved_at"] == NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert {source["id"] for source in told["sources"]} >= {"pydevsurvey"}


def _without_a_new_figure(store: Store, metric: str, newest: date, oldest: date) -> Store:
    """Django is ahead of Flask and Bottle, and its last figure is of a day long before theirs."""
    store.mirror_frameworks([(one.id, one.title) for one in CATALOG.frameworks.values()])
    for name, value, last in (("django", 9000.0, oldest), ("flask", 700.0, newest), ("bottle", 80.0, newest)):
        plant(store, metric, name, dict.fromkeys(days(date(2026, 5, 1), last), value), NOW)
    return store


@pytest.mark.parametrize(
    ("metric", "oldest", "said"),
    [
        ("stars", date(2026, 6, 12), "Django, whose last figure is 9,000 on 12 June 2026."),
        ("downloads_no_mirrors", date(2026, 7, 1), "whose last figure is 252,000 in the 28 days to 1 July 2026."),
    ],
)
def test_who_was_ahead_and_is_not_read_any_more_is_named(
    sqlite_store: Store, metric: str, oldest: date, said: str
) -> None:
    store = _without_a_new_figure(sqlite_store, metric, date(2026, 9, 15), oldest)
    told = leaders(store, CATALOG, ("django", "flask", "bottle"), NOW)
    (row,) = told.rows
    assert (row.leader, [one.framework for one in row.left_out]) == ("flask", ["django"])
    assert said in row.sentence
    assert said in told.sentence
    assert told.sentence.startswith("Of those with a new figure, Flask has the most ")
    assert headline(CATALOG, told).endswith("lack a new figure of Django.")
    assert leaders_json(CATALOG, told)["rows"][0]["left_out"][0]["until"] == oldest.isoformat()


def test_nobody_is_left_out_who_was_behind(sqlite_store: Store) -> None:
    store = _without_a_new_figure(sqlite_store, "stars", date(2026, 9, 15), date(2026, 9, 15))
    plant(store, "stars", "quart", {date(2026, 5, 1): 3.0}, NOW)
    told = leaders(store, CATALOG, ("django", "flask", "bottle", "quart"), NOW)
    assert (told.rows[0].leader, told.rows[0].left_out) == ("django", ())


def test_too_close_to_call_are_the_two_that_have_most(sqlite_store: Store) -> None:
    """Of three that chance alone may tell apart, the order in which they are named says nothing."""
    sqlite_store.mirror_frameworks([(one.id, one.title) for one in CATALOG.frameworks.values()])
    for place, name in enumerate(("flask", "django", "bottle")):
        weekly = {day: 1000.0 + 5 * place + 300 * (day.toordinal() % 5) for day in days(date(2026, 5, 1), LAST)}
        plant(sqlite_store, "downloads_no_mirrors", name, weekly, NOW)
    (row,) = leaders(sqlite_store, CATALOG, ("flask", "django", "bottle"), NOW).rows
    assert (row.leader, row.pair) == (None, ("bottle", "django"))


def test_a_metric_without_a_figure_near_the_day_is_named(dated: Store) -> None:
    told = leaders(dated, CATALOG, ("falcon", "sanic", "pyramid"), NOW, on=date(2019, 5, 1))
    said = "No figures in GitHub stars of two of these are near 1 May 2019: the next are of 4 May 2019."
    assert said in told.sentence
    assert "stars" in leaders_json(CATALOG, told)["unread"][0]["metric"]
    told = leaders(dated, CATALOG, ("falcon", "sanic", "pyramid"), NOW, on=date(2026, 10, 1))
    assert told.sentence.startswith("No metric has data on two of these frameworks near 1 October 2026. No figures in ")
    assert "the last are of 25 June 2026" in told.sentence


def test_who_is_read_again_ahead_soon_after_the_day_is_named(sqlite_store: Store) -> None:
    store = _without_a_new_figure(sqlite_store, "stars", date(2026, 9, 15), date(2026, 5, 1))
    plant(store, "stars", "sanic", {date(2026, 8, 1): 950.0}, NOW)
    told = leaders(store, CATALOG, ("flask", "bottle", "sanic"), NOW, on=date(2026, 7, 20))
    assert "Left out as not read by then: Sanic, whose next figure is 950 on 1 August 2026." in told.rows[0].sentence
    assert told.sentence.startswith("Of those with a new figure, Flask ")


def test_who_is_named_and_not_read_is_said_to_be_so(sqlite_store: Store) -> None:
    store = _without_a_new_figure(sqlite_store, "stars", date(2026, 9, 15), date(2026, 9, 15))
    plant(store, "stars", "quart", {date(2026, 5, 1): 3.0}, NOW)
    told = leaders(store, CATALOG, ("django", "flask", "bottle", "quart"), NOW, on=date(2026, 9, 10))
    assert told.rows[0].sentence.endswith(" No figure of Quart is near 10 September 2026.")
