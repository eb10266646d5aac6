"""A ring stands where an overtake is seen on the lines that are drawn, and says who passed whom and when."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from dashboard.charts.layers.overtake_rings import rings

TITLES = {"flask": "Flask", "django": "Django"}


def line(name: str, *points: tuple[str, float]) -> pd.DataFrame:
    """A line through these days and values."""
    days, values = zip(*points, strict=True)
    return pd.DataFrame({"line": name, "when": pd.to_datetime(list(days)), "value": values})


DJANGO = line("django", ("2020-09-01", 10.0), ("2020-09-11", 20.0), ("2020-10-01", 40.0))


def test_a_ring_stands_in_the_middle_of_the_bracket_on_the_line_of_the_winner() -> None:
    ring = rings([("django", "flask", date(2020, 9, 5), date(2020, 9, 7))], DJANGO, TITLES).iloc[0]
    assert (ring["when"], ring["value"]) == (pd.Timestamp("2020-09-06"), 15.0)
    assert ring["text"] == "Django passed Flask between 5 and 7 September 2020"


def test_on_a_logarithmic_axis_it_stands_on_the_line_too() -> None:
    ring = rings([("django", "flask", date(2020, 9, 5), date(2020, 9, 7))], DJANGO, TITLES, log=True).iloc[0]
    assert ring["value"] == pytest.approx((10 * 20) ** 0.5)


@pytest.mark.parametrize(
    ("before", "after"), [(date(2020, 8, 1), date(2020, 8, 9)), (date(2020, 10, 1), date(2020, 10, 9))]
)
def test_what_is_not_drawn_has_no_ring(before: date, after: date) -> None:
    assert rings([("django", "flask", before, after)], DJANGO, TITLES).empty
    assert rings([("flask", "django", date(2020, 9, 5), date(2020, 9, 7))], DJANGO, TITLES).empty


def test_in_a_gap_of_the_line_there_is_no_ring() -> None:
    gap = line("django", ("2020-09-01", 10.0), ("2020-09-11", float("nan")), ("2020-10-01", 40.0))
    assert rings([("django", "flask", date(2020, 9, 5), date(2020, 9, 7))], gap, TITLES).empty


def test_only_so_many_are_ringed_the_newest_first() -> None:
    brackets = [("django", "flask", date(2020, 9, day), date(2020, 9, day + 1)) for day in (3, 9, 20)]
    texts = list(rings(brackets, DJANGO, TITLES, most=2)["text"])
    assert texts == ["Django passed Flask on 20 or 21 September 2020", "Django passed Flask on 9 or 10 September 2020"]


def test_editions_are_named_and_stand_in_the_middle_of_their_years() -> None:
    shares = line("django", ("2020-07-01", 0.4), ("2024-07-01", 0.5))
    bracket = ("django", "flask", date(2020, 12, 31), date(2024, 12, 31))
    ring = rings([bracket], shares, TITLES, period="year").iloc[0]
    assert ring["text"] == "Django passed Flask between the 2020 and 2024 editions"
    assert ring["when"].year == 2022
    assert ring["value"] == pytest.approx(0.45, abs=0.001)
