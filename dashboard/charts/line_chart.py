"""Lines over time that say what is not known: gaps break a line, breaks are shaded, the unfinished is hollow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import altair as alt
import pandas as pd

from answers.wording import counted
from catalog import Break
from dashboard.charts import anomaly_rings, event_strip
from dashboard.charts.end_labels import Axis, spread
from dashboard.charts.layers import axes, break_bands, break_dashes, crosshair, gap_hatches, overtake_rings
from dashboard.charts.layers.break_bands import BreakBands
from dashboard.charts.layers.crosshair import Crosshair, milliseconds
from dashboard.charts.layers.layered_chart import layered
from dashboard.charts.theme import INK, PAGE, QUIET, STRONG
from dashboard.display_text import number

TRACED = "traced"  # the selection that holds the point a reader clicked: its line and its origin
DOTS, ENDS = "dots", "ends"  # what the layers are called whose marks are clicked and pointed at
FAR_APART = 30.0  # times: beyond it the smaller of two lines lies at the floor of a linear axis
LEAST_SIZE = 9  # of names at the ends of many lines
FEW_POINTS = 30  # a line of so few points shows each of them
LABEL_SIZE, AGE_ORIGIN, within = axes.LABEL_SIZE, axes.AGE_ORIGIN, break_bands.within
MUTED = 0.2  # of the other lines, while the name of one is pointed at


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its id in the frame's column `line`, its name and its look."""

    id: str
    label: str
    colour: str
    dash: tuple[int, ...] = (1, 0)
    shape: str = "circle"
    quiet: bool = False  # one of many: grey until its name is pointed at


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
    happened: pd.DataFrame | None = None  # what to mark below the lines, as `event_strip.drawn` makes it
    rings: pd.DataFrame | None = None  # about which points, as `anomaly_rings.drawn` makes it
    overtakes: pd.DataFrame | None = None  # who passed whom, as `overtake_rings.rings` makes it
    traced: bool = False  # whether a click on a point says which one it was
    still: bool = False  # a picture: nothing in it answers a pointer
    named: bool = True  # whether the lines' names stand at their ends
    domain: tuple[float, float] | None = None  # of values, where it is not the lines' own
    span: tuple[pd.Timestamp, pd.Timestamp] | None = None  # of days, likewise
    behind: pd.DataFrame | None = None  # other points, whose lines lie pale behind


def draw(points: pd.DataFrame, how: LineChartOptions) -> alt.LayerChart:
    """Draw `points`, as `line_points` makes them: one row per line and moment, a NaN where the line breaks."""
    points = _ordered(_logarithmic(points) if how.log else points, how)
    axis = _axis(points["value"], how)
    moments = points.dropna(subset=["value"])["when"]
    span = how.span or (moments.min(), moments.max())
    strip = event_strip.EventStrip(how.happened, INK[how.dark]) if how.happened is not None else None
    depth = strip.depth if strip else 0
    x, y = _x(span, how, depth), _y(axis, how)
    pointed = None if how.still else _Pointed.of(points, how)
    rows, dashed = break_dashes.parted(_rows(points, how, pointed), how.breaks)
    bands = BreakBands(how.breaks, span, how.dark, how.small, how.still)
    layers: list[alt.Chart] = [*bands.bands(), *_hatches(points, span, how), *_level(how), *_behind(how, x, y)]
    layers += [*gap_hatches.joins(gap_hatches.lone_ends(points), x, y, _colour(how))]
    layers += break_dashes.layers(dashed, x, y, _colour(how), _width(how))
    layers += [_paths(rows, x, y, how, pointed), _marks(points, x, how, pointed)]
    layers += _hover(rows, pointed, x, how) if pointed else []
    layers += [*bands.labels(), *(strip.layers(x, _colour(how)) if strip else [])]
    layers += anomaly_rings.layers(how.rings, x, y, INK[how.dark], still=how.still)
    layers += overtake_rings.layers(how.overtakes, x, y, STRONG[how.dark], still=how.still)
    layers += _names(points, span, axis, how, pointed) if how.named else []
    return layered(layers, how.height + depth, right=4)


def draw_each(points: pd.DataFrame, how: LineChartOptions) -> list[tuple[str, alt.LayerChart]]:
    """Small multiples: each line by name in a plot of its own, on the same axes, the others pale behind it."""
    valued = points.dropna(subset=["value"])
    axis, span = _axis(points["value"], how), (valued["when"].min(), valued["when"].max())
    alike = replace(how, domain=(axis.low, axis.high), span=span, small=True, named=False, overtakes=None, rings=None)
    charts = []
    for line in how.lines:
        own, others = points[points["line"] == line.id], points[points["line"] != line.id]
        if own["value"].notna().any():
            charts.append((line.label, draw(own, replace(alike, lines=[replace(line, quiet=False)], behind=others))))
    return charts


def suggests_log(last: Iterable[float], unit: str) -> bool:
    """Whether the last values of lines lie so far apart that only a logarithmic axis shows the smaller ones."""
    values = [value for value in last if value > 0]
    return unit not in ("share", "change") and len(values) > 1 and max(values) > FAR_APART * min(values)


def _ordered(points: pd.DataFrame, how: LineChartOptions) -> pd.DataFrame:
    """The quiet lines first, so that they lie below the others."""
    quiet = points["line"].isin([line.id for line in how.lines if line.quiet])
    return pd.concat([points[quiet], points[~quiet]], ignore_index=True) if quiet.any() else points


def _hatches(points: pd.DataFrame, span: tuple[pd.Timestamp, pd.Timestamp], how: LineChartOptions) -> list[alt.Chart]:
    return gap_hatches.layers(gap_hatches.gaps(points), span, INK[how.dark], small=how.small, still=how.still)


def _behind(how: LineChartOptions, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """The lines that are only there to be compared with."""
    if how.behind is None or how.behind.empty:
        return []
    rows = how.behind[["line", "value"]].assign(when=milliseconds(how.behind["when"]))
    pale = alt.Chart(rows).mark_line(strokeWidth=1.2, color=QUIET[how.dark], invalid="break-paths-show-path-domains")
    return [pale.encode(x=x, y=y, detail=alt.Detail("line:N"))]


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
        return cls(Crosshair(points, how.unit, AGE_ORIGIN if how.ages else None, how.breaks), near, name)

    def colour(self, how: LineChartOptions) -> alt.Color:
        """A line's own; of a quiet one ink while its name is pointed at."""
        if not any(line.quiet for line in how.lines):
            return _colour(how)
        meant = {"and": [{"param": self.name.name, "empty": False}, _is_quiet(how)]}
        return _colour(how, condition={"test": meant, "value": STRONG[how.dark]})

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
    if how.domain:
        return Axis(*how.domain, how.height, log=how.log)
    if how.log:
        return Axis(low / 1.15, max(high * 1.15, low * 2), how.height, log=True)
    room = (high - low) * 0.06 or abs(high) * 0.06 or 1.0
    bottom = 0.0 if how.from_zero and low >= 0 else low - room
    return Axis(bottom, high + room, how.height)


def _colour(how: LineChartOptions, **more: Any) -> alt.Color:
    ids = [line.id for line in how.lines]
    colours = [QUIET[how.dark] if line.quiet else line.colour for line in how.lines]
    return alt.Color("line:N", scale=alt.Scale(domain=ids, range=colours), legend=None, **more)


def _is_quiet(how: LineChartOptions) -> str:
    """Whether a row is of a quiet line, as Vega asks it."""
    return f"indexof({json.dumps([line.id for line in how.lines if line.quiet])}, datum.line) >= 0"


def _x(span: tuple[pd.Timestamp, pd.Timestamp], how: LineChartOptions, offset: float) -> alt.X:
    """The axis of time, `offset` pixels below the lines."""
    ages: dict[str, Any] = {"labelExpr": axes.AGE, "title": how.ages, "format": alt.Undefined}
    return axes.time_axis(
        span,
        labelFontSize=_label_size(how),
        tickCount=4 if how.small else 6,
        offset=offset,
        **(ages if how.ages else {}),
    )


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
    most = axes.FEW_MARKS if how.small else axes.MOST_MARKS
    values = axes.powers(axis.low, axis.high) if axis.log else axes.marks(axis.low, axis.high, most=most)
    look = alt.Axis(
        title=None, labelExpr=axes.LABELS.get(how.unit, axes.NUMBER), values=values or alt.Undefined,
        domain=False, ticks=False, labelFontSize=_label_size(how), gridOpacity=0.6, labelPadding=6,
    )  # fmt: skip
    return alt.Y("value:Q", scale=scale, axis=look)


def _rows(points: pd.DataFrame, how: LineChartOptions, pointed: _Pointed | None) -> pd.DataFrame:
    """What every layer of points needs, once and no more: a browser has to fetch it."""
    rows = points[["line", "value"]].assign(when=milliseconds(points["when"]))
    if (points["status"] == "provisional").any():
        rows["status"] = points["status"]
    if pointed:
        rows["at"] = pointed.crosshair.nearest(points["when"])
    return rows.assign(origin=points["origin"]) if pointed and how.traced else rows


def _width(how: LineChartOptions) -> float:
    return 2 if how.small else 2.5


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
        strokeWidth=_width(how), strokeJoin="round", invalid="break-paths-show-path-domains"
    ).encode(
        x=x,
        y=y,
        color=pointed.colour(how) if pointed else _colour(how),
        strokeDash=dash,
        detail=alt.Detail("line:N"),
        **({"opacity": pointed.opacity} if pointed else {}),
    )
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
            y=alt.Y("value:Q"),
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
        x=x, y=alt.Y("value:Q"), color=_colour(how), opacity=alt.condition(pointed.near, alt.value(1), alt.value(0))
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
) -> list[alt.Chart]:
    """The name of each line at its end; the one that is pointed at leaves the other lines pale."""
    last = points.dropna(subset=["value"]).groupby("line", sort=False)["value"].last()
    lines = [line for line in how.lines if line.id in last.index]
    size = max(LEAST_SIZE, min(_label_size(how), how.height // max(len(lines), 1) - 3))
    places = spread([axis.pixel(float(last[line.id])) for line in lines], size + 3, axis.height)
    rows = pd.DataFrame(
        {
            "line": [line.id for line in lines],
            "label": [line.label for line in lines],
            "value": [axis.value(place) for place in places],
            "when": [span[1]] * len(lines),
        }
    )
    grey = {"test": _is_quiet(how), "value": INK[how.dark]}  # letters have to be read
    colour = _colour(how, **({"condition": grey} if any(line.quiet for line in how.lines) else {}))
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_text(align="left", dx=9, fontSize=size, fontWeight=600, baseline="middle", clip=False)
        .encode(x=alt.X("when:T"), y=alt.Y("value:Q"), text=alt.Text("label:N"), color=colour)
    )
    return [chart.properties(name=ENDS).add_params(pointed.name) if pointed else chart]


def _level(how: LineChartOptions) -> list[alt.Chart]:
    if how.at is None:
        return []
    rows = pd.DataFrame({"value": [how.at]})
    return [alt.Chart(rows).mark_rule(color=INK[how.dark], strokeDash=[3, 3], opacity=0.7).encode(y=alt.Y("value:Q"))]


def shown(value: float, unit: str) -> str:
    """A value for a tooltip, with its unit."""
    if unit in ("share", "change"):
        return number(value, unit)
    return f"{value:,.4g} times" if unit == "times" else f"{value:,.10g} {unit}"
