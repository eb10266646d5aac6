"""A list of frameworks with a dot for each: what is largest first, shares with their interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import altair as alt
import pandas as pd

from answers.agreement.answer import AgreementAnswer
from answers.agreement.surveys import SurveyAgreement
from answers.questions import Question
from dashboard.charts.layers.axes import LABEL_SIZE, NUMBER, PERCENT, powers
from dashboard.charts.layers.layered_chart import layered
from dashboard.charts.line_chart import Line
from dashboard.charts.scatter_chart import colour
from dashboard.charts.theme import INK, PAGE
from dashboard.display_text import number


def edition(agreement: AgreementAnswer, beside: SurveyAgreement) -> Question:
    """The question whose answer is a survey's edition beside stars and downloads."""
    first, last = date(beside.year, 1, 1), date(beside.year, 12, 31)
    return Question(beside.survey.id, agreement.frameworks, since=first, until=last, as_of=agreement.as_of)


def values(by_framework: pd.Series[float], titles: Mapping[str, str]) -> pd.DataFrame:
    """Rows for `draw` of a value by framework, in its order; what has no place on a logarithmic axis is left out."""
    return _rows(
        [str(name) for name in by_framework[by_framework > 0].index],
        [float(v) for v in by_framework[by_framework > 0]],
        titles,
    )


def shares(frame: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Rows for `draw` of one edition of a survey, as `answers.series` gives it: the largest share first."""
    last = frame.dropna(subset=["value"]).sort_values("value", ascending=False)
    rows = _rows([str(name) for name in last["framework"]], [float(v) for v in last["value"]], titles, "share")
    for side in ("low", "high"):
        rows[side] = pd.to_numeric(last[side]).to_numpy(dtype="float64")
    return rows


def _rows(names: Sequence[str], numbers: Sequence[float], titles: Mapping[str, str], unit: str = "") -> pd.DataFrame:
    shown = [number(value, unit) for value in numbers]
    return pd.DataFrame(
        {"line": names, "name": [titles.get(name, name) for name in names], "value": numbers, "shown": shown}
    )


def draw(rows: pd.DataFrame, lines: Sequence[Line], *, share: bool, dark: bool) -> alt.LayerChart:
    """A dot per framework, in the order of `rows`: line, name, value, shown (text), and of shares low and high.

    Shares begin at zero and carry their interval as a bar; other values are drawn on a logarithmic axis.
    """
    look = alt.Axis(
        title=None, labelFontSize=LABEL_SIZE, domain=False, ticks=False, labelPadding=8, labelLimit=200,
        labelOverlap=False, labelFlush=False,
    )  # fmt: skip
    y = alt.Y("name:N", sort=list(rows["name"]), axis=look, scale=alt.Scale(type="point", padding=0.6))
    x = _measure("value", rows, share=share)
    shape = alt.Scale(domain=[line.id for line in lines], range=[line.shape for line in lines])
    base = alt.Chart(rows)
    tips = [alt.Tooltip("name:N", title="Framework"), alt.Tooltip("shown:N", title="Value")]
    layers = [base.mark_rule(color=INK[dark], opacity=0.25).encode(y=y)]
    if share:
        bars = alt.Chart(rows.dropna(subset=["low"])).mark_rule(strokeWidth=5, opacity=0.35, strokeCap="round")
        layers.append(bars.encode(x=_measure("low", rows, share=share), x2=alt.X2("high:Q"), y=y, color=colour(lines)))
    mark = base.mark_point(size=90, filled=True, opacity=1)
    shapes = alt.Shape("line:N", scale=shape, legend=None)
    layers.append(mark.encode(x=x, y=y, color=colour(lines), shape=shapes, tooltip=tips))
    layers += _texts(rows, y, share=share, dark=dark)
    return layered(layers, 28 * len(rows) + 70)


def _texts(rows: pd.DataFrame, y: alt.Y, *, share: bool, dark: bool) -> list[alt.Chart]:
    """Each number to the right of its dot and bar, on ground of its own: no line goes through it."""
    end = rows[["value", "high"]].max(axis="columns") if share else rows["value"]
    base = alt.Chart(rows.assign(end=end)).encode(x=_measure("end", rows, share=share), y=y, text=alt.Text("shown:N"))
    return [
        base.mark_text(
            align="left", dx=12, fontSize=LABEL_SIZE - 1, fontWeight=600, color=ink, stroke=edge, strokeWidth=wide
        )
        for ink, edge, wide in ((PAGE[dark], PAGE[dark], 5), (INK[dark], "transparent", 0))
    ]


def _measure(column: str, rows: pd.DataFrame, *, share: bool) -> alt.X:
    """The axis of a list, with room for the last number's text."""
    low, high = float(rows["value"].min()), float(rows["value"].max())
    span = [0.0, max(high, float(rows["high"].max())) * 1.3] if share else [low / 1.5, high * (high / low) ** 0.3 * 1.5]
    look = alt.Axis(
        title=None, labelExpr=PERCENT if share else NUMBER, domain=False, ticks=False, labelFontSize=LABEL_SIZE - 1,
        gridOpacity=0.5, labelOverlap="greedy", **({"tickCount": 4} if share else {"values": powers(*span)}),
    )  # fmt: skip
    scale = alt.Scale(type="linear" if share else "log", domain=span, nice=False)
    return alt.X(f"{column}:Q", axis=look, scale=scale)
