"""Attention against use: two logarithmic axes, a named mark per framework, the way it came; and lists of dots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import altair as alt
import pandas as pd

from dashboard.linechart import COMPACT, INK, LABEL_SIZE, PAGE, PERCENT, Line

HEIGHT = 470
PLOT = 395.0  # of the height what the axis leaves
NARROW = 250.0  # pixels of the plot on a phone: names that do not collide there collide nowhere
LETTER = 8.0  # pixels a letter of a name takes, about
MARGIN = 1.7  # the axes go so many times beyond the outermost values
# where a name may stand beside its mark, the best place first: alignment, pixels aside and down
PLACES: dict[str, tuple[Literal["left", "right", "center"], int, int]] = {
    "right": ("left", 10, 0),
    "above": ("center", 0, -15),
    "below": ("center", 0, 15),
    "left": ("right", -10, 0),
}


@dataclass(frozen=True, slots=True)
class Plane:
    """How to draw: the looks of the frameworks, and what the axes and a mark's text call the two metrics."""

    lines: Sequence[Line]
    x_title: str
    y_title: str
    dark: bool = False
    height: int = HEIGHT


def draw(points: pd.DataFrame, how: Plane) -> alt.LayerChart:
    """Draw `points`: line, name, part, when (text), x, y (both above zero), last (whether it is the month asked for).

    `part` tells the stretches of a trail apart: between two of them nothing is drawn.
    """
    ends = points[points["last"]]
    low, high = ({axis: f(points[axis]) for axis in ("x", "y")} for f in (min, max))
    spans = {axis: (low[axis] / MARGIN, high[axis] * MARGIN) for axis in ("x", "y")}
    x = alt.X("x:Q", axis=_axis(how.x_title, spans["x"]), scale=_scale(spans["x"]))
    y = alt.Y("y:Q", axis=_axis(how.y_title, spans["y"]), scale=_scale(spans["y"]))
    named = ends.assign(place=_places(ends, spans))
    layers = [_trails(points, how, x, y), _marks(ends, how, x, y), *_names(named, how, x, y)]
    chart = alt.layer(*layers).properties(height=how.height, padding={"left": 2, "top": 6, "bottom": 2, "right": 6})
    return cast(alt.LayerChart, chart.configure_view(strokeWidth=0))


def _axis(title: str, span: tuple[float, float]) -> alt.Axis:
    return alt.Axis(
        title=title, labelExpr=COMPACT, values=_ticks(*span), domain=False, ticks=False, labelFontSize=LABEL_SIZE - 1,
        titleFontSize=LABEL_SIZE - 1, titleFontWeight=600, gridOpacity=0.5, labelPadding=6, labelOverlap="greedy",
    )  # fmt: skip


def _scale(span: tuple[float, float]) -> alt.Scale:
    return alt.Scale(type="log", domain=list(span), nice=False)


def _ticks(low: float, high: float) -> list[float]:
    """The powers of ten within the axis; twos and fives as well when those are few."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    tens = [10.0**power for power in powers if low <= 10.0**power <= high]
    fine = [n * 10.0**power for power in powers for n in (1, 2, 5) if low <= n * 10.0**power <= high]
    return tens if len(tens) > 2 else fine


def _colour(lines: Sequence[Line]) -> alt.Color:
    scale = alt.Scale(domain=[line.id for line in lines], range=[line.colour for line in lines])
    return alt.Color("line:N", scale=scale, legend=None)


def _trails(points: pd.DataFrame, how: Plane, x: alt.X, y: alt.Y) -> alt.Chart:
    dash = alt.Scale(domain=[line.id for line in how.lines], range=[list(line.dash) for line in how.lines])
    chart: alt.Chart = (
        alt.Chart(points)
        .mark_line(strokeWidth=2, opacity=0.5)
        .encode(
            x=x, y=y, color=_colour(how.lines), detail="part:N", order="when:O",
            strokeDash=alt.StrokeDash("line:N", scale=dash, legend=None),
        )
    )  # fmt: skip
    return chart


def _marks(ends: pd.DataFrame, how: Plane, x: alt.X, y: alt.Y) -> alt.Chart:
    shape = alt.Scale(domain=[line.id for line in how.lines], range=[line.shape for line in how.lines])
    tips = [
        alt.Tooltip("name:N", title="Framework"),
        alt.Tooltip("x:Q", title=how.x_title, format=",.0f"),
        alt.Tooltip("y:Q", title=how.y_title, format=",.0f"),
        alt.Tooltip("when:N", title="Around"),
    ]
    chart: alt.Chart = (
        alt.Chart(ends)
        .mark_point(size=130, filled=True, opacity=1)
        .encode(x=x, y=y, color=_colour(how.lines), shape=alt.Shape("line:N", scale=shape, legend=None), tooltip=tips)
    )
    return chart


def _names(ends: pd.DataFrame, how: Plane, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """The names, a layer for each place beside the mark that any of them takes."""
    layers: list[alt.Chart] = []
    for place, (align, dx, dy) in PLACES.items():
        here = ends[ends["place"] == place]
        if len(here):
            text = alt.Chart(here).encode(x=x, y=y, text="name:N")
            edge = text.mark_text(
                align=align, dx=dx, dy=dy, fontSize=LABEL_SIZE, fontWeight=600, baseline="middle", opacity=0.85,
                color=PAGE[how.dark], stroke=PAGE[how.dark], strokeWidth=4,
            )  # fmt: skip
            name = text.mark_text(
                align=align, dx=dx, dy=dy, fontSize=LABEL_SIZE, fontWeight=600, baseline="middle"
            ).encode(color=_colour(how.lines))
            layers += [edge, name]  # the edge, so that no trail runs through the letters
    return layers


def _places(ends: pd.DataFrame, spans: dict[str, tuple[float, float]]) -> list[str]:
    """A place for each name where it lies over no mark and no other name, as far as there is one."""
    across, down = (
        [math.log(value / spans[axis][0]) / math.log(spans[axis][1] / spans[axis][0]) for value in ends[axis]]
        for axis in ("x", "y")
    )
    at = [(a * NARROW, (1 - d) * PLOT) for a, d in zip(across, down, strict=True)]
    taken = [(px - 7, py - 7, px + 7, py + 7) for px, py in at]
    places: list[str] = []
    for (px, py), name in zip(at, ends["name"].astype(str), strict=True):
        boxes = {place: _box(px, py, name, place) for place in PLACES}
        free = [place for place, box in boxes.items() if _fits(box) and not any(_over(box, t) for t in taken)]
        places.append(free[0] if free else next((p for p, box in boxes.items() if _fits(box)), "above"))
        taken.append(boxes[places[-1]])
    return places


def _box(px: float, py: float, name: str, place: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a name in pixels."""
    align, dx, dy = PLACES[place]
    width = len(name) * LETTER
    left = px + dx - {"left": 0.0, "right": width, "center": width / 2}[align]
    return left, py + dy - LABEL_SIZE / 2, left + width, py + dy + LABEL_SIZE / 2


def _fits(box: tuple[float, float, float, float]) -> bool:
    return box[0] >= 0 and box[2] <= NARROW


def _over(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def dotlist(rows: pd.DataFrame, lines: Sequence[Line], *, share: bool, dark: bool) -> alt.LayerChart:
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
        layers.append(bars.encode(x=_measure("low", rows, share=share), x2="high:Q", y=y, color=_colour(lines)))
    mark = base.mark_point(size=90, filled=True, opacity=1)
    shapes = alt.Shape("line:N", scale=shape, legend=None)
    layers.append(mark.encode(x=x, y=y, color=_colour(lines), shape=shapes, tooltip=tips))
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
        gridOpacity=0.5, labelOverlap="greedy", **({"tickCount": 4} if share else {"values": _ticks(*span)}),
    )  # fmt: skip
    scale = alt.Scale(type="linear" if share else "log", domain=span, nice=False)
    return alt.X(f"{column}:Q", axis=look, scale=scale)
