"""The gap between two frameworks over time: whose side it is on, by how much, and when it changed sides.

Stocks are drawn as the difference A - B, flows as the ratio A / B on a logarithmic axis (their level grows so much that
a difference of years ago would not be seen), shares in percentage points with the interval of the difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from analysis.overtakes.overtake_dates import Overtake
from answers import wording
from catalog import Break, Kind
from dashboard import display_text
from dashboard.charts.layers import break_dashes, gap_hatches
from dashboard.charts.layers.axes import LABEL_SIZE, in_words, marks, time_axis
from dashboard.charts.layers.break_bands import BreakBands
from dashboard.charts.layers.layered_chart import layered
from dashboard.charts.theme import INK, PAGE
from dashboard.display_text import number, span

HALF_A_YEAR = pd.Timedelta(days=183)  # a survey's edition stands in the middle of its year
FEW_POINTS = 40  # a line of so few points shows each of them
MOST_BRACKETS = 8  # of overtakes that are shaded: the latest
RATIOS = (1.1, 1.25, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000)
ROOM, ROOM_OF_SMALL = 0.1, 0.22  # of the gap's range, left free above and below for the names of the sides
MOST_MARKS, MOST_MARKS_OF_SMALL = 5, 3
ABOVE_NAMES = 34  # pixels above the bottom, where the name of a side stands
ROOM_FOR_NAMES = 320  # pixels of a plot whose axis has room for the names of the sides
LABEL = 0.3  # of the days: what the label of an overtake takes, at most
EDGE = 0.03  # of the days, left free on either side of few marks

Y = Callable[[str], alt.Y]  # the axis of the gap, for a column


@dataclass(frozen=True, slots=True)
class Sides:
    """What to draw, besides the points: names and colours of A (above) and B (below)."""

    names: tuple[str, str]
    colours: tuple[str, str]
    kind: Kind
    editions: bool = False  # of a survey, each of which stands for its year
    dark: bool = False
    height: int = 360
    small: bool = False
    on: date | None = None  # a day to mark; what came after it is veiled
    overtakes: Sequence[Overtake] = ()
    breaks: Sequence[Break] = ()
    still: bool = False  # a picture: nothing in it answers a pointer

    @property
    def level(self) -> float:
        """The gap at which neither leads."""
        return 1.0 if self.kind is Kind.FLOW else 0.0


def draw(points: pd.DataFrame, sides: Sides) -> alt.LayerChart:
    """Draw points as `figure.gap_points` makes them."""
    points = points.assign(shown=[gap_text(v, sides) for v in points["value"]], **_numbers(points, sides))
    valued = points.dropna(subset=["value"])
    last = valued["when"].max()
    span = (valued["when"].min(), max(last, pd.Timestamp(sides.on)) if sides.on else last)
    if len(valued) <= FEW_POINTS:  # marks at the edge would lie on the axis
        span = (span[0] - (span[1] - span[0]) * EDGE, span[1] + (span[1] - span[0]) * EDGE)
    domain = _domain(valued, sides)
    x, y = time_axis(span, labelFontSize=_size(sides), tickCount=4 if sides.small else 6), partial(_y, domain, sides)
    hover = [] if sides.still else _hover(valued, x, y, sides)
    bands = BreakBands(sides.breaks, span, sides.dark, sides.small, sides.still, above=False, raised=22)
    one = points.assign(line="gap", name="gap")
    rows, dashed = break_dashes.parted(one, sides.breaks)
    hatches = gap_hatches.layers(
        gap_hatches.gaps(one), span, INK[sides.dark], small=sides.small, still=sides.still, raised=ABOVE_NAMES
    )
    layers = [
        *bands.bands(), *hatches, *_areas(points, x, y, sides), *_intervals_drawn(valued, x, y, sides),
        *break_dashes.layers(dashed, x, y("value"), alt.value(INK[sides.dark]), _width(sides)),
        _line(rows, x, y, sides), *_join(points, x, y, sides), *_dots(points, x, y, sides), _zero(sides, y),
        *_veil(sides, span), *_brackets(sides, span), *_on(sides), *_bracket_label(sides, span), *bands.labels(),
        *hover, *_names(sides),
    ]  # fmt: skip
    return layered(layers, sides.height, right=8)


def gap_text(value: float, sides: Sides) -> str:
    """A gap in words: Django by 784 · Flask 3.4 times as many · Django by 2.1 points."""
    if value != value:  # noqa: PLR0124 - NaN is not equal to itself
        return "–"
    if value == sides.level:
        return "equal"
    name = sides.names[value < sides.level]
    if sides.kind is Kind.FLOW:
        return f"{name}, {max(value, 1 / value):,.3g} times as many" if value > 0 else f"{name}, the other has none"
    return (
        f"{name} by {display_text.points(abs(value))}"
        if sides.kind is Kind.SHARE
        else f"{name} by {number(abs(value))}"
    )


def _numbers(points: pd.DataFrame, sides: Sides) -> dict[str, Any]:
    """The tooltip's texts of both sides, whether the lead is decided, and the halves of the area."""
    unit = "share" if sides.kind is Kind.SHARE else ""
    return {
        "shown_a": [number(value, unit) for value in points["a"]],
        "shown_b": [number(value, unit) for value in points["b"]],
        "about": [_about(start, last, sides) for start, last in zip(points["start"], points["last"], strict=True)],
        "decided": np.where(points["leader"] == "", "undecided", "decided"),
        "side": np.where(points["value"] >= sides.level, "above", "below"),
        "above": points["value"].clip(lower=sides.level),
        "below": points["value"].clip(upper=sides.level),
        "level": sides.level,
    }


def _about(start: pd.Timestamp, last: pd.Timestamp, sides: Sides) -> str:
    """What a point is about, in words: the day of a level, the edition of a survey."""
    return span(last if sides.kind is Kind.STOCK else start, last, _period(sides))


def _period(sides: Sides) -> str:
    return "year" if sides.editions else "day"


def _domain(valued: pd.DataFrame, sides: Sides) -> tuple[float, float]:
    """Bottom and top: all of the gap and its intervals, zero, and room for the name of either side."""
    scaled = np.log(valued["value"]) if sides.kind is Kind.FLOW else valued["value"]
    low, high = min(float(scaled.min()), 0.0), max(float(scaled.max()), 0.0)
    if sides.kind is Kind.SHARE:
        low = min(low, float(valued["low"].min(skipna=True)) if valued["low"].notna().any() else low)
        high = max(high, float(valued["high"].max(skipna=True)) if valued["high"].notna().any() else high)
    room = (high - low or 1.0) * (ROOM_OF_SMALL if sides.small else ROOM)
    low, high = low - room, high + room
    return (float(np.exp(low)), float(np.exp(high))) if sides.kind is Kind.FLOW else (low, high)


def _y(domain: tuple[float, float], sides: Sides, column: str) -> alt.Y:
    """The axis of the gap: not signs but who is ahead, where there is room for names, and by how much."""
    most = MOST_MARKS_OF_SMALL if sides.small else MOST_MARKS
    if sides.kind is Kind.FLOW:
        scale = alt.Scale(type="log", domain=list(domain), nice=False)
        values = _ratios(domain, most)
    else:
        scale, values = alt.Scale(domain=list(domain), nice=False), marks(*domain, most=most)
    axis = alt.Axis(
        title=None, labelExpr=_label(sides), domain=False, ticks=False, gridOpacity=0.5, labelFontSize=_size(sides),
        labelPadding=6, values=values,
    )  # fmt: skip
    return alt.Y(f"{column}:Q", scale=scale, axis=axis)


def _label(sides: Sides) -> str:
    """A mark of the axis, as Vega is to write it: Django +15,000 · equal · Flask 2.5×."""
    level = f"{sides.level:g}"
    if sides.kind is Kind.FLOW:
        size = "format(max(datum.value, 1 / datum.value), '.3~g') + '×'"
    elif sides.kind is Kind.SHARE:
        points = "format(abs(datum.value) * 100, '.3~g')"
        size = f"'+' + {points} + ({points} === '1' ? ' point' : ' points')"
    else:
        size = f"'+' + ({in_words('abs(datum.value)')})"
    ahead = f"datum.value > {level} ? {json.dumps(sides.names[0])} : {json.dumps(sides.names[1])}"
    named = "''" if sides.small else f"(width < {ROOM_FOR_NAMES} ? '' : ({ahead}) + ' ')"
    return f"datum.value === {level} ? 'equal' : {named} + {size}"


def _ratios(domain: tuple[float, float], most: int) -> list[float]:
    """Round ratios within the axis on both sides of one, none nearer to its neighbour than there is room for."""
    apart = np.log(domain[1] / domain[0]) / (most + 1)
    kept = [1.0]
    for edge in (domain[1], 1 / domain[0]):
        last = 1.0
        for ratio in RATIOS:
            if ratio < edge and np.log(ratio / last) >= apart:
                kept.append(ratio if edge == domain[1] else 1 / ratio)
                last = ratio
    return sorted(kept)


def _size(sides: Sides) -> int:
    return LABEL_SIZE - 1 if sides.small else LABEL_SIZE


def _areas(points: pd.DataFrame, x: alt.X, y: Y, sides: Sides) -> list[alt.Chart]:
    """The gap, filled in the colour of whoever is in front."""
    if sides.kind is Kind.SHARE:
        return []
    made: list[alt.Chart] = []
    for half, colour in zip(("above", "below"), sides.colours, strict=True):
        chart = alt.Chart(points).mark_area(
            opacity=0.28, color=colour, line=False, invalid="break-paths-filter-domains"
        )
        made.append(chart.encode(x=x, y=y(half), y2=alt.Y2("level:Q")))
    return made


def _width(sides: Sides) -> float:
    return 1.6 if sides.small else 2


def _line(points: pd.DataFrame, x: alt.X, y: Y, sides: Sides) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(points)
        .mark_line(
            strokeWidth=_width(sides), color=INK[sides.dark], strokeJoin="round",
            invalid="break-paths-show-path-domains",
        )
        .encode(x=x, y=y("value"))
    )  # fmt: skip
    return chart


def _intervals_drawn(valued: pd.DataFrame, x: alt.X, y: Y, sides: Sides) -> list[alt.Chart]:
    rows = valued.dropna(subset=["low"])
    if rows.empty:
        return []
    bars = alt.Chart(rows).mark_rule(strokeWidth=5, opacity=0.4)
    return [bars.encode(x=x, y=y("low"), y2=alt.Y2("high:Q"), color=_colour(sides))]


def _dots(points: pd.DataFrame, x: alt.X, y: Y, sides: Sides) -> list[alt.Chart]:
    """Each point where there are few, and those that a line would hide; hollow where it is undecided who leads."""
    valued = points["value"].notna()
    lonely = valued & points["value"].shift(1).isna() & points["value"].shift(-1).isna()
    rows = points[valued & (lonely | (valued.sum() <= FEW_POINTS))]
    if rows.empty:
        return []
    fill = alt.condition(alt.datum.decided == "undecided", alt.value(PAGE[sides.dark]), _colour(sides))
    dots = alt.Chart(rows).mark_point(size=34 if sides.small else 60, opacity=1, strokeWidth=2)
    return [dots.encode(x=x, y=y("value"), color=_colour(sides), fill=fill)]


def _colour(sides: Sides) -> alt.Color:
    """The colour of whoever is in front."""
    return alt.Color("side:N", scale=alt.Scale(domain=["above", "below"], range=list(sides.colours)), legend=None)


def _zero(sides: Sides, y: Y) -> alt.Chart:
    rows = pd.DataFrame({"value": [sides.level]})
    chart: alt.Chart = alt.Chart(rows).mark_rule(color=INK[sides.dark], strokeWidth=1.5).encode(y=y("value"))
    return chart


def _join(points: pd.DataFrame, x: alt.X, y: Y, sides: Sides) -> list[alt.Chart]:
    """A dotted line over the hole before a last point that stands alone, unless the counting changed there."""
    valued = points.index[points["value"].notna()]
    if len(valued) < 2 or valued[-1] - valued[-2] < 2:
        return []
    ends = points.loc[[valued[-2], valued[-1]], ["when", "value"]]
    first, last = (when.date() for when in points.loc[ends.index, "last"])
    if any(b.kind == "break" and b.since <= last and b.until >= first for b in sides.breaks):
        return []
    dotted = alt.Chart(ends).mark_line(strokeWidth=1.5, strokeDash=[2, 4], color=INK[sides.dark], opacity=0.8)
    return [dotted.encode(x=x, y=y("value"))]


def _drawn_overtakes(sides: Sides, span: tuple[pd.Timestamp, pd.Timestamp]) -> pd.DataFrame:
    """The latest overtakes up to the day of the question, clipped to the days drawn: from, to, days (text)."""
    shift = HALF_A_YEAR if sides.editions else pd.Timedelta(0)
    drawn = [o for o in sides.overtakes if not o.on_break and (sides.on is None or o.first_after <= sides.on)]
    drawn = drawn[-MOST_BRACKETS:]
    return pd.DataFrame(
        {
            "from": [max(pd.Timestamp(o.last_before) - shift, span[0]) for o in drawn],
            "to": [pd.Timestamp(o.first_after) - shift for o in drawn],
            "days": [wording.bracket(_period(sides), o.last_before, o.first_after) for o in drawn],
        }
    )


def _brackets(sides: Sides, span: tuple[pd.Timestamp, pd.Timestamp]) -> list[alt.Chart]:
    """The overtakes: from the last day one led to the first day the other did, however narrow."""
    rows = _drawn_overtakes(sides, span)
    if rows.empty:
        return []
    colour = INK[sides.dark]
    base = alt.Chart(rows).encode(x=alt.X("from:T"), tooltip=[alt.Tooltip("days:N", title="Change of lead")])
    bracket = base.mark_rect(color=colour, opacity=0.2, stroke=colour, strokeOpacity=1, strokeWidth=1.5)
    return [bracket.encode(x2=alt.X2("to:T"))]


def _bracket_label(sides: Sides, span: tuple[pd.Timestamp, pd.Timestamp]) -> list[alt.Chart]:
    """The days of the latest overtake, on whichever side of it there is room; beyond the day of the
    question, pointing back, where that day would cross the label.
    """
    last = _drawn_overtakes(sides, span).tail(1)
    if sides.small or last.empty:
        return []
    start, end, days = last["from"].iloc[0], last["to"].iloc[0], last["days"].iloc[0]
    whole = (span[1] - span[0]) or pd.Timedelta(1)
    before, on = (start - span[0]) / whole, sides.on and pd.Timestamp(sides.on)
    crossed = on is not None and (on - end) / whole < LABEL
    right = before < (LABEL if crossed else 0.5)
    if crossed and right:
        end, days = on, f"◂ {days}"
    align: Literal["left", "right"] = "left" if right else "right"
    base = alt.Chart(pd.DataFrame({"when": [end if right else start], "days": [days]}))
    base = base.transform_filter(f"width >= {ROOM_FOR_NAMES}")  # elsewhere the page's words have to do
    ink, ground = INK[sides.dark], PAGE[sides.dark]
    texts = [  # on ground of its own: no line goes through it
        base.mark_text(
            align=align, dx=7 if right else -7, baseline="top", fontSize=LABEL_SIZE - 1, fontWeight=600,
            color=colour, stroke=edge, strokeWidth=wide,
        )
        for colour, edge, wide in ((ground, ground, 5), (ink, "transparent", 0))
    ]  # fmt: skip
    return [text.encode(x=alt.X("when:T"), y=alt.YValue(46), text=alt.Text("days:N")) for text in texts]


def _above(pixels: float) -> Any:
    """A place that many pixels above the bottom. Only Vega has the height of the lines' own part of a chart."""
    return alt.value(alt.ExprRef(f"height - {pixels:g}"))


def _veil(sides: Sides, span: tuple[pd.Timestamp, pd.Timestamp]) -> list[alt.Chart]:
    """What came after the day of the question, pale."""
    if sides.on is None or pd.Timestamp(sides.on) >= span[1]:
        return []
    rows = pd.DataFrame({"from": [max(pd.Timestamp(sides.on), span[0])], "to": [span[1]]})
    veil = alt.Chart(rows).mark_rect(color=PAGE[sides.dark], opacity=0.62)
    return [veil.encode(x=alt.X("from:T"), x2=alt.X2("to:T"))]


def _on(sides: Sides) -> list[alt.Chart]:
    if sides.on is None:
        return []
    rows = pd.DataFrame({"when": [pd.Timestamp(sides.on)], "day": [wording.day(sides.on)]})
    base = alt.Chart(rows).encode(x=alt.X("when:T"), tooltip=[alt.Tooltip("day:N", title="As it stood on")])
    colour = INK[sides.dark]
    rule = base.mark_rule(color=colour, strokeDash=[4, 3], strokeWidth=1.5)
    text = base.mark_text(align="left", baseline="top", dx=6, fontSize=13, fontWeight=600, color=colour)
    return [rule] if sides.small else [rule, text.encode(y=alt.YValue(26), text=alt.Text("day:N"))]


def _hover(valued: pd.DataFrame, x: alt.X, y: Y, sides: Sides) -> list[alt.Chart]:
    """A rule at the moment the pointer is nearest to, and what is known of it."""
    near = alt.selection_point(nearest=True, on="pointerover", clear="pointerout", encodings=["x"], empty=False)
    tips = [
        alt.Tooltip("about:N", title="When"),
        alt.Tooltip("shown:N", title="Ahead"),
        alt.Tooltip("shown_a:N", title=sides.names[0]),
        alt.Tooltip("shown_b:N", title=sides.names[1]),
        alt.Tooltip("decided:N", title="Lead"),
    ]
    base = alt.Chart(valued[["when", "value", "about", "shown", "shown_a", "shown_b", "decided"]])
    rule = base.mark_rule(color=INK[sides.dark]).encode(x=x, opacity=alt.condition(near, alt.value(0.55), alt.value(0)))
    dot = base.mark_point(size=90, filled=True, color=INK[sides.dark]).encode(
        x=x, y=y("value"), opacity=alt.condition(near, alt.value(1), alt.value(0)), tooltip=tips
    )
    return [rule, dot.add_params(near)]


def _names(sides: Sides) -> list[alt.Chart]:
    """Whose side is which, in words and colour."""
    made: list[alt.Chart] = []
    for n, place in enumerate((alt.value(4), _above(4))):
        text = alt.Chart(pd.DataFrame({"label": [f"{'▲' if n == 0 else '▼'} {sides.names[n]} ahead"]})).mark_text(
            align="left", baseline="top" if n == 0 else "bottom", fontSize=_size(sides), fontWeight=700,
            color=sides.colours[n],
        )  # fmt: skip
        made.append(text.encode(x=alt.XValue(6), y=place, text=alt.Text("label:N")))
    return made
