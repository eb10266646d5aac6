"""The fan, the curve of the chance, the page and the API of forecasts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from analysis.forecast.monthly_history import month_end
from answers.forecast import chance_text, forecast_json
from dashboard.charts.figure import parted
from dashboard.stored_forecasts import StoredForecast
from dashboard.views.forecast import chart
from dashboard.views.forecast.page import closest
from tests.support.forecasts import last_month, told
from tests.support.serving import Server, serving
from tests.support.visiting import charts, links, opened, words

# -- the chart ---------------------------------------------------------------------------------------------------------


def test_the_fan_has_the_past_two_bands_and_a_dashed_middle(forecast_store: str) -> None:
    found = told(forecast_store, "flask")
    spec = chart.fan(found, chart.FanOptions("#123456", "stars", still=True)).to_dict()
    marks = [layer["mark"] for layer in spec["layer"]]
    assert [mark["opacity"] for mark in marks if mark["type"] == "area"] == [0.16, 0.26]
    assert [mark.get("strokeDash") for mark in marks if mark["type"] == "line"] == [None, [5, 4]]
    words = {row.get("label") for rows in spec["datasets"].values() for row in rows}
    assert {"80%", "95%"} <= words
    assert "params" not in json.dumps(spec["layer"])
    table = chart.table(found)
    assert len(table) == 12
    assert table["95% to"].iloc[-1] == found.months[-1]["high95"]


def test_a_fan_that_spans_much_is_drawn_by_ratios(forecast_store: str) -> None:
    found = told(forecast_store, "flask")
    assert not chart.logarithmic(found)
    wide = [row | {"high95": 5 * row["high95"]} for row in found.months]
    found = replace(found, months=wide)
    assert chart.logarithmic(found)
    spec = chart.fan(found, chart.FanOptions("#123456", "stars")).to_dict()
    areas = [layer for layer in spec["layer"] if layer["mark"]["type"] == "area"]
    assert {layer["encoding"]["y"]["scale"]["type"] for layer in areas} == {"log"}


def test_the_curve_of_the_chance_names_its_ends(forecast_store: str) -> None:
    found = told(forecast_store, "flask", "django")
    spec = json.dumps(chart.chance(found, "Flask", chart.FanOptions("#123456", "")).to_dict())
    assert f"{chance_text(found.chance[-1]['passed_by'])} passed" in spec
    assert "Flask has passed by then" in spec
    assert chart.table(found)["Has passed by then, %"].iloc[-1] == round(100 * found.chance[-1]["passed_by"], 1)


def test_the_race_shown_first_is_the_most_open_one() -> None:
    alone, dead = StoredForecast("a", "", "", "", "", 0.0), StoredForecast("c", "", "too short", "", "", 0.0)
    races = [
        StoredForecast("a", "b", "", "a", "b", 0.9),
        StoredForecast("a", "d", "", "a", "d", 0.4),
        StoredForecast("a", "e", "", "a", "e", 0.01),
    ]
    assert closest([alone, dead, *races]) == ("a", "d")
    assert closest([dead, alone]) == ("a", "")
    assert closest([dead]) == ("c", "")


# -- page, API, command ------------------------------------------------------------------------------------------------


@pytest.fixture
def at_kept(forecast_store: str, at_store: Callable[..., None]) -> None:
    at_store(forecast_store)


def heading(app: AppTest) -> str:
    """The one heading of the first level."""
    (title,) = app.title
    return str(title.value).replace("\\", "")


@pytest.mark.usefixtures("at_kept")
def test_the_page_answers_in_one_sentence_and_says_how_often_it_held(forecast_store: str) -> None:
    app = opened("forecast")
    found = told(forecast_store, "flask", "django")
    assert heading(app) == parted(found.sentence)[0].rstrip(".")
    said = words(app).replace("\\", "")
    assert found.held in said
    assert parted(found.sentence)[1] in said
    assert found.metric.badge in said
    assert charts(app) == 1
    assert [fold.label for fold in app.expander][1] == "Back-test and model"
    tested = app.dataframe[0].value
    assert found.backtest is not None
    assert tested["Forecasts"].tolist() == [row["forecasts"] for row in found.backtest["rows"]]
    alone = opened("forecast", a="flask", b="-", up_to=f"{month_end(last_month() + 6):%Y-%m}")
    assert heading(alone) == parted(told(forecast_store, "flask", months=6).sentence)[0].rstrip(".")
    refused = opened("forecast", a="bottle", b="-")
    assert heading(refused) == "We can't forecast Bottle in GitHub stars"
    assert "Only 20 full months are available (" in words(refused)
    assert "at least 36 are needed." in words(refused)
    assert charts(refused) == 0


@pytest.mark.usefixtures("at_kept")
def test_the_chance_and_each_side_alone_are_segments(forecast_store: str) -> None:
    chance = opened("forecast", show="chance")
    found = told(forecast_store, "flask", "django")
    assert heading(chance) == parted(found.sentence)[0].rstrip(".")
    assert charts(chance) == 1
    numbers = opened("forecast", show="chance", table="on").dataframe[0].value
    assert numbers["Has passed by then, %"].tolist() == [round(100 * row["passed_by"], 1) for row in found.chance]
    alone = opened("forecast", show="alone")
    assert charts(alone) == 2
    said = words(alone).replace("\\", "")
    for name in ("flask", "django"):
        assert parted(told(forecast_store, name).sentence)[0] in said
    assert opened("forecast", show="chance", b="-").segmented_control == []


@pytest.mark.usefixtures("at_kept")
def test_every_picture_and_file_of_a_forecast_asks_what_the_page_asks() -> None:
    app = opened("forecast", show="chance")
    for kind in ("png", "svg", "html", "csv"):
        assert any(f"/api/v1/forecast.{kind}?metric=stars" in link and "show=chance" in link for link in links(app)), (
            kind
        )
    app.button(key="about_on").click().run()
    assert "uptake forecast stars" in words(app)


def test_the_page_says_what_to_do_before_anything_was_fitted(at_store: Callable[..., None], sqlite_url: str) -> None:
    at_store(sqlite_url)
    app = opened("forecast")
    assert heading(app) == "No forecast has been fitted yet"
    assert [e.value for e in app.get("code") if isinstance(e, Element)] == ["uptake forecast"]


@pytest.fixture(scope="module")
def server(forecast_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(forecast_store, tmp_path_factory.mktemp("server")) as running:
        yield running


def test_the_api_says_what_the_answer_says(forecast_store: str, server: Server) -> None:
    got = server.get("/api/v1/forecast.json?metric=stars&framework=flask&against=django&months=7")
    assert got.status == 200
    assert got.json == json.loads(json.dumps(forecast_json(told(forecast_store, "flask", "django", months=7))))
    assert server.get("/api/v1/forecast.json?metric=stars&framework=rails").json["status"] == "none"
    for wrong in ("metric=stars", "metric=stars&framework=flask&months=0", "metric=stars&framework=flask&x=1"):
        assert server.get(f"/api/v1/forecast.json?{wrong}").status == 400
