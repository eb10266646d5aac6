"""Trends in depth: dimensions, releases and notes, and where a number comes from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest

from answers.events import ChartEvent
from answers.questions import Question, QuestionError
from catalog import load
from dashboard import cache
from dashboard.charts import event_strip
from dashboard.charts.figure import REST
from dashboard.widgets import dimensions
from dashboard.widgets.chart_frame import BANDS
from dashboard.widgets.dimensions import MOST_LINES
from storage import Store
from tests.support.serving import COUNTRIES
from tests.support.visiting import charts, opened, words

METRIC = "downloads_all_by_country"


# -- dimensions --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shown_deep")
def test_a_metric_without_a_total_opens_split_with_its_doubt_on_show() -> None:
    app = opened("trends", metric=METRIC, framework=["flask", "django"])
    said = words(app)
    assert app.selectbox(key="control_dimension").value == "country=*"
    assert ("Flask was downloaded most from the United States: 1,200 times in October 2026.") in said
    assert load().metrics[METRIC].badge in said
    assert f"Drawn are the {MOST_LINES} largest of {len(COUNTRIES)}, the rest added up" in said
    assert charts(app) == 1
    app.segmented_control(key="control_of").set_value("django").run()
    assert "Django was downloaded most from the United States: 2,400 times in October 2026" in words(app)
    assert app.query_params["of"] in ("django", ["django"])


@pytest.mark.usefixtures("shown_deep")
@pytest.mark.parametrize(
    ("dimension", "said"),
    [
        (
            "country=DE",
            "Django has the most PyPI downloads from Germany: 2,000 in October 2026.",
        ),
        (
            "region=eu27",
            "Django has the most PyPI downloads from the European Union (27): 7,200 in October 2026.",
        ),
    ],
)
def test_one_value_is_compared_between_frameworks(dimension: str, said: str) -> None:
    app = opened("trends", metric=METRIC, framework=["flask", "django"], dimension=dimension)
    assert said in words(app)
    address = next(link.url for link in app.link_button if "/series.csv" in link.url)
    assert address.endswith(f"&dimension={dimension}&download=1")
    assert not app.warning


@pytest.mark.usefixtures("shown_deep")
@pytest.mark.parametrize(("dimension", "part"), [("country=DE", "12.8%"), ("region=eu27", "46.2%")])
def test_a_part_is_of_the_frameworks_own_total(dimension: str, part: str) -> None:
    app = opened("trends", metric=METRIC, framework=["flask", "django"], dimension=dimension, view="part")
    assert f"Flask {part}" in words(app)  # of 7,800
    assert f"Django {part}" in words(app)


@pytest.mark.usefixtures("shown_deep")
def test_the_rest_is_what_the_others_add_up_to() -> None:
    answer = cache.series(Question(METRIC, ("flask",), "country=*"))
    frame, _ = dimensions.largest(answer.frame, answer.metric, "level")
    rest = frame[frame["dimension"] == REST]
    assert rest["value"].tolist() == [100.0 * (4 + 3 + 2 + 1)] * 10
    assert frame["dimension"].nunique() == MOST_LINES + 1
    whole = answer.frame.groupby("period")["value"].sum()
    assert frame.groupby("period")["value"].sum().equals(whole)


@pytest.mark.usefixtures("shown_deep")
def test_regions_overlap_and_are_never_added_up() -> None:
    answer = cache.series(Question(METRIC, ("flask",), "region=*"))
    frame, _ = dimensions.largest(answer.frame, answer.metric, "level")
    assert REST not in set(frame["dimension"])
    assert "Regions overlap" in words(opened("trends", metric=METRIC, framework="flask", dimension="region=*"))


@pytest.mark.usefixtures("shown_deep")
def test_a_level_has_no_part() -> None:
    with pytest.raises(QuestionError):
        cache.series(Question("stars", ("flask",), view="part"))


# -- releases and notes ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shown_deep")
def test_releases_are_marked_when_asked_for_and_pre_releases_apart() -> None:
    assert not opened("trends", framework="flask").dataframe
    app = opened("trends", framework="flask", events="on")
    titles = list(app.dataframe[0].value["Title"])
    assert {"3.1.0", "3.1.1"} <= set(titles)
    assert "3.1.0rc1" not in titles
    assert "icks below the lines are releases" in words(app)
    early = opened("trends", framework="flask", events="on", prereleases="on").dataframe[0].value
    found = early[early["Title"] == "3.1.0rc1"]
    assert found["What"].tolist() == ["pre-release"]
    assert found["Link"].isna().all()  # javascript: is no link


def test_labels_are_thinned_by_weight_and_never_touch() -> None:
    def mark(day: int, title: str, kind: str = "release") -> ChartEvent:
        return ChartEvent(date(2026, 1, day), date(2026, 1, day), kind, title, "", "", ("flask",), (), None)

    span = (pd.Timestamp("2026-01-01"), pd.Timestamp("2026-01-31"))
    marks = [mark(2, "2.0.1"), mark(3, "3.0.0"), mark(4, "3.0.1rc1", "prerelease"), mark(20, "3.1.0")]
    rows = event_strip.drawn(marks, {"flask": "Flask"}, span)
    assert rows.loc[rows["w250"], "label"].tolist() == ["3.0.0", "3.1.0"]
    assert rows["w1000"].sum() >= rows["w250"].sum()
    assert event_strip.weight(mark(1, "Moved", "note")) == 0


@pytest.mark.usefixtures("loopback")
def test_a_note_is_added_shown_and_removed(own_full_store: str, at_store: Callable[..., None]) -> None:
    at_store(own_full_store)
    app = opened("trends", framework="flask", events="on")
    app.date_input(key="note_day").set_value(date(2024, 4, 1))
    app.text_input(key="note_text").set_value("A talk *about* it")
    app.text_input(key="note_url").set_value("javascript:alert(1)")
    next(button for button in app.button if button.label == "Add").click().run()
    assert "A note's address starts with" in words(app)
    app.text_input(key="note_url").set_value("https://example.org/talk")
    next(button for button in app.button if button.label == "Add").click().run()
    assert not app.exception
    with Store.open(own_full_store) as store:
        (note,) = store.notes()
    assert (note.framework, note.day, note.title) == ("flask", date(2024, 4, 1), "A talk *about* it")
    assert "A talk *about* it" in list(app.dataframe[0].value["Title"])
    app.button(key=f"remove_note_{note.id}").click().run()
    with Store.open(own_full_store) as store:
        assert store.notes() == []


# -- where a number comes from -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shown_deep")
def test_a_number_leads_to_its_run_and_answer() -> None:
    app = opened("trends", metric="downloads_all", framework="flask")
    app = opened("trends", metric="downloads_all", framework="flask", trace="flask@2026-09-01")
    said = words(app)
    assert "41,001 downloads per day" in said
    assert "**Revised**: 1 time" in said
    assert "https://example.org/clickhouse" in said
    assert "asked by schedule, ok" in said
    assert "SHA-256" in said
    assert "answer 41001" in [code.value for code in app.code]
    assert list(app.dataframe[0].value["Value"]) == ["41,000 downloads per day"]
    app = opened("trends", metric="downloads_all", framework="flask")
    app.button(key="about_on").click().run()
    assert "41,001 downloads per day" in words(app)  # the newest of the first line
    assert app.selectbox(key="trace_day").value == "2026-09-01"


@pytest.mark.usefixtures("shown_deep")
@pytest.mark.parametrize(
    ("trace", "word"),
    [
        ("flask/country=DE@2026-10-01", "1,000 downloads per month"),
        ("flask/country=XX@2026-10-01", "There is no figure of"),
        ("nobody@2026-10-01", "nobody"),
        ("flask@2026-13-01", "month"),
    ],
)
def test_a_link_to_a_trace_is_answered_or_explained(trace: str, word: str) -> None:
    app = opened("trends", metric=METRIC, framework="flask", trace=trace)
    assert word in words(app)


@pytest.mark.usefixtures("shown_deep")
def test_a_trace_that_is_none_is_not_shown() -> None:
    assert "SHA-256" not in words(opened("trends", trace="<img src=x>"))


def test_a_framework_without_data_is_named_above_the_chart(months_store: str, at_store: Callable[[str], None]) -> None:
    """Else a line would be missing without a word."""
    at_store(months_store)
    app = opened("trends", framework=["flask", "rails"])
    assert charts(app) == 1
    assert "Ruby on Rails has no data yet." in words(app)


@pytest.mark.usefixtures("shown")
def test_where_times_are_marked_a_chart_says_where_they_are_explained() -> None:
    assert BANDS in words(opened("trends", framework="flask", metric="downloads_pip_30d"))


@pytest.mark.usefixtures("shown_deep")
def test_what_was_not_chosen_follows_the_metric_as_a_direct_link_does() -> None:
    app = opened("trends")
    assert app.selectbox(key="control_view").value == "level"
    app.selectbox(key="control_metric").set_value("hiring_mentions").run()
    direct = opened("trends", metric="hiring_mentions")
    assert app.selectbox(key="control_view").value == direct.selectbox(key="control_view").value == "pooled"
    assert app.title[0].value == direct.title[0].value
    app.selectbox(key="control_metric").set_value("downloads_all").run()
    direct = opened("trends", metric="downloads_all")
    assert app.segmented_control(key="control_range").value == direct.segmented_control(key="control_range").value


@pytest.mark.usefixtures("shown_deep")
def test_what_was_chosen_stays_over_a_change_of_the_metric() -> None:
    app = opened("trends", view="index", range="1y")
    app.selectbox(key="control_metric").set_value("downloads_all").run()
    assert app.selectbox(key="control_view").value == "index"
    assert app.segmented_control(key="control_range").value == "1y"
