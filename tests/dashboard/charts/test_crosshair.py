"""What a reader sees at the moment the pointer is nearest to: every line's figure, the highest first, in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from catalog import Break
from dashboard.charts.layers.crosshair import MOST_MOMENTS, Crosshair, figure_text
from dashboard.charts.line_chart import AGE_ORIGIN, Line, LineChartOptions, draw

LINES = [Line("flask", "Flask", "#000000"), Line("django", "Django", "#111111")]


def points(*rows: tuple[str, str, float, str]) -> pd.DataFrame:
    """Points of (line, day, value, status), each about its own day."""
    frame = pd.DataFrame(rows, columns=["line", "when", "value", "status"])
    frame["when"] = pd.to_datetime(frame["when"])
    about = [f"{when.day} {when:%B %Y}" for when in frame["when"]]
    origin = frame["when"].dt.strftime("%Y-%m-%d")
    return frame.assign(name=frame["line"].str.title(), about=about, origin=origin, source="github", shown="")


def tips(frame: pd.DataFrame, unit: str = "stars") -> list[list[tuple[str, str]]]:
    """The texts at each moment, in their order."""
    return [list(row["tip"].items()) for row in Crosshair(frame, unit).rows]


def test_every_line_is_told_at_each_moment_the_highest_first() -> None:
    frame = points(
        ("flask", "2020-09-01", 51_000, "final"), ("flask", "2020-10-01", 52_000, "final"),
        ("django", "2020-09-01", 50_900, "final"), ("django", "2020-10-01", 52_500, "final"),
    )  # fmt: skip
    assert tips(frame) == [
        [("title", "1 September 2020"), ("Flask", "51,000"), ("Django", "50,900")],
        [("title", "1 October 2020"), ("Django", "52,500"), ("Flask", "52,000")],
    ]


def test_a_figure_of_another_day_says_which_and_one_too_old_is_not_told() -> None:
    frame = points(
        ("flask", "2020-09-01", 51_000, "final"), ("flask", "2020-12-24", 53_000, "final"),
        ("django", "2020-09-04", 50_900, "final"),
    )  # fmt: skip
    assert tips(frame) == [
        [("title", "1 September 2020"), ("Flask", "51,000")],
        [("title", "4 September 2020"), ("Flask", "51,000 (1 September 2020)"), ("Django", "50,900")],
        [("title", "24 December 2020"), ("Flask", "53,000")],
    ]


def test_only_a_status_that_is_not_final_is_told_and_where_nothing_is_known_it_says_so() -> None:
    frame = points(
        ("flask", "2024-01-01", 5, "final"), ("flask", "2024-02-01", 6, "provisional"),
        ("django", "2024-01-01", 4, "final"), ("django", "2024-01-15", float("nan"), "gap"),
    )  # fmt: skip
    assert tips(frame)[-1] == [("title", "1 February 2024"), ("Flask", "6 (provisional)"), ("Django", "no data")]


def test_a_tip_has_no_source_no_unit_and_no_iso_date() -> None:
    frame = points(("flask", "2020-09-01", 0.51, "final"), ("flask", "2020-10-01", 0.5124, "final"))
    assert [text for tip in tips(frame, "share") for name, text in tip if name != "title"] == ["51%", "51.2%"]


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (13_912_345.4, "downloads per day", "13,912,345"),
        (0.148, "change", "+14.8%"),
        (-0.1, "change", "−10%"),
        (4.2, "times", "4.2 times"),
        (0.123, "index", "0.123"),
    ],
)
def test_a_figure_is_as_exact_as_it_is(value: float, unit: str, expected: str) -> None:
    assert figure_text(value, unit) == expected


def test_on_an_axis_of_ages_the_moment_is_an_age() -> None:
    days = [AGE_ORIGIN + pd.Timedelta(days=n) for n in (0, 731)]
    frame = points(*(("flask", str(day.date()), 5.0, "final") for day in days))
    assert [row["tip"]["title"] for row in Crosshair(frame, "stars", AGE_ORIGIN).rows] == ["0.0 years", "2.0 years"]


def test_a_known_break_is_told_at_the_moments_it_touches() -> None:
    frame = points(*(("flask", f"2020-{month:02}-15", float(month), "final") for month in range(1, 5)))
    dip = Break("dip", "incident", "A dip", "", date(2020, 3, 14), date(2020, 3, 20), ("stars",), "")
    texts = [row["tip"].get("Incident") for row in Crosshair(frame, "stars", breaks=[dip]).rows]
    assert texts == [None, None, "A dip", None]


def test_the_fields_of_the_moments_leave_no_room_between_them() -> None:
    frame = points(*(("flask", f"2020-{month:02}-15", float(month), "final") for month in range(1, 13)))
    rows = Crosshair(frame, "stars").rows
    assert all(row["from"] < row["when"] < row["to"] for row in rows)
    assert [row["to"] for row in rows[:-1]] == [row["from"] for row in rows[1:]]


def test_a_long_line_has_a_tip_at_so_many_moments_and_every_point_the_nearest() -> None:
    days = pd.date_range("2000-01-01", periods=3 * MOST_MOMENTS, freq="D")
    frame = points(*(("flask", str(day.date()), 1.0, "final") for day in days))
    cross = Crosshair(frame, "stars")
    assert len(cross.rows) == MOST_MOMENTS
    nearest = cross.nearest(frame["when"])
    assert nearest == sorted(nearest)
    assert set(nearest) == set(range(MOST_MOMENTS))


def layers(chart: dict[str, Any]) -> list[str]:
    """The kinds of marks of a chart."""
    return [layer["mark"]["type"] for layer in chart["layer"]]


def test_a_picture_answers_no_pointer() -> None:
    frame = points(("flask", "2020-09-01", 5, "final"), ("flask", "2020-10-01", 6, "final"))
    still = draw(frame, LineChartOptions(LINES, "stars", still=True)).to_dict()
    assert "params" not in still
    assert not any("tooltip" in layer["mark"] for layer in still["layer"])
    assert "rect" in layers(draw(frame, LineChartOptions(LINES, "stars")).to_dict())
    assert "rect" not in layers(still)


def test_a_point_can_be_clicked_only_where_it_is_traced() -> None:
    frame = points(("flask", "2020-09-01", 5, "final"), ("flask", "2020-10-01", 6, "final"))
    named = [
        {param["name"] for param in draw(frame, LineChartOptions(LINES, "stars", traced=traced)).to_dict()["params"]}
        for traced in (True, False)
    ]
    assert "traced" in named[0]
    assert "traced" not in named[1]
