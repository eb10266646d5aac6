"""A chart that leaves the page: its title, what it says, its doubt, bands, source, licence and date are part of it.

`compose` lays an answer out as one Vega-Lite chart of a fixed size, of the same marks as the page's. Nothing in it
depends on the machine or on when it was made, only on the answer: the moment it tells is when the figures were learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import altair as alt
import pandas as pd

from catalog import Break, Catalog, Kind
from dashboard import dimensions, linechart, palette
from dashboard.dimensions import Cut
from dashboard.lettering import FAMILY, wrapped
from dashboard.lettering import cut as cut_off
from dashboard.lettering import width as width_of
from dashboard.points import line_key, points
from dashboard.words import day, moment, number
from uptake.answers import QuestionError, SeriesAnswer

WIDTH, HEIGHT = 960, 540  # pixels: a slide's shape; a PNG has more of them to the inch
VEGA_LITE = "6.4"  # of the renderer, the nearest to altair's
MARGIN = 28
MOST_LINES = 20  # more lines than this cannot be told apart
TITLE, TEXT, SMALL = 23, 14, 11  # sizes of letters
LEADING = 1.35
STRIP = 26  # height of the badge
AXIS, TICKS = 52, 30  # room for the figures beside and the years below
PAPER = {False: "#ffffff", True: "#12161c"}
INK = {False: "#1b222b", True: "#e8ecf1"}
FAINT = {False: "#4a5360", True: "#aab4c2"}
GRID = {False: "#d9dee5", True: "#2c3541"}
BADGE = {False: "#fdf3dc", True: "#2b2412"}
BADGE_INK = {False: "#6b4b00", True: "#f0c75e"}
VIEWS = {
    "level": "",
    "gained": "gained per month",
    "index": "index, first = 100",
    "share": "part of the chosen set",
    "part": "part of its own total",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is to look: on dark or light ground, on a logarithmic scale or not."""

    dark: bool = False
    log: bool = False


@dataclass(frozen=True, slots=True)
class Poster:
    """A chart with its words: `spec` is Vega-Lite 6, `title` and `summary` say in text what it shows."""

    spec: dict[str, Any]
    title: str
    summary: str
    bands: tuple[Break, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """A line of text on the paper, from its left end; `y` is its baseline, from the top."""

    y: float
    text: str
    size: float
    colour: str
    bold: bool = False
    x: float = MARGIN


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What is drawn: the points, their lines, and the words around them."""

    drawn: pd.DataFrame
    lines: tuple[linechart.Line, ...]
    bands: tuple[Break, ...]
    unit: str
    title: str
    notes: tuple[str, ...]


def compose(answer: SeriesAnswer, catalog: Catalog, look: Look, *, still: bool = True) -> Poster:
    """Lay an answer out as a picture; if not `still`, its points answer a pointer. Raises QuestionError for one with
    nothing to draw, or too much.
    """
    sheet = _sheet(answer, catalog, look)
    head, strip = _head(answer, sheet, look)
    foot = _foot(answer, sheet, look)
    top, bottom = strip + STRIP + 18, foot[0].y - SMALL * LEADING - TICKS
    label = max(width_of(line.label, linechart.LABEL_SIZE, bold=True) for line in sheet.lines)
    wide, high = round(WIDTH - MARGIN - AXIS - label - 12 - MARGIN), round(bottom - top)
    chart = _chart(sheet, answer, look, high, still=still)
    spot = (MARGIN + AXIS, top)
    words = [_strip(strip, spot, look), *(_lettered(text, spot) for text in [*head, *foot])]
    whole = _with_more(chart, words).properties(width=wide, height=high)
    summary = _summary(answer, sheet)
    spec = _spec(whole, spot, look) | {"description": summary}
    return Poster(spec, sheet.title, summary, sheet.bands)


def _sheet(answer: SeriesAnswer, catalog: Catalog, look: Look) -> _Sheet:
    frame, note = answer.frame, ""
    cut = Cut(answer.question.dimension)
    if line_key(frame) == "dimension":
        frame, note = dimensions.largest(frame, answer.metric, answer.question.view)
    elif frame["dimension"].nunique() > 1:
        raise QuestionError("A picture splits up one framework, or shows one part of several: name which.")
    unit = _unit(answer)
    titles = {f.id: f.title for f in catalog.frameworks.values()} | dimensions.names(
        catalog, frame["dimension"].unique()
    )
    drawn, thinned = points(frame, answer.metric, titles, unit, answer.breaks)
    if look.log:
        drawn = drawn.assign(value=drawn["value"].where(drawn["value"] > 0))
    lines = _lines(drawn, titles, look)
    span = drawn.dropna(subset=["value"])["when"]
    bands = linechart.within(answer.breaks, span.min().date(), span.max().date())
    # What the table and the CSV have besides is no concern of a picture's.
    notes = [f"{said.partition(';')[0].rstrip('.')}." for said in (thinned, note) if said]
    return _Sheet(drawn, lines, tuple(bands), unit, _title(answer, catalog, titles, cut), (*notes, _marks_used(answer)))


def _lines(drawn: pd.DataFrame, titles: dict[str, str], look: Look) -> tuple[linechart.Line, ...]:
    found = [str(name) for name in dict.fromkeys(drawn.dropna(subset=["value"])["line"])]
    if not found:
        raise QuestionError("There is nothing to draw: no figure is known for this question.")
    if len(found) > MOST_LINES:
        raise QuestionError(f"A picture of {len(found)} lines tells nothing: at most {MOST_LINES} are drawn.")
    if any("=" in name or name == dimensions.REST for name in found):
        return tuple(dimensions.lines(found, titles, dark=look.dark))
    looks = ((name, palette.look(name)) for name in found)
    return tuple(
        linechart.Line(
            n,
            cut_off(titles.get(n, n), linechart.LABEL_SIZE, 160, bold=True),
            k.colour(dark=look.dark),
            k.dash,
            k.shape,
        )
        for n, k in looks
    )


def _unit(answer: SeriesAnswer) -> str:
    """The unit of a view's numbers; "share" for shares in [0, 1]."""
    if answer.question.view in ("share", "part") or answer.metric.kind is Kind.SHARE:
        return "share"
    if answer.question.view == "index":
        return "index"
    things = answer.metric.unit.partition(" per ")[0]
    return f"{things} per month" if answer.question.view == "gained" else answer.metric.unit


def _title(answer: SeriesAnswer, catalog: Catalog, titles: dict[str, str], cut: Cut) -> str:
    one = list(dict.fromkeys(answer.frame["framework"]))
    split = line_key(answer.frame) == "dimension"
    said = dimensions.said(cut, catalog) if cut.key else ""
    named = [answer.metric.title, titles[one[0]] if split else "", "" if said in answer.metric.title else said]
    return " · ".join(filter(None, [*named, VIEWS[answer.question.view]]))


def _marks_used(answer: SeriesAnswer) -> str:
    """How to read the marks of this chart, and only those."""
    states = set(answer.frame["status"])
    said = ["lines break where days are missing"] if "gap" in states else []
    said += ["hollow marks are not final"] if "provisional" in states else []
    said += ["no mark where the question was not asked"] if "not_asked" in states else []
    said += ["uprights are 95 % intervals: sampling noise only"] if answer.frame["low"].notna().any() else []
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _chart(sheet: _Sheet, answer: SeriesAnswer, look: Look, high: int, *, still: bool) -> alt.LayerChart:
    how = linechart.Frame(
        lines=sheet.lines,
        unit=sheet.unit,
        dark=look.dark,
        log=look.log,
        from_zero=answer.question.view != "index",
        height=high,
        breaks=sheet.bands,
        at=100.0 if answer.question.view == "index" else None,
        still=still,
    )
    chart = linechart.draw(sheet.drawn, how)
    return _with_more(chart, _intervals(answer, sheet))


def _with_more(chart: alt.LayerChart, more: Sequence[alt.Chart]) -> alt.LayerChart:
    """With more layers on top; what answers a pointer is kept beside the layers, not in them."""
    whole = cast(alt.LayerChart, alt.layer(*chart.layer, *more))
    whole.params = chart.params
    return whole


def _intervals(answer: SeriesAnswer, sheet: _Sheet) -> list[alt.Chart]:
    """An upright for each share whose sample is known."""
    known = answer.frame.dropna(subset=["low", "high"])
    if known.empty:
        return []
    start, end = pd.to_datetime(known["period"]), pd.to_datetime(known["period_end"])
    rows = pd.DataFrame(
        {
            "line": known[line_key(answer.frame)],
            "when": start + (end - start) / 2,
            "low": known["low"],
            "high": known["high"],
        }
    )
    colours = alt.Scale(domain=[x.id for x in sheet.lines], range=[x.colour for x in sheet.lines])
    bars: alt.Chart = (
        alt.Chart(rows[rows["line"].isin([x.id for x in sheet.lines])])
        .mark_rule(strokeWidth=1.5)
        .encode(x="when:T", y="low:Q", y2="high:Q", color=alt.Color("line:N", scale=colours, legend=None))
    )
    return [bars]


def _head(answer: SeriesAnswer, sheet: _Sheet, look: Look) -> tuple[list[_Text], float]:
    """Title, the sentence that answers, the badge's words; and where the badge's strip begins."""
    room = WIDTH - 2 * MARGIN
    texts = [
        _Text(42, line, TITLE, INK[look.dark], bold=True) for line in wrapped(sheet.title, TITLE, room, 1, bold=True)
    ]
    said = answer.sentence.removeprefix(answer.metric.title).lstrip(" ,:")
    below = 46.0
    for line in wrapped(f"{said[:1].upper()}{said[1:]}", TEXT, room, 2):
        below += TEXT * LEADING
        texts.append(_Text(below, line, TEXT, FAINT[look.dark]))
    strip = below + 12
    badge = wrapped(f"How to read this: {answer.metric.badge}", TEXT - 1, room - 24, 1)[0]
    return [*texts, _Text(strip + STRIP / 2 + 4.5, badge, TEXT - 1, BADGE_INK[look.dark], x=MARGIN + 14)], strip


def _foot(answer: SeriesAnswer, sheet: _Sheet, look: Look) -> list[_Text]:
    """How to read the marks, what the bands are, where the figures come from."""
    room = WIDTH - 2 * MARGIN
    said = [f"Unit: {'share in %' if sheet.unit == 'share' else sheet.unit}.", *sheet.notes]
    lines = wrapped(" ".join(filter(None, said)), SMALL, room, 2)
    if sheet.bands:
        lines += wrapped(f"Bands: {'; '.join(_bands(sheet.bands))}.", SMALL, room, 2)
    lines += wrapped(provenance(answer), SMALL, room, 3)
    first = HEIGHT - 18 - (len(lines) - 1) * SMALL * LEADING
    return [_Text(first + n * SMALL * LEADING, line, SMALL, FAINT[look.dark]) for n, line in enumerate(lines)]


def _bands(bands: Sequence[Break]) -> list[str]:
    days = (day(b.since) if b.since == b.until else f"{day(b.since)} to {day(b.until)}" for b in bands)
    return [f"{n} {b.title} ({when})" for n, (b, when) in enumerate(zip(bands, days, strict=True), start=1)]


def provenance(answer: SeriesAnswer) -> str:
    """Source, licence, when the figures were learned, and the vintage if one was asked for; in one line of text."""
    named = "; ".join(f"{s.title} ({s.licence}): {s.attribution}" for s in answer.sources)
    as_of = f" As known on {moment(answer.question.as_of)}." if answer.question.as_of else ""
    return f"Source: {named}. Retrieved {moment(answer.retrieved_at)}.{as_of} Drawn by Uptake."


def _strip(y: float, spot: tuple[float, float], look: Look) -> alt.Chart:
    """The ground of the badge."""
    left, top = MARGIN - spot[0], y - spot[1]
    nothing = alt.Chart(alt.InlineData(values=[{}]))
    box: alt.Chart = nothing.mark_rect(color=BADGE[look.dark], cornerRadius=5).encode(
        x=alt.value(left), x2=alt.value(left + WIDTH - 2 * MARGIN), y=alt.value(top), y2=alt.value(top + STRIP)
    )
    return box


def _lettered(told: _Text, spot: tuple[float, float]) -> alt.Chart:
    """A line of text where it belongs on the paper; a layer's origin is the plot's upper left."""
    text: alt.Chart = (
        alt.Chart(alt.InlineData(values=[{"text": told.text}]))
        .mark_text(
            align="left", baseline="alphabetic", fontSize=told.size, color=told.colour,
            fontWeight="bold" if told.bold else "normal",
        )
        .encode(x=alt.value(told.x - spot[0]), y=alt.value(told.y - spot[1]), text="text:N")
    )  # fmt: skip
    return text


def _spec(chart: alt.LayerChart, spot: tuple[float, float], look: Look) -> dict[str, Any]:
    """The chart as Vega-Lite with its data in it, on paper of the fixed size."""
    spec: dict[str, Any] = _inlined(chart).to_dict()
    left, top = spot
    return _renamed(spec) | {
        "autosize": {"type": "none", "contains": "content"},
        "padding": {
            "left": left,
            "top": top,
            "right": WIDTH - left - spec["width"],
            "bottom": round(HEIGHT - top - spec["height"], 2),
        },
        "config": {
            "background": PAPER[look.dark],
            "font": FAMILY,
            "aria": False,
            "view": {"stroke": None},
            "axis": {"labelColor": FAINT[look.dark], "gridColor": GRID[look.dark], "tickColor": GRID[look.dark]},
        },
    }


def _inlined(chart: Any) -> Any:
    """With every frame as plain values: what altair would do with a frame, a page drawn meanwhile may have changed."""
    if isinstance(chart.data, pd.DataFrame):
        chart.data = alt.InlineData(values=alt.to_values(chart.data)["values"])
    for layer in getattr(chart, "layer", []):
        _inlined(layer)
    return chart


def _renamed(spec: dict[str, Any]) -> dict[str, Any]:
    """With altair's running numbers, which differ from chart to chart in one process, counted from one."""
    data = spec.pop("datasets", {})
    found = [name for name in dict.fromkeys(_strings(spec)) if name.startswith(("view_", "param_"))]
    names = {name: f"{name.partition('_')[0]}_{n}" for n, name in enumerate(found, start=1)}
    told: dict[str, Any] = _replaced(spec, names)
    return told | {"datasets": data}


def _strings(part: Any) -> list[str]:
    if isinstance(part, dict):
        return [text for value in part.values() for text in _strings(value)]
    if isinstance(part, list):
        return [text for value in part for text in _strings(value)]
    return [part] if isinstance(part, str) else []


def _replaced(part: Any, names: dict[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _replaced(value, names) for key, value in part.items()}
    if isinstance(part, list):
        return [_replaced(value, names) for value in part]
    return names.get(part, part) if isinstance(part, str) else part


def _summary(answer: SeriesAnswer, sheet: _Sheet) -> str:
    """The chart in words: first and last figure of each line, the highest first."""
    known = answer.frame.dropna(subset=["value"])
    names = {line.id: line.label for line in sheet.lines}
    lines = [(str(name), rows) for name, rows in known.groupby(line_key(answer.frame), sort=False)]
    lines.sort(key=lambda line: float(line[1]["value"].iloc[-1]), reverse=True)
    said = [f"{names[name]} {_from_to(rows, sheet.unit)}" for name, rows in lines if name in names]
    return f"{sheet.title}: {'; '.join(said)}."


def _from_to(rows: pd.DataFrame, unit: str) -> str:
    ends = ((rows.iloc[0], "period"), (rows.iloc[-1], "period_end"))
    first, last = (f"{number(float(row['value']), unit)} on {day(pd.Timestamp(row[when]))}" for row, when in ends)
    return f"{first}, {last}" if len(rows) > 1 else last
