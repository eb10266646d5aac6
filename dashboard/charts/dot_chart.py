"""Survey shares over the years: a dot with its interval per answer, a line only where answers may be compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from answers.wording import join_words
from catalog import Break
from dashboard.charts.end_labels import Axis, spread
from dashboard.charts.layers.axes import LABEL_SIZE, PERCENT
from dashboard.charts.layers.layered_chart import layered
from dashboard.charts.line_chart import TRACED, Line
from dashboard.charts.line_points import line_key
from dashboard.charts.theme import INK, SHADE
from dashboard.display_text import number

HEIGHT = 440
STEP = 0.12  # years between neighbours, so that intervals of one year stand side by side, on a phone too
ROW = 26  # pixels of a list from one line to the next
POINTS = "datum.value === 0 ? '0' : format(datum.value * 100, '+~r')"


def dots(frame: pd.DataFrame, names: dict[str, str], breaks: Sequence[Break]) -> pd.DataFrame:
    """An answer's frame as dots: line, name, year, at (year, moved aside), value, low, high, base, part, status, texts.

    `part` numbers the stretches of a line within which the question and its base stayed the same; `origin` is the day
    by which a share can be traced.
    """
    key = line_key(frame)
    answered = frame[frame["status"] != "gap"]
    rows = pd.DataFrame(
        {
            "line": answered[key],
            "year": pd.to_datetime(answered["period"]).dt.year,
            "value": pd.to_numeric(answered["value"], errors="coerce").astype("float64"),
            "low": pd.to_numeric(answered["low"], errors="coerce").astype("float64"),
            "high": pd.to_numeric(answered["high"], errors="coerce").astype("float64"),
            "base": pd.to_numeric(answered["base"], errors="coerce"),
            "status": answered["status"].astype(str),
            "origin": [f"{day:%Y-%m-%d}" for day in pd.to_datetime(answered["period"])],
        }
    ).sort_values(["line", "year"])
    order = {line: n for n, line in enumerate(dict.fromkeys(answered[key]))}
    rows["at"] = rows["year"] + (rows["line"].map(order) - (len(order) - 1) / 2) * min(STEP, 0.7 / max(len(order), 1))
    rows["part"] = rows["line"].astype(str) + "/" + _stretch(rows, breaks).astype(str)
    rows["name"] = [names.get(line, line) for line in rows["line"]]
    rows["shown"] = [number(value, "share") for value in rows["value"]]
    rows["interval"] = [_interval(low, high) for low, high in zip(rows["low"], rows["high"], strict=True)]
    rows["asked"] = [base_text(base) for base in rows["base"].astype("float64")]
    return rows.reset_index(drop=True)


def base_text(base: float) -> str:
    """How many were asked, with thousands separated."""
    return "unknown" if math.isnan(base) else f"{base:,.0f}"


def _interval(low: float, high: float) -> str:
    return "unknown: no sample size" if math.isnan(low) else f"{number(low, 'share')} to {number(high, 'share')}"


def _stretch(rows: pd.DataFrame, breaks: Sequence[Break]) -> pd.Series[int]:
    """A number that grows along each line at every break, every unanswered and every missing year."""
    before = rows.groupby("line")["year"].shift(1)
    # a break between two editions ends on the first day of the new one
    cuts = [b.until.year for b in breaks if b.kind == "break"]
    broken = pd.Series(False, index=rows.index)
    for cut in cuts:
        broken |= (before < cut) & (rows["year"] >= cut)
    gone = rows["value"].isna() | rows.groupby("line")["value"].shift(1).isna() | (rows["year"] - before > 1)
    return (broken | gone).astype(int).groupby(rows["line"]).cumsum()


def draw(
    rows: pd.DataFrame,
    lines: Sequence[Line],
    breaks: Sequence[Break],
    *,
    dark: bool,
    height: float = HEIGHT,
    traced: bool = False,
) -> alt.LayerChart:
    """Draw the dots. Years in which it was not asked carry a small cross on the ground line.

    The plot is `height` pixels high, or higher where the names need it. `traced`: a click on a dot says which it was.
    """
    values = rows.dropna(subset=["value"])
    top = float(values[["value", "high"]].max().max()) * 1.06 if len(values) else 1.0
    height = max(round(height), (LABEL_SIZE + 3) * (len(lines) + 1))
    axis = Axis(0.0, top, height)
    years = (int(rows["year"].min()), int(rows["year"].max()))
    x, y = editions(years), _y(axis)
    layers = [*uprights(breaks, years, x, dark=dark), paths(values, lines, x, y)]
    # A layer of no marks would be a picture without a name to a screen reader.
    layers += [interval_bars(values, lines, x)] if values["low"].notna().any() else []
    layers += [_clickable(_dots(values, lines, x, y)) if traced else _dots(values, lines, x, y)]
    layers += [_not_asked(rows, lines, x, y)] if len(values) < len(rows) else []
    layers += [_names(values, lines, axis, x, y)]
    return layered(layers, height, right=4)


def colour_of(lines: Sequence[Line]) -> alt.Color:
    """Each line's colour."""
    scale = alt.Scale(domain=[line.id for line in lines], range=[line.colour for line in lines])
    return alt.Color("line:N", scale=scale, legend=None)


def shape_of(lines: Sequence[Line]) -> alt.Shape:
    """The shape of each line's dots."""
    scale = alt.Scale(domain=[line.id for line in lines], range=[line.shape for line in lines])
    return alt.Shape("line:N", scale=scale, legend=None)


def editions(years: tuple[int, int], before: float = 0.45, after: float = 0.4) -> alt.X:
    """The axis of editions from one year to another, with so much of a year of room on either side."""
    look = alt.Axis(
        title=None, format="d", values=list(range(years[0], years[1] + 1)), grid=False, domain=False, ticks=False,
        labelFontSize=LABEL_SIZE, labelOverlap="greedy", labelPadding=10,
    )  # fmt: skip
    return alt.X("at:Q", scale=alt.Scale(domain=[years[0] - before, years[1] + after], nice=False), axis=look)


def _y(axis: Axis) -> alt.Y:
    look = alt.Axis(
        title=None,
        labelExpr=PERCENT,
        tickCount=5,
        domain=False,
        ticks=False,
        labelFontSize=LABEL_SIZE,
        gridOpacity=0.6,
        labelPadding=6,
    )
    return alt.Y("value:Q", scale=alt.Scale(domain=[axis.low, axis.high], nice=False), axis=look)


def paths(rows: pd.DataFrame, lines: Sequence[Line], x: alt.X, y: alt.Y) -> alt.Chart:
    """The lines, each broken where its `part` changes."""
    dash = alt.Scale(domain=[line.id for line in lines], range=[list(line.dash) for line in lines])
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_line(strokeWidth=2, opacity=0.75)
        .encode(
            x=x,
            y=y,
            color=colour_of(lines),
            detail=alt.Detail("part:N"),
            strokeDash=alt.StrokeDash("line:N", scale=dash, legend=None),
        )
    )
    return chart


def interval_bars(rows: pd.DataFrame, lines: Sequence[Line], x: alt.X) -> alt.Chart:
    """The intervals, of the dots that have one."""
    chart: alt.Chart = (
        alt.Chart(rows.dropna(subset=["low"]))
        .mark_rule(strokeWidth=5, opacity=0.35, strokeCap="round")
        .encode(x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q"), color=colour_of(lines))
    )
    return chart


def _dots(rows: pd.DataFrame, lines: Sequence[Line], x: alt.X, y: alt.Y) -> alt.Chart:
    tips = [
        alt.Tooltip("name:N", title="Framework"),
        alt.Tooltip("year:Q", title="Year", format="d"),
        alt.Tooltip("shown:N", title="Share"),
        alt.Tooltip("interval:N", title="95% interval"),
        alt.Tooltip("asked:N", title="Answers (n)"),
    ]
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_point(size=75, filled=True, opacity=1)
        .encode(x=x, y=y, color=colour_of(lines), shape=shape_of(lines), tooltip=tips)
    )
    return chart


def _clickable(dots: alt.Chart) -> alt.Chart:
    return dots.add_params(alt.selection_point(name=TRACED, fields=["line", "origin"], on="click", nearest=True))


def _not_asked(rows: pd.DataFrame, lines: Sequence[Line], x: alt.X, y: alt.Y) -> alt.Chart:
    absent = rows[rows["value"].isna()].assign(value=0.0)
    tips = [alt.Tooltip("name:N", title="Framework"), alt.Tooltip("year:Q", title="Not asked in", format="d")]
    chart: alt.Chart = (
        alt.Chart(absent)
        .mark_text(text="×", fontSize=17, fontWeight=700, dy=-7)
        .encode(x=x, y=y, color=colour_of(lines), tooltip=tips)
    )
    return chart


def _names(rows: pd.DataFrame, lines: Sequence[Line], axis: Axis, x: alt.X, y: alt.Y) -> alt.Chart:
    last = rows.groupby("line", sort=False)[["at", "value"]].last()
    named = [line for line in lines if line.id in last.index]
    places = spread([axis.pixel(last["value"].astype(float)[line.id]) for line in named], LABEL_SIZE + 3, axis.height)
    ends = pd.DataFrame(
        {
            "line": [line.id for line in named],
            "label": [line.label for line in named],
            "value": [axis.value(place) for place in places],
            "at": [float(rows["year"].max()) + 0.4] * len(named),
        }
    )
    chart: alt.Chart = (
        alt.Chart(ends)
        .mark_text(align="left", dx=6, fontSize=LABEL_SIZE, fontWeight=600, baseline="middle", clip=False)
        .encode(x=x, y=y, text=alt.Text("label:N"), color=colour_of(lines))
    )
    return chart


def uprights(breaks: Sequence[Break], years: tuple[int, int], x: alt.X, *, dark: bool) -> list[alt.Chart]:
    """An upright line where the question, its base or its gate changed, with its number."""
    rows = [
        {"at": b.until.year - 0.5, "number": str(n), "title": b.title}
        for n, b in enumerate(breaks, start=1)
        if years[0] < b.until.year <= years[1]
    ]
    if not rows:
        return []
    base = alt.Chart(pd.DataFrame(rows))
    tip = alt.Tooltip("title:N", title="Break")
    rule = base.mark_rule(color=SHADE[dark], strokeDash=[4, 4], strokeWidth=1.5).encode(x=x, tooltip=tip)
    text = base.mark_text(color=SHADE[dark], fontSize=12, fontWeight=700, baseline="top", dx=9).encode(
        x=x, y=alt.YValue(0), text=alt.Text("number:N")
    )
    return [rule, text]


def ranking(rows: pd.DataFrame, lines: Sequence[Line], *, dark: bool) -> alt.LayerChart:
    """One edition as a list, as `dots` makes it, the highest share on top: of frameworks, or of one by group.

    Room for every name: the list grows with them. One line lends its look to all.
    """
    values = rows.dropna(subset=["value"]).sort_values("value", ascending=False)
    values = values.assign(end=values["high"].fillna(values["value"]))
    if len(lines) == 1:
        values = values.assign(line=lines[0].id)
    top = float(values["end"].max()) * 1.35  # room for the last figure, on a phone too
    x = alt.X("value:Q", axis=_across(PERCENT), scale=alt.Scale(domain=[0, top], nice=False))
    y, colour, shape = _by_name(list(values["name"])), colour_of(lines), shape_of(lines)
    base = alt.Chart(values)
    bars = alt.Chart(values.dropna(subset=["low"])).mark_rule(strokeWidth=5, opacity=0.35, strokeCap="round")
    texts = base.mark_text(align="left", dx=9, fontSize=LABEL_SIZE - 1, fontWeight=600, color=INK[dark])
    tips = [
        alt.Tooltip("name:N", title="Who"),
        alt.Tooltip("shown:N", title="Share"),
        alt.Tooltip("interval:N", title="95% interval"),
        alt.Tooltip("asked:N", title="Answers (n)"),
    ]
    intervals = bars.encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y, color=colour)
    layers = [
        base.mark_rule(color=INK[dark], opacity=0.15).encode(y=y),
        *([intervals] if values["low"].notna().any() else []),
        base.mark_point(size=75, filled=True, opacity=1).encode(x=x, y=y, color=colour, shape=shape, tooltip=tips),
        texts.encode(x=alt.X("end:Q"), y=y, text=alt.Text("shown:N")),
    ]
    return _list(layers, len(values))


def ranking_summary(rows: pd.DataFrame, title: str, most: int = 12) -> str:
    """The list of groups in words, the highest first."""
    values = rows.dropna(subset=["value"]).sort_values("value", ascending=False)
    parts = [f"{row['name']} {row['shown']}{_doubt(row)}" for _, row in values.head(most).iterrows()]
    more = [f"{len(values) - most} more"] if len(values) > most else []
    return f"{title}{', with 95% intervals' if values['low'].notna().any() else ''}: {join_words([*parts, *more])}."


def _doubt(row: pd.Series[Any]) -> str:
    return "" if math.isnan(row["low"]) else f" ({row['interval']}, n {row['asked']})"


def differences(rows: pd.DataFrame, lines: Sequence[Line], *, dark: bool) -> alt.LayerChart:
    """Differences around zero, with their intervals: line, name, value, low, high (parts of 1), shown, interval, told.

    What chance may have made, or is unclear, is hollow.
    """
    y = _by_name(list(rows["name"]))
    edges = rows[["value", "low", "high"]].astype("float64")
    low, high = min(0.0, float(edges.min().min())), max(0.0, float(edges.max().max()))
    room = (high - low or 0.01) * 0.12
    x = alt.X("value:Q", axis=_across(POINTS), scale=alt.Scale(domain=[low - room, high + room], nice=False))
    tips = [
        alt.Tooltip("name:N", title="Difference of"),
        alt.Tooltip("shown:N", title="Percentage points"),
        alt.Tooltip("interval:N", title="95% interval"),
    ]
    base = alt.Chart(rows)
    shape = shape_of(lines)
    bars = alt.Chart(rows.dropna(subset=["low"])).mark_rule(strokeWidth=5, opacity=0.35, strokeCap="round")
    layers = [
        base.mark_rule(color=INK[dark], opacity=0.15).encode(y=y),
        alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=INK[dark], strokeWidth=1.5).encode(x=alt.X("zero:Q")),
    ]
    if rows["low"].notna().any():
        layers.append(bars.encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y, color=colour_of(lines)))
    for outcomes, filled in ((("more", "less"), True), (("chance", "unknown"), False)):
        some = rows[rows["told"].isin(outcomes)]
        if len(some):  # a layer of no marks would be a picture without a name to a screen reader
            mark = alt.Chart(some).mark_point(size=100, filled=filled, opacity=1, strokeWidth=0 if filled else 2.5)
            layers.append(mark.encode(x=x, y=y, color=colour_of(lines), shape=shape, tooltip=tips))
    return _list(layers, len(rows))


def against(rows: pd.DataFrame, lines: Sequence[Line], *, dark: bool) -> alt.LayerChart:
    """Worked with against want to work with: one row per framework, columns name, line, worked, want (shares)."""
    y = _by_name(list(rows.sort_values("worked", ascending=False)["name"]))
    top = float(rows[["worked", "want"]].max().max()) * 1.05
    x = alt.X("worked:Q", axis=_across(PERCENT), scale=alt.Scale(domain=[0, top], nice=False))
    tips = [
        alt.Tooltip("name:N", title="Framework"),
        alt.Tooltip("worked:Q", title="Worked with", format=".1%"),
        alt.Tooltip("want:Q", title="Want to work with", format=".1%"),
    ]
    base = alt.Chart(rows)
    link = base.mark_rule(strokeWidth=2, color=INK[dark], opacity=0.5).encode(x=x, x2=alt.X2("want:Q"), y=y)
    worked = base.mark_point(filled=True, size=110, opacity=1).encode(x=x, y=y, color=colour_of(lines), tooltip=tips)
    want = base.mark_point(filled=False, size=110, opacity=1, strokeWidth=2.5).encode(
        x=alt.X("want:Q"), y=y, color=colour_of(lines), tooltip=tips
    )
    return _list([link, worked, want], len(rows))


def _by_name(order: Sequence[str]) -> alt.Y:
    """A line for each name, in that order, and no name left out or moved off its line."""
    look = alt.Axis(
        title=None, labelFontSize=LABEL_SIZE - 1, domain=False, ticks=False, labelPadding=8, labelLimit=150,
        labelOverlap=False, labelFlush=False, grid=False,
    )  # fmt: skip
    return alt.Y("name:N", sort=list(order), axis=look, scale=alt.Scale(type="point", padding=0.6))


def _across(expression: str) -> alt.Axis:
    return alt.Axis(
        title=None, labelExpr=expression, tickCount=5, domain=False, ticks=False, labelFontSize=LABEL_SIZE - 1,
        gridOpacity=0.6, labelOverlap="greedy",
    )  # fmt: skip


def _list(layers: Sequence[alt.Chart], rows: int) -> alt.LayerChart:
    return layered(layers, ROW * rows + 40)
