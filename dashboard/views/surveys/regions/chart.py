"""By place and year: shares and leads as dots with their intervals, countries as a list, downloads as lines.

A line joins two dots only where the editions compare. Everything drawn is in the answer; the functions are pure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import cast

import altair as alt
import pandas as pd

from analysis.share_differences import Difference
from analysis.share_intervals import wilson
from answers import wording
from answers.regions.answer import RegionsAnswer
from answers.regions.downloads import SINCE
from answers.regions.places import Place
from answers.wording import counted, join_words, percent
from catalog import Break
from dashboard.charts import line_chart, theme
from dashboard.charts.dot_chart import base_text, colour_of, editions, interval_bars, paths, shape_of, uprights
from dashboard.charts.end_labels import Axis, spread
from dashboard.charts.layers.axes import LABEL_SIZE, PERCENT
from dashboard.charts.layers.layered_chart import layered
from dashboard.charts.line_chart import Line, LineChartOptions
from dashboard.charts.theme import INK
from dashboard.display_text import number

WORLD = "worldwide"
HEIGHT = 380
ROWS = ["line", "year", "value", "low", "high", "base"]
ASIDE = 0.07  # years between neighbours of one edition
POINTS = "(datum.value > 0 ? '+' : '') + format(datum.value * 100, '.3~r')"
MOST_COUNTRIES = 20
HUES = ("violet", "ochre", "sky", "ink")  # none of the first frameworks' hues: a place is no framework
SHAPES = ("circle", "square", "triangle-up", "diamond")
DASHES = (theme.SOLID, theme.SOLID, theme.DASHED, theme.DOTTED)


def place_lines(answer: RegionsAnswer, *, dark: bool) -> list[Line]:
    """The places' lines, in their order."""
    styles = zip(answer.places, HUES, DASHES, SHAPES, strict=True)
    return [
        Line(place.id or WORLD, _label(place), theme.HUES[hue][dark], dash, shape) for place, hue, dash, shape in styles
    ]


def _label(place: Place) -> str:
    """What stands at a line's end: Europe, United States, Elsewhere, Worldwide."""
    return place.short.removeprefix("the ") if place.dimension else place.title


# -- shares and leads over the editions --------------------------------------------------------------------------------


def shares(answer: RegionsAnswer, framework: str) -> pd.DataFrame:
    """A framework's shares: a row per place and edition that shows one, with line, year, value, low, high, texts."""
    rows = [
        (p.place or WORLD, p.year, p.sample.share, *_bounds(p.sample.share, p.sample.base), p.sample.base)
        for edition in answer.editions
        for p in edition.placed
        if p.framework == framework and p.shown
    ]
    return _rows(answer, rows, share=True)


def leads(answer: RegionsAnswer) -> pd.DataFrame:
    """How much the first framework is ahead of the second, laid out as `shares` does."""
    rows = [
        (place or WORLD, edition.year, difference.value, *_ends(difference), math.nan)
        for edition in answer.editions
        for place, difference in edition.leads.items()
        if difference is not None
    ]
    return _rows(answer, rows, share=False)


def edition_breaks(answer: RegionsAnswer, rows: pd.DataFrame) -> list[Break]:
    """The breaks between two of the editions that `rows` shows."""
    first, last = rows["year"].min(), rows["year"].max()
    return [b for b in answer.breaks if answer.metric.id in b.metrics and first < b.until.year <= last]


def employees(answer: RegionsAnswer, titles: dict[str, str]) -> pd.DataFrame:
    """Full-time employees in Europe: a row per framework and edition that shows a share, laid out as `shares` does."""
    cells = answer.employees.placed if answer.employees else ()
    frame = pd.DataFrame(
        [
            (p.framework, p.year, p.sample.share, *_bounds(p.sample.share, p.sample.base), p.sample.base)
            for p in cells
            if p.shown and p.year >= SINCE.year
        ],
        columns=ROWS,
    )
    return _dots(frame, answer.frameworks, [], titles, share=True)


def employee_title(answer: RegionsAnswer) -> str:
    """Full-time employees in 18 countries of Europe."""
    many, where = len(answer.employees.countries) if answer.employees else 0, answer.places[0].short
    return f"Full-time employees in {many} countries of {where}"


def _bounds(share: float, base: float) -> tuple[float, float]:
    if math.isnan(base):
        return math.nan, math.nan
    interval = wilson(share, base)
    return interval.low, interval.high


def _ends(difference: Difference) -> tuple[float, float]:
    return (difference.interval.low, difference.interval.high) if difference.interval else (math.nan, math.nan)


def _rows(
    answer: RegionsAnswer, rows: Iterable[tuple[str, int, float, float, float, float]], *, share: bool
) -> pd.DataFrame:
    cuts = [b.until.year for b in answer.breaks if b.kind == "break" and answer.metric.id in b.metrics]
    names = {line.id: line.label for line in place_lines(answer, dark=False)}
    return _dots(pd.DataFrame(rows, columns=ROWS), list(names), cuts, names, share=share)


def _dots(
    frame: pd.DataFrame, ids: Sequence[str], cuts: Sequence[int], names: dict[str, str], *, share: bool
) -> pd.DataFrame:
    """With where each dot stands, which dots a line joins, and the figures in words."""
    order = {name: n for n, name in enumerate(ids)}
    frame["at"] = frame["year"] + (frame["line"].map(order).astype("float64") - (len(order) - 1) / 2) * ASIDE
    frame["part"] = frame["line"] + "/" + frame["year"].map(lambda year: str(sum(cut <= year for cut in cuts)))
    frame["name"] = [names.get(line, line) for line in frame["line"]]
    frame["asked"] = [base_text(base) for base in frame["base"].astype("float64")]
    write = percent if share else _points
    frame["shown"] = [write(value) for value in frame["value"]]
    frame["interval"] = [
        "unknown" if math.isnan(low) else f"{_bare(low, share=share)} to {write(high)}"
        for low, high in zip(frame["low"], frame["high"], strict=True)
    ]
    return frame.sort_values("at", kind="stable").sort_values("line", key=lambda at: at.map(order), kind="stable")


def _bare(value: float, *, share: bool) -> str:
    """A bound without its unit, which stands behind the other."""
    return f"{100 * value:.2f}" if share else f"{100 * value:+.2f}"


def _points(value: float) -> str:
    return f"{100 * value:+.2f} points"


def draw(
    rows: pd.DataFrame,
    lines: Sequence[Line],
    breaks: Sequence[Break],
    *,
    share: bool,
    dark: bool,
    height: float = HEIGHT,
) -> alt.LayerChart:
    """Dots with intervals by edition, a line for each place. `share`: from zero, in percent; else around zero."""
    axis = _axis(rows, round(height), share=share)
    years = (int(rows["year"].min()), int(rows["year"].max()))
    x, y = editions(years, 0.4, 0.3), _y(axis, share=share)
    ended = bool((rows.groupby("line")["year"].max() < years[1]).any())  # a name in mid chart would lie over others
    lines = [line for line in lines if line.id in set(rows["line"])]
    layers = [*uprights(breaks, years, x, dark=dark), *([] if share else [_zero(dark=dark)])]
    layers += [paths(rows, lines, x, y), interval_bars(rows, lines, x)]
    dots = alt.Chart(rows).mark_point(size=75, filled=True, opacity=1)
    layers.append(dots.encode(x=x, y=y, color=colour_of(lines), shape=shape_of(lines), tooltip=_tips(share=share)))
    if not ended:
        layers.append(_names(rows, lines, axis, x))
    return layered(layers, axis.height, right=4)


def _axis(rows: pd.DataFrame, height: int, *, share: bool) -> Axis:
    low, high = float(rows[["value", "low"]].min().min()), float(rows[["value", "high"]].max().max())
    if share:
        return Axis(0.0, high * 1.08, height)
    room = max(high - low, abs(high), abs(low)) * 0.1 or 0.01
    return Axis(min(low, 0.0) - room, max(high, 0.0) + room, height)


def _y(axis: Axis, *, share: bool) -> alt.Y:
    look = alt.Axis(
        title=None, labelExpr=PERCENT if share else POINTS, tickCount=5, domain=False, ticks=False,
        labelFontSize=LABEL_SIZE, gridOpacity=0.6, labelPadding=6,
    )  # fmt: skip
    return alt.Y("value:Q", scale=alt.Scale(domain=[axis.low, axis.high], nice=False, zero=False), axis=look)


def _zero(*, dark: bool) -> alt.Chart:
    rule = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(color=INK[dark], strokeWidth=1.5)
    return cast(alt.Chart, rule.encode(y=alt.Y("value:Q")))


def _tips(*, share: bool) -> list[alt.Tooltip]:
    tips = [
        alt.Tooltip("name:N", title="Where"),
        alt.Tooltip("year:Q", title="Edition", format="d"),
        alt.Tooltip("shown:N", title="Share" if share else "Ahead by"),
        alt.Tooltip("interval:N", title="95% interval"),
    ]
    return [*tips, alt.Tooltip("asked:N", title="Answers (n)")] if share else tips


def _names(rows: pd.DataFrame, lines: Sequence[Line], axis: Axis, x: alt.X) -> alt.Chart:
    """Each line's name beside its last dot, never over one another."""
    last = {str(row["line"]): float(row["value"]) for row in rows.groupby("line").tail(1).to_dict("records")}
    shown = [line for line in lines if line.id in last]
    places = spread([axis.pixel(last[line.id]) for line in shown], LABEL_SIZE + 3, axis.height)
    placed = [
        {"line": line.id, "label": line.label, "at": rows["at"].max(), "value": axis.value(pixel)}
        for line, pixel in zip(shown, places, strict=True)
    ]
    text = alt.Chart(pd.DataFrame(placed)).mark_text(
        align="left", dx=10, fontSize=LABEL_SIZE, fontWeight=600, baseline="middle", clip=False
    )
    return cast(alt.Chart, text.encode(x=x, y=alt.Y("value:Q"), text=alt.Text("label:N"), color=colour_of(lines)))


# -- countries ---------------------------------------------------------------------------------------------------------


def countries(answer: RegionsAnswer, titles: dict[str, str]) -> pd.DataFrame:
    """Those with most answers: a row per country and framework with place (its name and n), value, low, high."""
    rows = [
        (f"{c.title} ({base_text(p.sample.base)})", p.framework, titles.get(p.framework, p.framework), p.sample.share,
         *_bounds(p.sample.share, p.sample.base))
        for c in [c for c in answer.countries if c.shares][:MOST_COUNTRIES]
        for p in c.shares
        if p.shown
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["place", "line", "name", "value", "low", "high"])
    frame["shown"] = [percent(value) for value in frame["value"]]
    frame["interval"] = [
        f"{percent(low)} to {percent(high)}" for low, high in zip(frame["low"], frame["high"], strict=True)
    ]
    return frame


def country_list(rows: pd.DataFrame, lines: Sequence[Line]) -> alt.LayerChart:
    """A line of the list per country, a dot with its interval per framework."""
    order = list(dict.fromkeys(rows["place"]))
    domain = [line.id for line in lines]
    colour, shape = colour_of(lines), shape_of(lines)
    lane = alt.Scale(domain=domain)
    y = alt.Y(
        "place:N", sort=order, scale=alt.Scale(paddingInner=0.35),
        axis=alt.Axis(
            title=None, labelFontSize=LABEL_SIZE - 1, domain=False, ticks=False, labelLimit=190, labelPadding=8
        ),
    )  # fmt: skip
    offset = alt.YOffset("line:N", scale=lane)
    tips = [
        alt.Tooltip("place:N", title="Country (answers)"),
        alt.Tooltip("name:N", title="Framework"),
        alt.Tooltip("shown:N", title="Share"),
        alt.Tooltip("interval:N", title="95% interval"),
    ]
    base = alt.Chart(rows)
    bars = base.mark_rule(strokeWidth=4, opacity=0.35, strokeCap="round")
    dots = base.mark_point(size=60, filled=True, opacity=1)
    layers = [
        bars.encode(x=_share_x("low", rows), x2=alt.X2("high:Q"), y=y, yOffset=offset, color=colour),
        dots.encode(x=_share_x("value", rows), y=y, yOffset=offset, color=colour, shape=shape, tooltip=tips),
    ]
    return layered(layers, max(140, (10 + 11 * len(domain)) * len(order) + 60))


def _share_x(column: str, rows: pd.DataFrame) -> alt.X:
    look = alt.Axis(
        title=None, labelExpr=PERCENT, tickCount=5, domain=False, ticks=False, labelFontSize=LABEL_SIZE - 1
    )  # fmt: skip
    scale = alt.Scale(domain=[0, float(rows[["value", "high"]].max().max()) * 1.05], nice=False)
    return alt.X(f"{column}:Q", axis=look, scale=scale)


# -- downloads ---------------------------------------------------------------------------------------------------------


def downloads(answer: RegionsAnswer) -> pd.DataFrame:
    """The first framework's part of the downloads in each place, month by month, as `line_chart.draw` takes it."""
    frame = answer.downloads_by_country.frame
    mine = frame[frame["framework"] == answer.frameworks[0]].dropna(subset=["share"])  # places in their order
    names = {line.id: line.label for line in place_lines(answer, dark=False)}
    return pd.DataFrame(
        {
            "line": mine["place"],
            "name": [names[place] for place in mine["place"]],
            "when": mine["period"],
            "value": mine["share"],
            "status": "final",
            "shown": [number(value, "share") for value in mine["share"]],
            "about": [wording.month(month) for month in mine["period"]],
            "source": "clickhouse",
            "origin": [f"{month:%Y-%m-%d}" for month in mine["period"]],
        }
    ).reset_index(drop=True)


def download_lines(
    rows: pd.DataFrame, lines: Sequence[Line], *, dark: bool, height: float = HEIGHT, still: bool = False
) -> alt.LayerChart:
    """The parts as a line for each place."""
    shown = [line for line in lines if line.id in set(rows["line"])]
    return line_chart.draw(rows, LineChartOptions(shown, "share", dark=dark, height=round(height), still=still))


# -- in words ----------------------------------------------------------------------------------------------------------


def summary_of_countries(rows: pd.DataFrame, year: int) -> str:
    """The list of countries in words: the figures of the first three."""
    order = list(dict.fromkeys(rows["place"]))
    lines = [
        f"{place}: {join_words(f'{n} {s}' for n, s in zip(part['name'], part['shown'], strict=True))}"
        for place in order[:3]
        if len(part := rows[rows["place"] == place])
    ]
    many = counted(len(order), "country", "countries")
    return f"Shares in {year} of {many}, the most answers first: {'; '.join(lines)}."
