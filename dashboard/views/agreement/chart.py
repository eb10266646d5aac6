"""Rank agreement over time: Kendall's tau month by month in its interval, broken where the counting changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from answers.agreement.history import AgreementHistory
from catalog import Break
from dashboard.charts.layers.axes import LABEL_SIZE, time_axis
from dashboard.charts.layers.break_bands import BreakBands
from dashboard.charts.layers.layered_chart import layered
from dashboard.charts.theme import INK, PAGE, TAU

HEIGHT = 260
MONTH = 31  # days: where more lie between two points, a month is missing and the line is broken
MEANINGS = ((1.0, "same order"), (0.0, "no relation"), (-1.0, "reverse order"))


@dataclass(frozen=True, slots=True)
class TauOptions:
    """How to draw: the breaks to shade, light or dark, the plot's height in pixels."""

    breaks: Sequence[Break] = ()
    dark: bool = False
    height: int = HEIGHT
    still: bool = False  # a picture: nothing in it answers a pointer


def tau_points(history: AgreementHistory) -> pd.DataFrame:
    """One row per month: when, on (the same in words), tau, low, high, frameworks, part (a new one after a missing
    month and at a break).
    """
    rows = pd.DataFrame(
        [
            {
                "when": pd.Timestamp(a.on),
                "tau": a.tau,
                "low": a.interval.low if a.interval else None,
                "high": a.interval.high if a.interval else None,
                "frameworks": len(a.table),
            }
            for a in history.months
            if a.tau == a.tau
        ],
        columns=["when", "tau", "low", "high", "frameworks"],
    ).astype({"when": "datetime64[s]", "tau": "float64", "low": "float64", "high": "float64"})
    before = rows["when"].shift(1)
    fresh = (rows["when"] - before).dt.days > MONTH
    for one in history.breaks:
        for edge in (pd.Timestamp(one.since), pd.Timestamp(one.until)):
            fresh |= (before < edge) & (rows["when"] >= edge)
    texts = [_tau_text(row) for row in rows.to_dict("records")]
    return rows.assign(part=fresh.astype(int).cumsum(), said=texts, on=rows["when"].dt.strftime("%-d %B %Y"))


def _tau_text(row: dict[object, object]) -> str:
    return (
        f"{row['tau']:.2f} ({row['low']:.2f} to {row['high']:.2f})" if row["low"] is not None else f"{row['tau']:.2f}"
    )


def draw(rows: pd.DataFrame, options: TauOptions) -> alt.LayerChart:
    """Draw `tau_points`: the line, its interval, what 1, 0 and -1 mean, and numbered bands at breaks."""
    span = (rows["when"].min(), rows["when"].max())
    low = min(-0.25, float(rows["low"].min(skipna=True)) - 0.05, float(rows["tau"].min()) - 0.05)
    x, y = time_axis(span, finest="%b %Y", labelFontSize=LABEL_SIZE - 1), _y(max(low, -1.08))
    base = alt.Chart(rows)
    colour = TAU[options.dark]
    band = base.mark_area(color=colour, opacity=0.18, line=False).encode(
        x=x, y=y, y2=alt.Y2("high:Q"), detail=alt.Detail("part:N")
    )
    line = base.mark_line(color=colour, strokeWidth=2.5).encode(x=x, y=_column(y, "tau"), detail=alt.Detail("part:N"))
    tips = [
        alt.Tooltip("on:N", title="Month's end"),
        alt.Tooltip("said:N", title="Kendall's tau (95% interval)"),
        alt.Tooltip("frameworks:Q", title="Frameworks"),
    ]
    mark = base.mark_point(color=colour, fill=PAGE[options.dark], size=28, strokeWidth=1.6, opacity=1)
    dots = mark.encode(x=x, y=_column(y, "tau"), **({} if options.still else {"tooltip": tips}))
    bands = BreakBands(options.breaks, span, options.dark, still=options.still)
    meanings = _meanings(options, y, max(low, -1.08))
    layers = [*bands.bands(), *meanings, band, line, *bands.labels(), dots]
    return layered(layers, options.height, right=6)


def _y(low: float) -> alt.Y:
    values = [v for v in (-1, -0.5, 0, 0.5, 1) if v >= low]
    look = alt.Axis(
        title="Kendall's tau", values=values, format=".1f", domain=False, ticks=False, gridOpacity=0.5,
        labelFontSize=LABEL_SIZE - 1, titleFontSize=LABEL_SIZE - 1, titleFontWeight=600, labelPadding=6,
    )  # fmt: skip
    return alt.Y("low:Q", scale=alt.Scale(domain=[low, 1.08], nice=False, zero=False), axis=look)


def _column(y: alt.Y, name: str) -> alt.Y:
    column = y.copy()
    column.shorthand = f"{name}:Q"
    return column


def _meanings(options: TauOptions, y: alt.Y, low: float) -> list[alt.Chart]:
    """What 1, 0 and -1 mean, in small letters at the right, and a dashed rule at 0."""
    rows = pd.DataFrame([{"level": level, "told": meaning} for level, meaning in MEANINGS if level >= low])
    ink = INK[options.dark]
    zero = alt.Chart(rows[rows["level"] == 0]).mark_rule(color=ink, strokeDash=[3, 3], opacity=0.7)
    text = alt.Chart(rows).mark_text(align="right", dx=-4, dy=-8, fontSize=LABEL_SIZE - 2, color=ink, opacity=0.9)
    return [
        zero.encode(y=_column(y, "level")),
        text.encode(x=alt.XValue("width"), y=_column(y, "level"), text=alt.Text("told:N")),
    ]
