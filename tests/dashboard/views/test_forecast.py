"""The fan, the curve of the chance, the page and the API of forecasts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1.element_tree import Element

from analysis.forecast.monthly_history import month_end
from answers.forecast import chance_text, forecast_json, rough_text
from dashboard.forecasts import StoredForecast
from dashboard.views.forecast import chart
from dashboard.views.forecast.page import closest
from tests.support.forecasts import last_month, told
from tests.support.serving import Server, serving
from tests.support.visiting import opened, words

# -- the chart ---------------------------------------------------------------------------------------------------------


def test_the_fan_has_the_past_two_bands_and_a_dashed_middle(forecast_store: str) -> None:
    found = told(forecast_store, "flask")
    spec = chart.fan(found, chart.FanOptions("#123456", "stars", still=True)).to_dict()
    marks = [layer["mark"] for layer in spec["layer"]]
    assert [mark["opacity"] for mark in marks if mark["type"] == "area"] == [0.16, 0.26]
    assert [mark.get("strokeDash") for mark in marks if mark["type"] == "line"] == [None, [5, 4]]
    words = {row.get("label") for rows in spec["datasets"].values() for row in rows}
    assert {"80 %", "95 %"} <= words
    assert "params" not in json.dumps(spec["layer"])
    summary = chart.summary(found, "Flask")
    assert rough_text(found.months[-1]["high95"]) in summary
    assert len(chart.table(found)) == 12


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
    assert chance_text(found.chance[-1]["passed_by"]) in chart.chance_summary(found, "Flask", "Django")


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


@pytest.mark.usefixtures("at_kept")
def test_the_page_answers_in_one_sentence_and_tells_how_often_it_held(forecast_store: str) -> None:
    app = opened("forecast")
    found = told(forecast_store, "flask", "django")
    assert app.header[0].value.replace("\\", "") == found.sentence.partition(". ")[0] + "."
    said = words(app).replace("\\", "")
    assert found.held in said
    assert "Each by itself" in said
    assert len(app.get("vega_lite_chart")) == 4
    alone = opened("forecast", a="flask", b="-", up_to=f"{month_end(last_month() + 6):%Y-%m}")
    assert (
        alone.header[0].value.replace("\\", "")
        == told(forecast_store, "flask", months=6).sentence.partition(". ")[0] + "."
    )
    refused = opened("forecast", a="bottle", b="-")
    assert "There is no forecast of Bottle" in refused.header[0].value
    assert "Only 20 whole months" in words(refused)


def test_the_page_says_what_to_do_before_anything_was_fitted(at_store: Callable[..., None], sqlite_url: str) -> None:
    at_store(sqlite_url)
    app = opened("forecast")
    assert app.header[0].value.replace("\\", "") == "No forecast was fitted yet."
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
