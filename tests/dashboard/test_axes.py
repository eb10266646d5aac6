"""What stands at the axes of values: short, even on a logarithmic scale, and with a word where nothing can be drawn."""

from __future__ import annotations

import re

import pandas as pd
import pytest
import vl_convert

from answers import wording
from catalog import load
from dashboard.charts.layers.axes import marks
from dashboard.charts.line_chart import Line, LineChartOptions, draw, in_utc, suggests_log, undrawn
from dashboard.export.svg import VEGA_LITE

METRICS = load().metrics


def labels(values: list[float], *, log: bool) -> list[str]:
    """The texts of a chart of these values that are numbers."""
    days = pd.date_range("2026-01-01", periods=len(values), unit="s")
    points = pd.DataFrame({"line": "a", "name": "A", "when": days, "value": values, "status": "final"})
    points = points.assign(shown="", about="", source="", origin="")
    chart = draw(points, LineChartOptions([Line("a", "A", "#000000")], "downloads", log=log, still=True))
    svg = vl_convert.vegalite_to_svg(in_utc(chart).to_dict(), vl_version=VEGA_LITE)
    return [text for text in re.findall(r">([^<>]+)</text>", svg) if re.fullmatch(r"[\d.,]+( million)?", text)]


def test_small_numbers_are_not_written_in_thousandths() -> None:
    texts = labels([0.1, 0.9], log=False)
    assert {"0.4", "0.5"} & set(texts)
    assert not any(text.endswith("m") for text in texts)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([380_000, 7_400_000], ["500,000", "1 million", "2 million", "5 million"]),
        ([1, 900_000], ["1", "10", "100", "1,000", "10,000", "100,000", "1 million"]),
        ([30_000, 2_000_000], ["100,000", "1 million"]),
    ],
)
def test_marks_of_a_logarithmic_axis_are_round(values: list[float], expected: list[str]) -> None:
    texts = labels(values, log=True)
    assert set(texts) == set(expected)


@pytest.mark.parametrize(
    ("high", "expected"),
    [
        (102_000, ["0", "25,000", "50,000", "75,000", "100,000"]),
        (14_800_000, ["0", "5 million", "10 million", "15 million"]),
        (8.1, ["0", "2", "4", "6", "8"]),
    ],
)
def test_an_axis_has_few_marks_in_the_words_of_the_text(high: float, expected: list[str]) -> None:
    assert labels([high / 2, high], log=False) == expected


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 3.3), (-2_500, 16_000), (61, 63), (0.0001, 0.0009), (5, 5.1)])
def test_there_are_at_most_five_round_marks_within_any_axis(low: float, high: float) -> None:
    values = marks(low, high)
    assert 2 <= len(values) <= 5
    assert low <= values[0] < values[-1] <= high


@pytest.mark.parametrize(
    ("last", "unit", "expected"),
    [
        ([13_900_000, 300_000], "downloads per day", True),
        ([13_900_000, 7_600_000, 1_800_000], "downloads per day", False),
        ([0.5, 0.001], "share", False),
        ([5], "stars", False),
        ([0, 5], "stars", False),
    ],
)
def test_a_logarithmic_axis_is_suggested_where_lines_end_far_apart(
    last: list[float], unit: str, expected: bool
) -> None:
    assert suggests_log(last, unit) is expected


def test_zeros_that_a_logarithmic_scale_leaves_out_are_said() -> None:
    assert undrawn(pd.DataFrame({"value": [1.0, float("nan")]})) == ""
    told = undrawn(pd.DataFrame({"value": [0.0, 5.0, 0.0]}))
    assert told == "A logarithmic scale has no place for 0: 2 figures of 0 or less are not drawn."


def test_no_more_digits_than_the_source_has() -> None:
    printed, counted = METRICS["pds_use"], METRICS["so_worked_with"]
    assert (wording.value(0.38, printed), wording.value(0.38, counted)) == ("38 %", "38.00 %")
    assert wording.amount(0.03, printed) == "3 percentage points"
    assert wording.percent(16.456) == "1,646 %"
