"""A list of frameworks with a dot for each: what is largest first, shares with their interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import altair as alt
import pandas as pd

from dashboard.linechart import COMPACT, INK, LABEL_SIZE, PERCENT, Line
from dashboard.scatterchart import colour, ticks


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
        layers.append(bars.encode(x=_measure("low", rows, share=share), x2="high:Q", y=y, color=colour(lines)))
    mark = base.mark_point(size=90, filled=True, opacity=1)
    shapes = alt.Shape("line:N", scale=shape, legend=None)
    layers.append(mark.encode(x=x, y=y, color=colour(lines), shape=shapes, tooltip=tips))
    texts = base.mark_text(align="left", dx=12, fontSize=LABEL_SIZE - 1, fontWeight=600, color=INK[dark])
    layers.append(texts.encode(x=x, y=y, text="shown:N"))
    chart = alt.layer(*layers).properties(height=28 * len(rows) + 70)
    return cast(alt.LayerChart, chart.configure_view(strokeWidth=0))


def _measure(column: str, rows: pd.DataFrame, *, share: bool) -> alt.X:
    """The axis of a list, with room for the last number's text."""
    low, high = float(rows["value"].min()), float(rows["value"].max())
    span = [0.0, max(high, float(rows["high"].max())) * 1.3] if share else [low / 1.5, high * (high / low) ** 0.3 * 1.5]
    look = alt.Axis(
        title=None, labelExpr=PERCENT if share else COMPACT, domain=False, ticks=False, labelFontSize=LABEL_SIZE - 1,
        gridOpacity=0.5, labelOverlap="greedy", **({"tickCount": 4} if share else {"values": ticks(*span)}),
    )  # fmt: skip
    scale = alt.Scale(type="linear" if share else "log", domain=span, nice=False)
    return alt.X(f"{column}:Q", axis=look, scale=scale)
