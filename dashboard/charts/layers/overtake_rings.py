"""Overtakes on lines over time: a ring where the winner's line was in the middle of the bracket."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date

import altair as alt
import pandas as pd

from answers.wording import bracket

COLUMNS = ["when", "value", "text"]
MOST = 8
HALF_A_YEAR = pd.Timedelta(days=183)  # an edition is drawn in the middle of its year
Bracket = tuple[str, str, date, date]  # winner, loser, last day one still led, first day on which the other did


def rings(
    brackets: Iterable[Bracket],
    points: pd.DataFrame,
    titles: Mapping[str, str],
    *,
    period: str = "day",
    log: bool = False,
    most: int = MOST,
) -> pd.DataFrame:
    """Rings to draw on `points` as `line_points` makes them, at most so many, the newest first: when, value, text.

    Each stands on the winner's line as it is drawn, `log` on a logarithmic axis; where nothing is drawn of it there
    is no ring. `period` is the metric's: of "year" the brackets are editions.
    """
    lines = {str(name): rows.sort_values("when") for name, rows in points.groupby("line", sort=False)}
    shift = HALF_A_YEAR if period == "year" else pd.Timedelta(0)
    rows: list[tuple[pd.Timestamp, float, str]] = []
    for winner, loser, before, after in sorted(brackets, key=lambda one: (one[3], one[2]), reverse=True):
        when = pd.Timestamp(before) + (pd.Timestamp(after) - pd.Timestamp(before)) / 2 - shift
        value = _height(lines[winner], when, log=log) if winner in lines else math.nan
        if not math.isnan(value) and len(rows) < most:
            words = f"{titles.get(winner, winner)} passed {titles.get(loser, loser)} {bracket(period, before, after)}"
            rows.append((when, value, words))
    return pd.DataFrame(rows, columns=COLUMNS)


def _height(line: pd.DataFrame, when: pd.Timestamp, *, log: bool) -> float:
    """The value of a line as it is drawn at a moment; NaN before its first point, after its last, and in its gaps."""
    after = int(line["when"].searchsorted(when))
    if after == len(line) or (after == 0 and line["when"].iloc[0] != when):
        return math.nan
    end = float(line["value"].iloc[after])
    if line["when"].iloc[after] == when:
        return end
    start, whole = float(line["value"].iloc[after - 1]), line["when"].iloc[after] - line["when"].iloc[after - 1]
    part = (when - line["when"].iloc[after - 1]) / whole
    if log and min(start, end) > 0:
        return float(start * (end / start) ** part)
    return float(start + (end - start) * part)


def layers(rows: pd.DataFrame | None, x: alt.X, y: alt.Y, ink: str, *, still: bool) -> list[alt.Chart]:
    """The rings, with who passed whom under the pointer unless the chart is a picture."""
    if rows is None or rows.empty:
        return []
    tip = alt.Undefined if still else alt.ExprRef("datum.text")
    mark = alt.Chart(rows).mark_point(
        shape="circle", size=110, filled=False, fill="transparent", strokeWidth=2, color=ink, opacity=1, tooltip=tip
    )
    ring: alt.Chart = mark.encode(x=x, y=y)
    return [ring]
