"""What stands at the axes of values: short, even on a logarithmic scale, and with a word where nothing can be drawn."""

from __future__ import annotations

import re

import pandas as pd
import pytest
import vl_convert

from answers import wording
from catalog import load
from dashboard.charts.line_chart import Line, LineChartOptions, draw, in_utc, undrawn
from dashboard.export.svg import VEGA_LITE

METRICS = load().metrics


def labels(values: list[float], *, log: bool) -> list[str]:
    """The texts of a chart of these values that are numbers."""
    days = pd.date_range("2026-01-01", periods=len(values), unit="s")
    points = pd.DataFrame({"line": "a", "name": "A", "when": days, "value": values, "status": "final"})
    points = points.assign(shown="", about="", source="", origin="")
    chart = draw(points, LineChartOptions([Line("a", "A", "#000000")], "downloads", log=log, still=True))
    svg = vl_convert.vegalite_to_svg(in_utc(chart).to_dict(), vl_version=VEGA_LITE)
    return [text for text in re.findall(r">([^<>]+)</text>", svg) if re.fullmatch(r"[\d.]+[a-zA-Z]?", text)]


def test_small_numbers_are_not_written_in_thousandths() -> None:
    texts = labels([0.1, 0.9], log=False)
    assert {"0.4", "0.5"} & set(texts)
    assert not any(text.endswith("m") for text in texts)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([380_000, 7_400_000], ["500k", "1M", "2M", "5M"]), ([1, 900_000], ["1", "10", "100", "1k", "10k", "100k", "1M"])],
)
def test_marks_of_a_logarithmic_axis_are_round(values: list[float], expected: list[str]) -> None:
    texts = labels(values, log=True)
    assert set(texts) <= set(expected)
    assert len(texts) >= 3


def test_zeros_that_a_logarithmic_scale_leaves_out_are_said() -> None:
    assert undrawn(pd.DataFrame({"value": [1.0, float("nan")]})) == ""
    told = undrawn(pd.DataFrame({"value": [0.0, 5.0, 0.0]}))
    assert told == "A logarithmic scale has no place for 0: 2 figures of 0 or less are not drawn."


def test_no_more_digits_than_the_source_has() -> None:
    printed, counted = METRICS["pds_use"], METRICS["so_worked_with"]
    assert (wording.value(0.38, printed), wording.value(0.38, counted)) == ("38%", "38.0%")
    assert wording.amount(0.03, printed) == "3 points"
    assert wording.percent(16.456) == "1,646%"
