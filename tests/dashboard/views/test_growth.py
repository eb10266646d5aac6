"""Trends: every view, years of age, the growth table, the ratio a click away, lost stars; and growth.json."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from answers.growth.ages import AgeOrigin, AgeOrigins
from answers.growth.wording import figure_words
from answers.questions import Question
from answers.series.views import VIEWS
from catalog import load
from dashboard import cache
from dashboard.charts import line_chart
from dashboard.charts.line_points import points
from dashboard.views.trends import ages, controls, growth_table
from dashboard.views.trends.growth_table import MOST_COLUMNS
from dashboard.widgets.dimensions import Cut
from migrations import migrate
from storage import Batch, Counts, Observation, Payload, Period, Store
from tests.support.serving import Server
from tests.support.visiting import charts, opened, words

METRICS = load().metrics
WINDOWS = "downloads_all_window"  # with a break in 2025


def csv_address(app: AppTest) -> str:
    """Where the page has the CSV from."""
    return next(str(link.url) for link in app.link_button if "/series.csv" in link.url)


# -- the views ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shown")
def test_every_view_of_stars_answers_and_has_its_url() -> None:
    app = opened("trends", metric="stars", view="year-on-year", framework=["flask", "django"])
    assert app.selectbox(key="control_view").value == "year-on-year"
    assert not app.warning
    for view in controls.views(METRICS["stars"], Cut("")):
        app.selectbox(key="control_view").set_value(view).run()
        assert not app.exception
        assert re.search(r"\d", app.title[0].value)
        assert charts(app) == 1
        if view != "level":
            assert app.query_params["view"] in (view, [view])
            assert f"&view={view}" in csv_address(app)


@pytest.mark.parametrize(
    ("metric", "out"),
    [
        ("stars", {"part", "pooled"}),
        ("downloads_all", {"part", "pooled", "gained-day"}),
        ("downloads_pip_30d", {"part", "pooled", "gained-day", "gained-week", "gained", "gained-year", "four-weeks"}),
        ("so_worked_with", set(VIEWS) - {"level"}),
        ("hiring_mentions", set(VIEWS) - {"level", "pooled"}),
    ],
)
def test_only_views_that_make_sense_are_offered(metric: str, out: set[str]) -> None:
    assert set(VIEWS) - set(controls.views(METRICS[metric], Cut(""))) == out
    alone = controls.views(METRICS[metric], Cut(""), ("flask",))
    assert not {"ratio", "share"} & set(alone)


@pytest.mark.usefixtures("shown")
def test_the_ratio_is_a_click_away_from_a_growth_that_is_refused() -> None:
    app = opened("trends", metric=WINDOWS, framework=["flask", "django", "fastapi"], show="growth")
    said = words(app)
    assert "Year on year: the counting changed in between: another copy of the log (1 to 31 May 2025)" in said
    app.button(key="show_ratio").click().run()
    assert not app.exception
    assert charts(app) == 1
    assert app.query_params["view"] in ("ratio", ["ratio"])
    assert app.query_params["to"] in ("django", ["django"])
    assert "as a multiple of Django" in app.title[0].value
    assert f"/api/v1/series.csv?metric={WINDOWS}&framework=django,flask" in csv_address(app)
    assert not [button for button in app.button if button.key == "show_ratio"]


@pytest.mark.usefixtures("shown")
def test_a_refused_year_breaks_the_line_and_says_so() -> None:
    app = opened("trends", metric=WINDOWS, framework="flask", view="year-on-year")
    said = words(app)
    assert "No observations here yet" in said  # all of it lies across the break
    assert "The counting" in said or "the counting changed in between" in said


# -- the table ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shown")
def test_the_growth_table_has_each_figure_with_its_days() -> None:
    app = opened("trends", metric="stars", framework=["flask", "django", "fastapi"], show="growth")
    table = app.table[0].value
    assert list(table.columns) == ["Flask", "Django", "FastAPI", "Days compared"]
    figures = {
        str(name): [re.sub(r"\\(.)", r"\1", str(cell)) for cell in row] for name, *row in table.itertuples(name=None)
    }
    assert [re.sub(r"\[(.*)\]\(.*", r"\1", cell) for cell in figures["Last figure"]] == [
        "72,133", "88,588", "101,745", "2026-08-22",
    ]  # fmt: skip
    assert "trace=flask%402026-08-22" in figures["Last figure"][0]
    year = figures["Year on year"]
    assert year[0] == "+1,935 (+2.8%)"  # 72,133 less 70,198
    assert year[3] == "2025-08-21 to 2026-08-22"
    assert figures["Average growth per year, full record"][2].endswith("(2020-03-11 to 2026-08-22)")
    said = words(app)
    assert "FastAPI gained the most GitHub stars: +13,126 stars (+14.8%) from 21 August 2025 to 22 August 2026" in said
    assert "Shares are of the frameworks you selected, not of all frameworks." in said
    assert "Withdrawn stars can be shown once GitHub's star history has been collected" in said
    assert any(button.url.startswith("/api/v1/growth.json?metric=stars") for button in app.link_button)


@pytest.mark.usefixtures("shown_deep")
def test_fewer_stars_gained_do_not_read_as_stars_lost_and_every_figure_is_in_the_csv() -> None:
    growth = cache.growth(Question("stars", ("flask", "django", "fastapi")))
    rows = [row for row in growth.rows if row.figures["four-weeks"].stands]
    assert rows
    for row in rows:
        assert re.fullmatch(
            r"gained [\d,]+, [\d.]+% (fewer|more)", figure_words(growth.catalog, growth.metric, row, "four-weeks")
        )
    table = growth_table.figures(growth)
    assert len(table) == sum(len(row.figures) for row in growth.rows)
    told = table[(table["framework"] == "django") & (table["figure"] == "year-on-year")].iloc[0]
    assert told["after"] - told["before"] == told["gained"]
    said = words(opened("trends", metric="stars", framework=["flask", "django", "fastapi"], show="growth"))
    assert growth.metric.badge in said


@pytest.mark.usefixtures("shown")
def test_many_frameworks_leave_the_rest_to_the_json() -> None:
    names = [f.id for f in load().frameworks.values()][:12]
    app = opened("trends", metric="stars", framework=names, show="growth")
    assert len(app.table[0].value.columns) == MOST_COLUMNS + 1
    assert "4 more frameworks are in the JSON" in words(app)


@pytest.mark.usefixtures("shown")
def test_a_survey_does_not_grow_and_says_so_once() -> None:
    said = words(opened("trends", metric="so_worked_with", framework=["flask", "django"], show="growth"))
    assert said.count("has no growth rate") == 2  # in the sentence and beneath the table


# -- years of age ------------------------------------------------------------------------------------------------------


def told(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    when = pd.to_datetime([day for _, day, _ in rows])
    columns = {"line": [line for line, _, _ in rows], "when": when, "value": [value for *_, value in rows]}
    return pd.DataFrame(columns).assign(status="final", about=[day for _, day, _ in rows])


def test_births_are_laid_on_one_day_and_who_has_none_is_left_out() -> None:
    born = AgeOrigins(
        "the first release known", {"a": AgeOrigin(date(2010, 1, 1), ""), "b": AgeOrigin(date(2020, 1, 1), "")}, {}, ""
    )
    drawn = told([("a", "2009-12-31", 1), ("a", "2012-01-01", 2), ("b", "2022-01-01", 3), ("c", "2022-01-01", 4)])
    moved = ages.aligned(drawn, born)
    assert moved["line"].tolist() == ["a", "b"]
    assert (moved["when"] - line_chart.AGE_ORIGIN).dt.days.tolist() == [730, 731]
    assert moved["about"].tolist() == ["2012-01-01, at 2.0 years", "2022-01-01, at 2.0 years"]


@pytest.mark.usefixtures("shown")
def test_along_the_age_the_headline_compares_at_the_age_of_the_youngest() -> None:
    app = opened("trends", metric="stars", framework=["fastapi", "sanic", "django"], axis="release")
    assert app.title[0].value.startswith("GitHub stars, 7")
    assert re.search(
        r"as old as FastAPI is: FastAPI 101,745 and Sanic 1\d,\d{3}", re.sub(r"\\(.)", r"\1", app.title[0].value)
    )
    said = words(app)
    assert "Left out: Django, of which that day is not known." in said
    assert "Ages count from the first release" in said
    assert "Breaks and releases lie at different ages" in said
    assert charts(app) == 1


@pytest.mark.usefixtures("shown")
def test_where_no_ages_meet_that_is_the_answer() -> None:
    app = opened("trends", metric="stars", framework=["flask", "fastapi"], axis="release")
    assert "no two were seen at the same age after the first release" in words(app)
    app = opened("trends", metric="stars", framework="django", axis="release")
    assert "no figure of these frameworks since the first release" in words(app)
    assert charts(app) == 0


@pytest.mark.usefixtures("shown")
def test_an_axis_that_does_not_exist_is_explained() -> None:
    app = opened("trends", metric="stars", axis="starz")
    assert "which is not among “X axis”" in words(app)


# -- how much is drawn -------------------------------------------------------------------------------------------------


def frame_of(view: str, days: int, values: list[float]) -> pd.DataFrame:
    ends = pd.date_range("2020-01-01", periods=days, freq="D")
    starts = ends - pd.Timedelta(days=27) if view == "year-on-year" else ends
    told = {"framework": "flask", "metric": f"downloads_all/{view}", "dimension": "", "period": starts}
    status = ["gap" if value != value else "final" for value in values]  # noqa: PLR0124 - NaN
    return pd.DataFrame(told | {"period_end": ends, "value": values, "status": status, "source": "s"})


def test_overlapping_figures_are_thinned_and_a_refused_month_still_breaks_the_line() -> None:
    values = [float(k) for k in range(1_600)]
    values[60:91] = [float("nan")] * 31  # all of March 2020
    drawn, sentence = points(frame_of("year-on-year", len(values), values), METRICS["downloads_all"], {}, "change")
    assert sentence == "Drawn as the last value of each month; the table and the CSV have every day."
    assert drawn["value"].tolist()[:4] == [30.0, 59.0, pytest.approx(float("nan"), nan_ok=True), 120.0]
    assert drawn["origin"].iloc[0] == "2020-01-31"  # what went into it last
    assert len(drawn) == 53


def test_gains_by_the_day_are_means_and_not_the_last_day_of_a_month() -> None:
    values = [0.0, 10.0] * 700
    gains = frame_of("gained-day", len(values), values).assign(metric="stars/gained-day")
    drawn, sentence = points(gains, METRICS["stars"], {}, "stars per day")
    assert "mean per day of each month" in sentence
    assert drawn["value"].dropna().between(4, 6).all()


# -- lost stars and the API --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lost_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Flask: 10 stars a day for 100 days; on day 50 the counter showed 520, of which 500 still stand."""
    url = f"sqlite:///{tmp_path_factory.mktemp('lost') / 'uptake.db'}"
    migrate(url)
    first = date(2024, 2, 27)
    kept = tuple(Observation("stars_kept", "flask", Period.day(first + timedelta(days=k)), 10) for k in range(100))
    seen = tuple(
        Observation("stars", "flask", Period.day(first + timedelta(days=k)), v) for k, v in ((49, 520), (99, 1000))
    )
    with Store.open(url) as store:
        run = store.start_run("github", trigger="cli", now=datetime(2024, 6, 6, tzinfo=UTC))
        payload = Payload("github", "https://example.org/stars", b"{}", datetime(2024, 6, 6, tzinfo=UTC))
        store.write(run.id, "flask", "snapshot", Batch(payload, seen))
        store.write(run.id, "flask", "history", Batch(payload, kept))
        store.finish(run.id, "ok", counts=Counts(new=102), failures=[], now=datetime(2024, 6, 6, tzinfo=UTC))
    return url


@pytest.mark.parametrize("metric", ["stars", "stars_kept"])
def test_lost_stars_are_told_in_words_beside_either_metric(
    metric: str, lost_store: str, at_store: Callable[..., None]
) -> None:
    at_store(lost_store)
    said = words(opened("trends", metric=metric, framework="flask", show="growth"))
    assert "Of the 520 stars that Flask had on 16 April 2024, 20 (3.8%) are lost" in said


def test_the_api_tells_what_the_page_does(full_server: Server) -> None:
    answer = full_server.get("/api/v1/growth.json?metric=stars&framework=flask,django,fastapi")
    assert answer.status == 200
    found = answer.json
    assert str(found["sentence"]).startswith("FastAPI gained the most GitHub stars: +13,126")
    rows = found["rows"]
    assert isinstance(rows, list)
    assert (rows[0]["year-on-year"]["gained"], rows[0]["year-on-year"]["since"]) == (1935, "2025-08-21")
    assert found["share_of_everything"] is None
    assert found["caveats"]
    wrong = full_server.get("/api/v1/growth.json?metric=stars&view=index")
    assert (wrong.status, "Unknown parameter 'view'" in str(wrong.json["error"])) == (400, True)
    none = full_server.get("/api/v1/growth.json?metric=downloads_all_by_country")
    assert (none.status, "one part at a time" in str(none.json["error"])) == (400, True)
    ratio = full_server.get(f"/api/v1/series.csv?metric={WINDOWS}&framework=flask,django&view=ratio")
    assert ratio.status == 200
    assert f"django,{WINDOWS}/ratio," in ratio.body.decode()
    drawn = full_server.get(f"/api/v1/chart.svg?metric={WINDOWS}&framework=flask,django&view=ratio")
    assert drawn.status == 200
    assert "as a multiple of Flask" in drawn.body.decode()
