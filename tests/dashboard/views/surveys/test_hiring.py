"""Job posts on the pages: the tab of *Surveys*, the line of *Overview*, the row of *Head to head*, *Trends*."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from answers.questions import Question
from catalog import load
from dashboard import cache
from dashboard.charts.figure import Style
from dashboard.views.surveys.hiring import figure
from tests.support.visiting import alts, opened, words

METRIC = "hiring_mentions"


@pytest.fixture
def store(full_store: str, at_store: Callable[..., None]) -> str:
    at_store(full_store)
    return full_store


@pytest.mark.usefixtures("store")
def test_the_tab_says_who_is_asked_for_with_n_interval_and_doubt() -> None:
    app = opened("surveys", show="hiring", framework=["flask", "fastapi"])
    said = words(app)
    assert app.title[0].value.startswith("FastAPI leads Flask in job posts")
    assert "Hacker News" not in app.title[0].value
    assert "FastAPI leads Flask in job posts on Hacker News in the twelve months to June 2026" in said
    assert "twelve months pooled · December 2011 to June 2026 · n = 3,999" in said
    assert "95% interval, at least: the same firms post every month" in said
    assert "Words in one forum" in said
    assert "FastAPI: counted from December 2018. A post of May 2012" in said
    assert alts(app)[0].startswith("Job posts that name it: FastAPI leads Flask")


@pytest.mark.usefixtures("store")
def test_a_framework_named_like_a_thing_has_no_line_and_the_page_says_why() -> None:
    app = opened("surveys", show="hiring", framework=["flask", "gin", "starlette"])
    said = words(app)
    assert "Gin: no line. Gin is a drink." in said
    assert "Starlette: no line. Not named: no more than six posts ever do." in said
    listed = app.dataframe[-1].value
    assert {"Pyramid", "Falcon", "Bottle", "Quart"} <= set(listed["Framework"])
    assert "FastAPI" not in set(listed["Framework"])  # it has one


@pytest.mark.usefixtures("store")
def test_nothing_but_unlisted_frameworks_is_an_answer_too() -> None:
    app = opened("surveys", show="hiring", framework=["gin"])
    assert "No twelve months in a row are stored" in words(app)


@pytest.mark.usefixtures("store")
def test_overview_has_one_line_and_head_to_head_a_row() -> None:
    overview = opened("overview")
    assert words(overview).count("job posts on Hacker News in the twelve months to June 2026") == 1
    assert METRIC not in {alt.partition(":")[0] for alt in alts(overview)}
    rows = opened("head_to_head", a="flask", b="fastapi", by=METRIC).dataframe[0].value
    row = rows[rows["Measure"] == "Job posts that name it"].to_dict("records")[0]
    assert row["Now"] == "FastAPI +2.4 points · 12 months to June 2026"
    assert row["Overtake"] == "31 October 2023 to 31 August 2024, still ahead"


@pytest.mark.usefixtures("store")
def test_trends_shows_twelve_months_first_and_months_when_asked() -> None:
    assert "twelve months pooled, in the twelve months to June 2026" in words(opened("trends", metric=METRIC))
    assert "in June 2026" in words(opened("trends", metric=METRIC, view="level"))


@pytest.mark.usefixtures("store")
def test_the_figure_is_drawn_in_both_themes_and_its_table_has_the_counts() -> None:
    both = ("flask", "fastapi")
    answer, months = (cache.series(Question(METRIC, both, view=view)) for view in ("pooled", "level"))
    for dark in (False, True):
        made = figure.figure(answer, months, "", load(), Style(dark))
        assert made.draw(300.0, True).to_dict()["layer"]
    holed = replace(answer, frame=answer.frame.assign(low=answer.frame["low"].mask(answer.frame.index == 5)))
    drawn = figure.figure(holed, months, "", load(), Style(dark=False)).draw(300.0, True).to_dict()
    (shade,) = (layer for layer in drawn["layer"] if layer["mark"].get("type") == "area")
    assert shade["mark"]["invalid"] == "break-paths-show-domains"
    assert sum(row["low"] is None for row in drawn["datasets"][shade["data"]["name"]]) == 1
    table = made.table
    assert table is not None
    rows = table[(table["Last day"].astype(str) == "2025-12-31") & (table["Framework"] == "FastAPI")]
    assert rows[["Posts naming it", "Posts"]].to_numpy().tolist() == [[128, 3991]]
