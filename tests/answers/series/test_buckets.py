"""The last whole week or month of a daily amount: what the headline says is the last finished point of the chart."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest

from answers.questions import Question
from answers.series.answer import series
from answers.series.buckets import bucket_of, last_whole
from catalog import load
from dashboard.charts.line_points import points
from dashboard.display_text import number
from storage import Store
from tests.support.planting import at, days, plant

CATALOG = load()
METRIC = CATALOG.metrics["downloads_no_mirrors"]
LAST = date(2026, 11, 20)
NOW: datetime = at(date(2026, 11, 22), 6)


def planted(store: Store, first: date, holes: tuple[date, ...] = ()) -> pd.DataFrame:
    """Flask's and Django's downloads by day, more each day and none on holes of Flask's."""
    for name, level in (("flask", 1_000.0), ("django", 5_000.0)):
        values = {day: level + n for n, day in enumerate(days(first, LAST)) if name != "flask" or day not in holes}
        plant(store, "downloads_no_mirrors", name, values, NOW)
    return series(store, CATALOG, Question("downloads_no_mirrors", ("flask", "django")), NOW).frame


@pytest.mark.parametrize(
    ("first", "bucket"), [(date(2023, 1, 1), "month"), (date(2026, 6, 1), "week"), (date(2026, 10, 1), "")]
)
def test_the_longer_the_time_the_longer_the_mean(sqlite_store: Store, first: date, bucket: str) -> None:
    assert bucket_of(planted(sqlite_store, first), METRIC) == bucket


@pytest.mark.parametrize("view", ["year-on-year", "gained", "four-weeks"])
def test_what_reaches_back_is_no_amount_by_day(sqlite_store: Store, view: str) -> None:
    planted(sqlite_store, date(2023, 1, 1))
    frame = series(sqlite_store, CATALOG, Question("downloads_no_mirrors", ("flask",), view=view), NOW).frame
    assert bucket_of(frame, METRIC, view) == ""


def test_of_each_line_the_last_month_with_every_day(sqlite_store: Store) -> None:
    frame = planted(sqlite_store, date(2023, 1, 1), holes=(date(2026, 10, 7),))
    ends = last_whole(frame, "month").set_index("framework")
    months = {name: pd.Timestamp(row["period"]).date() for name, row in ends.iterrows()}
    assert months == {"flask": date(2026, 9, 1), "django": date(2026, 10, 1)}
    october = [5_000 + (day - date(2023, 1, 1)).days for day in days(date(2026, 10, 1), date(2026, 10, 31))]
    assert ends.loc["django", "value"] == sum(october) / 31


def test_without_a_whole_one_there_is_none(sqlite_store: Store) -> None:
    frame = planted(sqlite_store, date(2026, 10, 5))
    assert last_whole(frame, "month").empty


@pytest.mark.parametrize("first", [date(2023, 1, 1), date(2026, 6, 1)])
def test_sentence_and_last_finished_point_of_the_chart_are_one_number(sqlite_store: Store, first: date) -> None:
    frame = planted(sqlite_store, first)
    drawn, said = points(frame, METRIC, {}, METRIC.unit)
    assert "mean per day" in said
    final = drawn[drawn["status"] == "final"].dropna(subset=["value"]).groupby("line").tail(1).set_index("line")
    ends = last_whole(frame, bucket_of(frame, METRIC)).set_index("framework")
    assert ends["value"].to_dict() == final["value"].to_dict()
    sentence = series(sqlite_store, CATALOG, Question("downloads_no_mirrors", ("flask", "django")), NOW).sentence
    assert "per day" in sentence
    assert number(float(ends["value"].max())) in sentence
