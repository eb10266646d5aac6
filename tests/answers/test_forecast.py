"""A forecast in one sentence: its interval, its chance, how often it held, or why there is none."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from analysis.forecast.monthly_history import month_end
from answers.anomalies.answer import anomalies
from answers.anomalies.json_and_csv import anomalies_json
from answers.forecast import chance_text, rough_text
from answers.questions import QuestionError, in_words
from catalog import load
from storage import Store
from tests.support.forecasts import fitted, last_month, told
from tests.support.planting import plant
from tests.support.serving import copied
from uptake.forecast_fits import ForecastRequest


def test_the_sentence_of_one_has_its_interval_and_says_what_if(forecast_store: str) -> None:
    found = told(forecast_store, "flask")
    row = found.months[-1]
    assert found.status == "forecast"
    assert len(found.months) == 12
    ahead = f"Flask will have {rough_text(row['low80'])} to {rough_text(row['high80'])} GitHub stars at the end of "
    assert found.sentence.startswith(ahead)
    assert "(80% range), if current trends continue. The 95% range is" in found.sentence
    test = found.backtest
    assert f"in {test['forecasts']} past forecasts" in found.held
    assert f"the 80% range contained the outcome {100 * test['held80']:.0f}% of the time" in found.held
    assert found.caveats[0].code == "forecast-knows-no-news"
    for row in found.months:
        assert row["low95"] <= row["low80"] <= row["median"] <= row["high80"] <= row["high95"]


def test_of_two_it_is_the_chance_of_the_one_behind_and_turned_round_the_same(forecast_store: str) -> None:
    one, other = told(forecast_store, "flask", "django"), told(forecast_store, "django", "flask")
    assert " chance of passing Django in GitHub stars by the end of " in one.sentence
    assert one.sentence.startswith("Flask has ")
    assert one.sentence.partition(". By then")[0] == other.sentence.partition(". By then")[0]
    assert one.chance == other.chance
    assert other.months[5]["low80"] == pytest.approx(1 / one.months[5]["high80"])
    assert chance_text(one.chance[-1]["passed_by"]) in one.sentence


def test_only_the_sources_that_figures_are_from_are_named(forecast_store: str) -> None:
    """Not those that count the metric and have given nothing: the almanac alone is in this store."""
    assert [source.id for source in told(forecast_store, "flask").sources] == ["almanac"]
    assert [source.id for source in told(forecast_store, "flask", "django").sources] == ["almanac"]
    with Store.open(forecast_store, read_only=True) as store:
        odd = anomalies(store, load(), datetime.now(UTC))
    assert {source for metric in odd.metrics for source in metric.sources} == {"almanac"}
    assert [source["id"] for source in anomalies_json(odd)["sources"]] == ["almanac"]


def test_an_overtake_that_has_happened_is_not_forecast(forecast_store: str, tmp_path: Path) -> None:
    url = copied(forecast_store, tmp_path)
    day = month_end(last_month()) + timedelta(days=3)
    with Store.open(url) as store:
        for name, stars in (("django", 51_100.0), ("flask", 51_090.0)):
            plant(store, "stars", name, {day: stars}, datetime.now(UTC))
    assert told(url, "flask", "django").status == "forecast"
    with Store.open(url) as store:
        plant(store, "stars", "flask", {day + timedelta(days=1): 51_300.0}, datetime.now(UTC))
        plant(store, "stars", "django", {day + timedelta(days=1): 51_200.0}, datetime.now(UTC))
    for pair in (("flask", "django"), ("django", "flask")):
        found = told(url, *pair)
        assert (found.status, found.code, found.chance) == ("refused", "passed", [])
        assert f"Flask was already ahead of Django on {in_words(day + timedelta(days=1))}" in found.sentence


def test_a_day_says_which_month_and_one_outside_is_an_error(forecast_store: str) -> None:
    day = month_end(last_month() + 3)
    assert told(forecast_store, "flask", by=day).months[-1]["month"] == day
    assert len(told(forecast_store, "flask", months=5).months) == 5
    with pytest.raises(QuestionError, match="is outside"):
        told(forecast_store, "flask", by=date(2001, 1, 1))
    with pytest.raises(QuestionError, match="1 to 24"):
        told(forecast_store, "flask", months=25)
    with pytest.raises(QuestionError, match="two different"):
        told(forecast_store, "flask", "flask")
    with pytest.raises(QuestionError, match="no framework"):
        told(forecast_store, "flsk")


def test_why_there_is_none_is_said(forecast_store: str) -> None:
    short = told(forecast_store, "bottle")
    assert (short.status, short.code) == ("refused", "short")
    assert "Only 20 full months are available" in short.sentence
    assert "Bottle alone can't be forecast" in told(forecast_store, "bottle", "flask").sentence
    apart = told(forecast_store, "gin", "flask")
    assert (apart.status, apart.code) == ("refused", "apart")
    assert "uptake forecast stars --framework gin --against flask" in apart.sentence
    assert told(forecast_store, "rails").status == "none"
    assert "Run uptake forecast, or wait for the scheduler." in told(forecast_store, "rails").sentence
    assert told(forecast_store, "flask", as_of=datetime(2020, 1, 1, tzinfo=UTC)).status == "none"
    later = told(forecast_store, "flask", now=datetime.now(UTC) + timedelta(days=900))
    assert later.status == "over"
    assert "has run out" in later.sentence


def test_two_far_apart_are_set_against_each_other_when_asked(forecast_store: str, tmp_path: Path) -> None:
    assert fitted(forecast_store, ForecastRequest("stars", "gin", "flask")).made == 1
    found = told(forecast_store, "gin", "flask")
    assert found.status == "forecast"
    assert "less than a 1% chance" in found.sentence


def test_a_chance_is_never_certain() -> None:
    assert [chance_text(p) for p in (0.0, 0.004, 0.5, 0.994, 1.0)] == [
        "less than 1%", "less than 1%", "50%", "more than 99%", "more than 99%",
    ]  # fmt: skip
    assert [rough_text(v) for v in (1_234_567, 90_123, 151.2, 0.9871)] == ["1.23 million", "90,100", "151", "0.987"]
