"""Within a change in the counting a line is dashed, and nowhere else; where the gap of two lacks days it is hatched."""

from __future__ import annotations

from datetime import date

import pandas as pd

from catalog import Break
from dashboard.charts.layers.break_dashes import DASH, parted, within
from dashboard.charts.line_chart import Line, LineChartOptions, draw

CHANGE = Break("a", "break", "Changed", "", date(2024, 2, 10), date(2024, 3, 10), (), "")
INCIDENT = Break("b", "incident", "Days wrong", "", date(2024, 2, 10), date(2024, 3, 10), (), "")


def points(*values: float) -> pd.DataFrame:
    """One a month."""
    whens = pd.date_range("2024-01-01", periods=len(values), freq="MS")
    frame = pd.DataFrame({"line": "flask", "name": "Flask", "when": whens, "value": values})
    return frame.assign(status="final", about="", origin="", source="", shown="")


def test_only_the_ways_through_a_change_in_the_counting_are_within_it() -> None:
    assert within(points(1, 2, 3, 4, 5), [CHANGE]).tolist() == [False, False, True, True, False]
    assert not within(points(1, 2, 3, 4, 5), [INCIDENT]).any()
    assert not within(points(1, 2, float("nan"), 4, 5), [CHANGE]).any()


def test_what_is_dashed_is_not_drawn_in_full_as_well() -> None:
    rows, pieces = parted(points(1, 2, 3, 4, 5), [CHANGE])
    assert pieces["value"].tolist() == [2, 3, 4]
    assert rows["value"].isna().tolist() == [False, False, True, False, True, False, False]


def test_two_lines_are_two_pieces() -> None:
    two = pd.concat([points(1, 2, 3, 4), points(5, 6, 7, 8).assign(line="django")], ignore_index=True)
    _, pieces = parted(two, [CHANGE])
    assert pieces.groupby("piece")["value"].apply(list).tolist() == [[2, 3, 4], [6, 7, 8]]


def test_the_chart_has_a_dashed_layer_where_the_counting_changed() -> None:
    def dashed(breaks: list[Break]) -> int:
        chart = draw(points(1, 2, 3, 4, 5), LineChartOptions([Line("flask", "Flask", "#000000")], "", breaks=breaks))
        return sum(layer["mark"].get("strokeDash") == DASH for layer in chart.to_dict()["layer"])

    assert (dashed([CHANGE]), dashed([INCIDENT])) == (1, 0)
