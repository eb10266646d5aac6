"""Lines over time that say what is not known: gaps break a line, breaks are shaded, the unfinished is hollow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import altair as alt
import pandas as pd

from answers.wording import counted
from catalog import Break
from dashboard.charts import anomaly_rings, event_strip
from dashboard.charts.end_labels import Axis, spread
from dashboard.charts.layers import crosshair, overtake_rings
from dashboard.charts.layers.crosshair import Crosshair, milliseconds
from dashboard.charts.theme import INK, PAGE, SHADE, STRONG
from dashboard.text import number

TRACED = "traced"  # the selection that holds the point a reader clicked: its line and its origin
DOTS, ENDS = "dots", "ends"  # what the layers are called whose marks are clicked and pointed at
FEW_POINTS = 30  # a line of so few points shows each of them
LABEL_SIZE = 14
MUTED = 0.2  # of the other lines, while the name of one is pointed at


def compact(value: str) -> str:
    """A number on an axis, short, as Vega writes it: 20k, 3M, 2B, 0.3."""
    return f"abs({value}) < 1 ? format({value}, '.3~r') : replace(format({value}, '~s'), 'G', 'B')"


COMPACT = compact("datum.value")
AGE_ORIGIN = pd.Timestamp("2000-01-01")  # stands for every line's first day on an axis of ages
# In years of 365.25 days.
AGE = f"format((toNumber(datum.value) - {AGE_ORIGIN.timestamp() * 1000:.0f}) / 31557600000, '.1~f')"
PERCENT = "format(datum.value * 100, '~r') + ' %'"
TICKS = {"share": PERCENT, "change": PERCENT, "times": "format(datum.value, '~g')"}  # what is not by the thousand


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its id in the frame's column `line`, its name and its look."""

    id: str
    label: str
    colour: str
    dash: tuple[int, ...] = (1, 0)
    shape: str = "circle"


@dataclass(frozen=True, slots=True)
class LineChartOptions:
    """What to draw, besides the data. `unit` is "share" for shares in [0, 1], "change" for relative growth, else the
    unit's name. `ages` is the title of an axis of years of age, on which `AGE_ORIGIN` is every line's first day.
    """

    lines: Sequence[Line]
    unit: str
    dark: bool = False
    log: bool = False
    from_zero: bool = True
    height: int = 440
    small: bool = False
    breaks: Sequence[Break] = field(default_factory=tuple)
    at: float | None = None  # a level to mark across, such as 100 of an index
    ages: str = ""
    happened: pd.DataFrame | None = None  # what to mark below the lines, as `dashboard.happenings.drawn` makes it
    rings: pd.DataFrame | None = None  # about which points, as `anomaly_rings.drawn` makes it
    overtakes: pd.DataFrame | None = None  # who passed whom, as `overtake_rings.rings` makes it
    traced: bool = False  # whether a click on a point says which one it was
    still: bool = False  # a picture: nothing in it answers a pointer


def draw(points: pd.DataFrame, how: LineChartOptions) -> alt.LayerChart:
    """Draw `points`, as `dashboard.points` makes them: one row per line and moment, a NaN where the line breaks."""
    points = _logarithmic(points) if how.log else points
    axis = _axis(points["value"], how)
    moments = points.dropna(subset=["value"])["when"]
    span = (moments.min(), moments.max())
    strip = event_strip.EventStrip(how.happened, INK[how.dark]) if how.happened is not None else None
    depth = strip.depth if strip else 0
    x, y = _x(span, how, depth), _y(axis, how)
    pointed = None if how.still else _Pointed.of(points, how)
    rows = _rows(points, how, pointed)
    layers: list[alt.Chart] = [*_shades(how, span), *_level(how), _paths(rows, x, y, how, pointed)]
    layers += [_marks(points, x, how, pointed), *(_hover(rows, pointed, x, how) if pointed else [])]
    layers += strip.layers(x, _colour(how)) if strip else []
    layers += anomaly_rings.layers(how.rings, x, y, INK[how.dark], still=how.still)
    layers += overtake_rings.layers(how.overtakes, x, y, STRONG[how.dark], still=how.still)
    layers.append(_names(points, span, axis, how, pointed))
    chart = alt.layer(*layers).properties(
        height=how.height + depth, padding={"left": 2, "top": 6, "bottom": 2, "right": 4}
    )
    return cast(alt.LayerChart, chart.configure_view(strokeWidth=0))


@dataclass(frozen=True, slots=True)
class _Pointed:
    """What answers a pointer: the moment nearest to it, and the line whose name it is at."""

    crosshair: Crosshair
    near: alt.Parameter
    name: alt.Parameter

    @classmethod
    def of(cls, points: pd.DataFrame, how: LineChartOptions) -> _Pointed:
        near = alt.selection_point(fields=["when"], on="pointerover", clear="view:pointerout", empty=False)
        named = f"@{ENDS}_marks"
        name = alt.selection_point(fields=["line"], on=f"{named}:pointerover", clear=f"{named}:pointerout", empty=True)
        return cls(Crosshair(points, how.unit, AGE_ORIGIN if how.ages else None), near, name)

    @property
    def opacity(self) -> Any:
        """Full, and little for the lines that are not meant while a name is."""
        return alt.condition(self.name, alt.value(1), alt.value(MUTED))


def _label_size(how: LineChartOptions) -> int:
    return LABEL_SIZE - 1 if how.small else LABEL_SIZE


def undrawn(points: pd.DataFrame) -> str:
    """What a logarithmic scale leaves out of these, in a sentence; empty if nothing."""
    zeros = int((points["value"] <= 0).sum())
    if not zeros:
        return ""
    return (
        f"A logarithmic scale has no place for 0: {counted(zeros, 'figure')} of 0 or less "
        f"{'is' if zeros == 1 else 'are'} not drawn."
    )


def _logarithmic(points: pd.DataFrame) -> pd.DataFrame:
    return points.assign(value=points["value"].where(points["value"] > 0))


def _axis(values: pd.Series[float], how: LineChartOptions) -> Axis:
    """The axis, with room above; from zero unless the lines lie high above it or the scale is logarithmic."""
    numbers = values.dropna()
    low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 1.0)
    if how.log:
        return Axis(low / 1.15, max(high * 1.15, low * 2), how.height, log=True)
    room = (high - low) * 0.06 or abs(high) * 0.06 or 1.0
    bottom = 0.0 if how.from_zero and low >= 0 else low - room
    return Axis(bottom, high + room, how.height)


def _colour(how: LineChartOptions, legend: alt.Legend | None = None) -> alt.Color:
    ids = [line.id for line in how.lines]
    return alt.Color("line:N", scale=alt.Scale(domain=ids, range=[line.colour for line in how.lines]), legend=legend)


def _x(span: tuple[pd.Timestamp, pd.Timestamp], how: LineChartOptions, offset: float) -> alt.X:
    """The axis of time, `offset` pixels below the lines."""
    ages: dict[str, Any] = {"labelExpr": AGE, "title": how.ages, "format": alt.Undefined}
    return time_axis(
        span,
        labelFontSize=_label_size(how),
        tickCount=4 if how.small else 6,
        offset=offset,
        **(ages if how.ages else {}),
    )


def time_axis(span: tuple[date, date], column: str = "when", finest: str = "%d %b", **look: Any) -> alt.X:
    """The axis of time between two days: years, months or, where `finest` has them, days. `look`: more of alt.Axis."""
    days = (span[1] - span[0]).days
    shape = "%Y" if days > 900 else "%b %Y" if days > 75 else finest
    plain = {
        "title": None, "format": shape, "labelFontSize": LABEL_SIZE, "tickCount": 6, "grid": False, "domain": False,
        "labelOverlap": "greedy", "labelFlush": True, "ticks": False, "labelPadding": 8,
    }  # fmt: skip
    ends = [alt.DateTime(year=day.year, month=day.month, date=day.day, utc=True) for day in span]
    return alt.X(f"{column}:T", scale=alt.Scale(type="utc", domain=ends), axis=alt.Axis(**plain | look))


def in_utc(chart: Any, done: dict[int, pd.DataFrame] | None = None) -> Any:
    """The chart, with every moment of its frames in UTC: one without a zone is taken for one of the reader's own."""
    done = {} if done is None else done
    if isinstance(chart.data, pd.DataFrame):
        frame = chart.data
        zoneless = frame.select_dtypes("datetime")  # layers that share a frame go on sharing it
        chart.data = done.setdefault(id(frame), frame.assign(**zoneless.apply(lambda days: days.dt.tz_localize("UTC"))))
    for kind in ("layer", "hconcat", "vconcat", "concat"):
        for part in getattr(chart, kind, None) or []:
            in_utc(part, done)
    return chart


def _y(axis: Axis, how: LineChartOptions) -> alt.Y:
    scale = alt.Scale(domain=[axis.low, axis.high], type="log" if axis.log else "linear", nice=False, zero=False)
    look = alt.Axis(
        title=None, labelExpr=TICKS.get(how.unit, COMPACT), tickCount=3 if how.small else 5,
        domain=False, ticks=False, labelFontSize=_label_size(how), gridOpacity=0.6, labelPadding=6,
        values=(ticks(axis.low, axis.high) if axis.log else []) or alt.Undefined,
    )  # fmt: skip
    return alt.Y("value:Q", scale=scale, axis=look)


def ticks(low: float, high: float) -> list[float]:
    """The powers of ten within a logarithmic axis; twos and fives as well, or all between, when those are few."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    by_digits = [
        [n * 10.0**power for power in powers for n in digits if low <= n * 10.0**power <= high]
        for digits in ((1,), (1, 2, 5), range(1, 10))
    ]
    return next((marks for marks in by_digits if len(marks) > 2), by_digits[-1])


def _rows(points: pd.DataFrame, how: LineChartOptions, pointed: _Pointed | None) -> pd.DataFrame:
    """What every layer of points needs, once and no more: a browser has to fetch it."""
    rows = points[["line", "value"]].assign(when=milliseconds(points["when"]))
    if (points["status"] == "provisional").any():
        rows["status"] = points["status"]
    if pointed:
        rows["at"] = pointed.crosshair.nearest(points["when"])
    return rows.assign(origin=points["origin"]) if pointed and how.traced else rows


def _paths(rows: pd.DataFrame, x: alt.X, y: alt.Y, how: LineChartOptions, pointed: _Pointed | None) -> alt.Chart:
    """The lines. They stop before what is provisional: half a month would look like a fall."""
    ids = [line.id for line in how.lines]
    dash = alt.StrokeDash(
        "line:N", scale=alt.Scale(domain=ids, range=[list(line.dash) for line in how.lines]), legend=None
    )
    base = alt.Chart(rows)
    if "status" in rows:
        base = base.transform_calculate(value="datum.status === 'provisional' ? null : datum.value")
    chart: alt.Chart = base.mark_line(
        strokeWidth=2 if how.small else 2.5, strokeJoin="round", invalid="break-paths-show-path-domains"
    ).encode(x=x, y=y, color=_colour(how), strokeDash=dash, **({"opacity": pointed.opacity} if pointed else {}))
    return chart


def _marks(points: pd.DataFrame, x: alt.X, how: LineChartOptions, pointed: _Pointed | None) -> alt.Chart:
    """Points that a line alone would hide: lonely ones, those of short lines, and (hollow) the provisional ones."""
    ids = [line.id for line in how.lines]
    shape = alt.Shape("line:N", scale=alt.Scale(domain=ids, range=[line.shape for line in how.lines]), legend=None)
    fill = alt.condition(alt.datum.status == "provisional", alt.value(PAGE[how.dark]), _colour(how))
    chart: alt.Chart = (
        alt.Chart(points.loc[_worth_a_mark(points), ["line", "when", "value", "status"]])
        .mark_point(size=30 if how.small else 55, opacity=1, strokeWidth=2)
        .encode(
            x=x,
            y="value:Q",
            color=_colour(how),
            fill=fill,
            shape=shape,
            **({"opacity": pointed.opacity} if pointed else {}),
        )
    )
    return chart


def _worth_a_mark(points: pd.DataFrame) -> pd.Series[bool]:
    by_line = points.groupby("line", sort=False)["value"]
    present = points["value"].notna()
    lonely = present & by_line.shift(1).isna() & by_line.shift(-1).isna()
    few = by_line.transform("count") <= FEW_POINTS
    return lonely | (present & few) | (present & (points["status"] == "provisional"))


def _hover(rows: pd.DataFrame, pointed: _Pointed, x: alt.X, how: LineChartOptions) -> list[alt.Chart]:
    """The rule at the moment the pointer is nearest to, and the points there, which may be clicked."""
    cross, base = pointed.crosshair, alt.Chart(rows).transform_filter("isValid(datum.value)")
    rule = crosshair.rule(base, INK[how.dark], pointed.near)
    dots: alt.Chart = base.mark_point(size=70, filled=True, tooltip=crosshair.tip_of(cross)).encode(
        x=x, y="value:Q", color=_colour(how), opacity=alt.condition(pointed.near, alt.value(1), alt.value(0))
    )
    if how.traced:
        clicks = alt.selection_point(name=TRACED, fields=["line", "origin"], on=f"@{DOTS}_marks:click", clear=False)
        dots = dots.properties(name=DOTS).add_params(clicks)
        dots.mark.cursor, dots.mark.stroke, dots.mark.strokeWidth = "pointer", "transparent", 8
    return [rule, crosshair.fields(cross, pointed.near), dots]


def _names(
    points: pd.DataFrame,
    span: tuple[pd.Timestamp, pd.Timestamp],
    axis: Axis,
    how: LineChartOptions,
    pointed: _Pointed | None,
) -> alt.Chart:
    """The name of each line at its end; the one that is pointed at leaves the other lines pale."""
    last = points.dropna(subset=["value"]).groupby("line", sort=False)["value"].last()
    lines = [line for line in how.lines if line.id in last.index]
    size = _label_size(how)
    places = spread([axis.pixel(float(last[line.id])) for line in lines], size + 3, axis.height)
    rows = pd.DataFrame(
        {
            "line": [line.id for line in lines],
            "label": [line.label for line in lines],
            "value": [axis.value(place) for place in places],
            "when": [span[1]] * len(lines),
        }
    )
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_text(align="left", dx=9, fontSize=size, fontWeight=600, baseline="middle", clip=False)
        .encode(x="when:T", y="value:Q", text="label:N", color=_colour(how))
    )
    return chart.properties(name=ENDS).add_params(pointed.name) if pointed else chart


def _level(how: LineChartOptions) -> list[alt.Chart]:
    if how.at is None:
        return []
    rows = pd.DataFrame({"value": [how.at]})
    return [alt.Chart(rows).mark_rule(color=INK[how.dark], strokeDash=[3, 3], opacity=0.7).encode(y="value:Q")]


def within(breaks: Sequence[Break], first: date, last: date) -> list[Break]:
    """The breaks that touch a span, oldest first: their place in this list is their number on the chart."""
    return [b for b in sorted(breaks, key=lambda b: b.since) if b.until >= first and b.since <= last]


def _shades(how: LineChartOptions, span: tuple[pd.Timestamp, pd.Timestamp]) -> list[alt.Chart]:
    """A band for each break, with its number at the top; numbers that would touch share one label."""
    shaded = within(how.breaks, span[0].date(), span[1].date())
    if not shaded:
        return []
    rows = pd.DataFrame(
        {
            "from": [max(pd.Timestamp(b.since), span[0]) for b in shaded],
            "to": [min(pd.Timestamp(b.until) + pd.Timedelta(days=1), span[1]) for b in shaded],
            "title": [b.title for b in shaded],
            "days": [f"{b.since} to {b.until}" for b in shaded],
        }
    )
    tips = [alt.Tooltip("title:N", title="Break"), alt.Tooltip("days:N", title="Days")]
    base = alt.Chart(rows)
    colour = SHADE[how.dark]
    band = base.mark_rect(color=colour, opacity=0.14, stroke=colour, strokeOpacity=0.5, strokeWidth=1).encode(
        x="from:T", x2="to:T", tooltip=tips
    )
    if how.small:
        return [band]
    numbers = (
        alt.Chart(band_numbers(rows, span))
        .mark_text(fontSize=12, fontWeight=700, color=colour, baseline="top", dy=2)
        .encode(x="when:T", y=alt.value(0), text="number:N")
    )
    return [band, numbers]


def band_numbers(rows: pd.DataFrame, span: tuple[pd.Timestamp, pd.Timestamp]) -> pd.DataFrame:
    """A number for each band (from, to); those of bands too near each other share one label."""
    near = (span[1] - span[0]) * 0.07  # two figures' width on a phone
    labels: list[tuple[pd.Timestamp, int, int]] = []
    for n, (start, end) in enumerate(zip(rows["from"], rows["to"], strict=True), start=1):
        middle = start + (end - start) / 2
        if labels and middle - labels[-1][0] < near:
            labels[-1] = (labels[-1][0], labels[-1][1], n)
        else:
            labels.append((middle, n, n))
    texts = [(when, str(first) if first == last else f"{first}–{last}") for when, first, last in labels]
    return pd.DataFrame(texts, columns=["when", "number"])


def shown(value: float, unit: str) -> str:
    """A value for a tooltip, with its unit."""
    if unit in ("share", "change"):
        return number(value, unit)
    return f"{value:,.4g} times" if unit == "times" else f"{value:,.10g} {unit}"
