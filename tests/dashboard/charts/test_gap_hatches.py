"""Where figures are missing a chart says so, and a last point that stands alone is joined to the line."""

from __future__ import annotations

import math

import pandas as pd

from dashboard.charts.layers.gap_hatches import gaps, lone_ends

NAN = float("nan")


def line(name: str, *values: float, status: str = "gap") -> pd.DataFrame:
    """A line with a point per month from January 2024 on; NaN: nothing is known, for that reason."""
    whens = pd.date_range("2024-01-15", periods=len(values), freq="31D")
    states = [status if math.isnan(value) else "final" for value in values]
    return pd.DataFrame({"line": name, "name": name.title(), "when": whens, "value": values, "status": states})


def test_a_gap_reaches_from_the_last_point_before_it_to_the_first_after_it() -> None:
    own = line("flask", 1, NAN, NAN, 4)
    (gap,) = gaps(own).to_dict("records")
    assert (gap["from"], gap["to"], gap["text"]) == (own["when"].iloc[0], own["when"].iloc[3], "no data")


def test_before_the_first_point_and_after_the_last_nothing_is_missing() -> None:
    assert gaps(line("flask", NAN, 1, 2, NAN)).empty


def test_a_gap_of_one_line_of_two_names_it_and_of_one_in_three_is_none_of_the_chart() -> None:
    two = pd.concat([line("flask", 1, NAN, 3), line("django", 1, 2, 3)])
    assert gaps(two)["text"].tolist() == ["no data: Flask"]
    assert gaps(pd.concat([two, line("fastapi", 1, 2, 3)])).empty


def test_a_break_in_the_counting_is_no_gap() -> None:
    assert gaps(line("flask", 1, NAN, 3, status="break")).empty
    assert lone_ends(line("flask", 1, 2, NAN, 3, status="break")).empty


def test_only_a_last_point_that_stands_alone_is_joined() -> None:
    assert lone_ends(line("flask", 1, 2, NAN, 4))["value"].tolist() == [2, 4]
    assert lone_ends(line("flask", 1, NAN, 3, 4)).empty
    assert lone_ends(line("flask", 1, 2, 3, 4)).empty
