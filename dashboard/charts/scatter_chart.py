"""Attention against use: two logarithmic axes, a named mark per framework, and the way it came."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt
import pandas as pd

from dashboard.charts.layers.axes import LABEL_SIZE, NUMBER, powers
from dashboard.charts.layers.layered_chart import layered
from dashboard.charts.line_chart import Line
from dashboard.charts.text_width import width as width_of
from dashboard.charts.theme import PAGE

HEIGHT = 470
AXIS = 75  # pixels of the height that the axis takes
WIDTHS = (
    250.0,
    330.0,
    500.0,
    700.0,
    1000.0,
)  # pixels of the plot, from a phone's to a screen's: a name must fit on all
MARGIN = 1.7  # the axes go so many times beyond the outermost values
MARK = 7.0  # pixels from the middle of a mark to its edge
GAP = 2.0  # pixels that stay free between two names
Align = Literal["left", "right", "center"]
Box = tuple[float, float, float, float]  # left, top, right and bottom, in pixels from the plot's upper left
# where a name may stand beside its mark, the best place first: alignment, pixels aside and down. Beyond REACH a thin
# line leads from the mark to its name.
PLACES: tuple[tuple[Align, int, int], ...] = (
    ("left", 10, 0), ("center", 0, -15), ("center", 0, 15), ("right", -10, 0),
    ("left", 8, -24), ("right", -8, -24), ("left", 8, 24), ("right", -8, 24),
    ("left", 28, -24), ("right", -28, -24), ("left", 28, 24), ("right", -28, 24),
    ("left", 8, -42), ("right", -8, -42), ("left", 8, 42), ("right", -8, 42),
    ("left", 28, -42), ("right", -28, -42), ("left", 28, 42), ("right", -28, 42),
    ("left", 8, -60), ("right", -8, -60), ("left", 8, 60), ("right", -8, 60),
    ("left", 28, -60), ("right", -28, -60), ("left", 28, 60), ("right", -28, 60),
)  # fmt: skip
REACH = 15


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

    `part` parts the stretches of a trail: between two of them nothing is drawn.
    """
    ends = points[points["last"]]
    low, high = ({axis: f(points[axis]) for axis in ("x", "y")} for f in (min, max))
    spans = {axis: (low[axis] / MARGIN, high[axis] * MARGIN) for axis in ("x", "y")}
    x = alt.X("x:Q", axis=_axis(how.x_title, spans["x"]), scale=_scale(spans["x"]))
    y = alt.Y("y:Q", axis=_axis(how.y_title, spans["y"]), scale=_scale(spans["y"]))
    named = ends.assign(place=places(ends, spans, how.height - AXIS))
    layers = [_paths(points, how, x, y), *_leaders(named, how, x, y), _marks(ends, how, x, y)]
    layers += _names(named, how, x, y)
    return layered(layers, how.height, right=6)


def _axis(title: str, span: tuple[float, float]) -> alt.Axis:
    return alt.Axis(
        title=title, labelExpr=NUMBER, values=powers(*span), domain=False, ticks=False, labelFontSize=LABEL_SIZE - 1,
        titleFontSize=LABEL_SIZE - 1, titleFontWeight=600, gridOpacity=0.5, labelPadding=6, labelOverlap="greedy",
    )  # fmt: skip


def _scale(span: tuple[float, float]) -> alt.Scale:
    return alt.Scale(type="log", domain=list(span), nice=False)


def colour(lines: Sequence[Line]) -> alt.Color:
    """The frameworks' own colours, without a legend: names stand beside the marks."""
    scale = alt.Scale(domain=[line.id for line in lines], range=[line.colour for line in lines])
    return alt.Color("line:N", scale=scale, legend=None)


def _paths(points: pd.DataFrame, how: Plane, x: alt.X, y: alt.Y) -> alt.Chart:
    dash = alt.Scale(domain=[line.id for line in how.lines], range=[list(line.dash) for line in how.lines])
    chart: alt.Chart = (
        alt.Chart(points)
        .mark_line(strokeWidth=2, opacity=0.5)
        .encode(
            x=x, y=y, color=colour(how.lines), detail=alt.Detail("part:N"), order="when:O",
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
        .encode(x=x, y=y, color=colour(how.lines), shape=alt.Shape("line:N", scale=shape, legend=None), tooltip=tips)
    )
    return chart


def _leaders(ends: pd.DataFrame, how: Plane, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """A thin line from each mark to a name that had to move away from it."""
    layers: list[alt.Chart] = []
    for place, (_, dx, dy) in enumerate(PLACES):
        here = ends[ends["place"] == place]
        if len(here) and abs(dy) > REACH:
            end = dy + (LABEL_SIZE / 2 if dy < 0 else -LABEL_SIZE / 2)
            line = alt.Chart(here).mark_rule(strokeWidth=1, opacity=0.7, x2Offset=dx, y2Offset=end)
            # from the mark to the same place in the data, moved by pixels
            layers.append(line.encode(x=x, y=y, x2="x", y2="y", color=colour(how.lines)))
    return layers


def _names(ends: pd.DataFrame, how: Plane, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """The names, a layer for each place beside the mark that any of them takes."""
    layers: list[alt.Chart] = []
    for place, (align, dx, dy) in enumerate(PLACES):
        here = ends[ends["place"] == place]
        if len(here):
            text = alt.Chart(here).encode(x=x, y=y, text=alt.Text("name:N"))
            edge = text.mark_text(
                align=align, dx=dx, dy=dy, fontSize=LABEL_SIZE, fontWeight=600, baseline="middle", opacity=0.85,
                color=PAGE[how.dark], stroke=PAGE[how.dark], strokeWidth=4,
            )  # fmt: skip
            name = text.mark_text(
                align=align, dx=dx, dy=dy, fontSize=LABEL_SIZE, fontWeight=600, baseline="middle"
            ).encode(color=colour(how.lines))
            layers += [edge, name]  # the edge, so that no trail runs through the letters
    return layers


def places(ends: pd.DataFrame, spans: dict[str, tuple[float, float]], height: float) -> list[int]:
    """For each name the first of PLACES where it lies over no mark and no other name, be the plot wide or narrow.

    Names with the fewest free places choose first; one without any stands right of its mark, or left of it at the edge.
    """
    sheets = [_sheet(ends, spans, width, height) for width in WIDTHS]
    every = range(len(ends))
    free = [[k for k in range(len(PLACES)) if all(s.free(n, k) for s in sheets)] for n in every]
    chosen: dict[int, int] = {}
    for n in sorted(every, key=lambda n: len(free[n])):
        left = 3 if sheets[0].boxes[n][0][2] > sheets[0].width else 0
        at = (k for k in free[n] if not any(_hits(s.boxes[n][k], s.taken(chosen)) for s in sheets))
        chosen[n] = next(at, left)
    return [chosen[n] for n in every]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where marks and names would be on a plot of a width: boxes by name and place."""

    width: float
    height: float
    marks: list[Box]
    boxes: list[list[Box]]

    def free(self, n: int, place: int) -> bool:
        """Whether a name at a place is within the plot and over no mark."""
        box = self.boxes[n][place]
        within = box[0] >= 0 and box[2] <= self.width and box[1] >= 0 and box[3] <= self.height
        return within and not _hits(box, self.marks)

    def taken(self, chosen: dict[int, int]) -> list[Box]:
        return [self.boxes[n][place] for n, place in chosen.items()]


def _sheet(ends: pd.DataFrame, spans: dict[str, tuple[float, float]], width: float, height: float) -> _Sheet:
    across, down = (
        [math.log(value / spans[axis][0]) / math.log(spans[axis][1] / spans[axis][0]) for value in ends[axis]]
        for axis in ("x", "y")
    )
    at = [(a * width, (1 - d) * height) for a, d in zip(across, down, strict=True)]
    marks = [(px - MARK, py - MARK, px + MARK, py + MARK) for px, py in at]
    names = [str(name) for name in ends["name"]]
    boxes = [[_box(px, py, name, place) for place in PLACES] for (px, py), name in zip(at, names, strict=True)]
    return _Sheet(width, height, marks, boxes)


def _box(px: float, py: float, name: str, place: tuple[Align, int, int]) -> Box:
    """Left, top, right and bottom of a name in pixels."""
    align, dx, dy = place
    width = width_of(name, LABEL_SIZE, bold=True)
    left = px + dx - {"left": 0.0, "right": width, "center": width / 2}[align]
    half = LABEL_SIZE / 2 + GAP
    return left - GAP, py + dy - half, left + width + GAP, py + dy + half


def _hits(box: Box, others: Sequence[Box]) -> bool:
    return any(box[0] < o[2] and o[0] < box[2] and box[1] < o[3] and o[1] < box[3] for o in others)
