"""A metric over time as a figure: lines along dates or along ages, with all that is marked on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import altair as alt
import pandas as pd

from analysis.overtakes.overtake_dates import Overtake
from answers import wording
from answers.anomalies.answer import Anomaly
from answers.events import ChartEvent
from answers.growth.ages import AgeOrigins
from answers.questions import QuestionError
from answers.series.answer import SeriesAnswer
from answers.series.views import VIEWS, view_title, view_unit
from answers.wording import capital
from catalog import Break, Catalog, Kind
from dashboard.charts import anomaly_rings, event_strip, framework_styles, line_chart
from dashboard.charts.figure import REST, Figure, Style, joined, last_values, parted
from dashboard.charts.layers import break_dashes, overtake_rings
from dashboard.charts.layers.layered_chart import with_layers
from dashboard.charts.line_points import line_key, points
from dashboard.charts.text_width import cut as cut_off
from dashboard.display_text import number
from dashboard.views.trends import ages
from dashboard.widgets import dimensions
from dashboard.widgets.dimensions import Cut

UNITS = {"share": "share in %", "change": "growth in %"}
MOST_LINES = 60  # more lines than this cannot be distinguished
MOST_OVERTAKES = 4
SMALL_HEIGHT = 170.0  # pixels of each of several plots
AXIS_TITLE = 20  # pixels that the title of an axis of ages takes from the lines


@dataclass(frozen=True, slots=True, eq=False)
class Extras:
    """What is marked besides the lines: overtakes, releases and notes, unusual values (None: not asked for), and
    whether a click on a point says which it was.
    """

    overtakes: Sequence[Overtake] = ()
    events: Sequence[ChartEvent] = ()
    flags: Sequence[Anomaly] | None = None
    traced: bool = False


PLAIN = Extras()


@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """What is drawn: the points, their lines, and the words around them."""

    drawn: pd.DataFrame
    lines: tuple[line_chart.Line, ...]
    bands: tuple[Break, ...]
    unit: str
    title: str
    notes: tuple[str, ...]
    events: tuple[ChartEvent, ...] = ()
    overtakes: pd.DataFrame | None = None
    rings: pd.DataFrame | None = None
    traced: bool = False
    ages: str = ""  # title of an axis of ages


def unit_words(unit: str) -> str:
    """A unit for reading."""
    return UNITS.get(unit, unit)


def figure(answer: SeriesAnswer, catalog: Catalog, style: Style, extras: Extras = PLAIN) -> Figure:
    """An answer as a figure. Raises QuestionError for one with nothing to draw, or too much."""
    sheet = _marked(_sheet(answer, catalog, style), answer, style, extras)
    return _figure(answer, sheet, answer.sentence, style)


def suggests_log(answer: SeriesAnswer) -> bool:
    """Whether levels lie so far apart that only a logarithmic axis shows the smaller ones."""
    last = answer.frame.dropna(subset=["value"]).groupby(line_key(answer.frame), sort=False)["value"].last()
    unit = view_unit(answer.metric, answer.question.view)
    return (
        answer.question.view == "level" and answer.metric.kind is not Kind.SHARE and line_chart.suggests_log(last, unit)
    )


def each(answer: SeriesAnswer, catalog: Catalog, style: Style) -> list[tuple[str, alt.LayerChart]]:
    """Each line by name in a small plot of its own, all on the same axes. Raises QuestionError as `figure` does."""
    sheet = _sheet(answer, catalog, style)
    return line_chart.draw_each(sheet.drawn, _options(sheet, answer, style, SMALL_HEIGHT, still=False))


def aged(answer: SeriesAnswer, origins: AgeOrigins, catalog: Catalog, style: Style, extras: Extras = PLAIN) -> Figure:
    """An answer along years of age, every origin at the same place. Raises QuestionError as `figure` does."""
    if answer.metric.kind is Kind.SHARE or line_key(answer.frame) == "dimension":
        raise QuestionError("Ages are of frameworks, each as a whole, and not of shares.")
    sheet = _sheet(answer, catalog, style)
    drawn = ages.aligned(sheet.drawn, origins)
    lines = tuple(line for line in sheet.lines if line.id in set(drawn.dropna(subset=["value"])["line"]))
    if not lines:
        raise QuestionError(f"There is nothing to draw: no figure of these frameworks since {origins.since}.")
    titles = {f.id: f.title for f in catalog.frameworks.values()}
    sentence = ages.sentence(answer, origins, drawn, titles, sheet.unit)
    notes, since = (*sheet.notes, ages.UNMARKED, origins.sentence), f"years since {origins.since}"
    old = replace(sheet, drawn=drawn, lines=lines, bands=(), title=f"{sheet.title} · {since}", notes=notes,
                  traced=extras.traced, ages=capital(since))  # fmt: skip
    table = ages.table(drawn, origins, sheet.unit)
    made = _figure(answer, old, sentence, style)
    return replace(made, summary=ages.summary(table, old.title), table=table)


def _figure(answer: SeriesAnswer, sheet: _Sheet, sentence: str, style: Style) -> Figure:
    headline, detail = parted(sentence)
    legend = last_values(sheet.drawn, sheet.lines, sheet.unit)
    return Figure(
        name=answer.metric.id,
        headline=headline,
        detail=detail,
        subtitle=_subtitle(sheet, style),
        legend=(replace(legend, when="") if sheet.ages else legend).shortened("table"),
        draw=lambda height, still: _chart(sheet, answer, style, height, still=still),
        summary=headline,
        care=answer.metric.badge,
        marks=tuple(sheet.overtakes["text"]) if sheet.overtakes is not None else (),
        notes=sheet.notes,
        sources=answer.sources,
        retrieved_at=answer.retrieved_at,
        caveats=answer.caveats,
        bands=sheet.bands,
        as_of=answer.question.as_of,
        table=_table(sheet),
        newest=answer.newest,
    )


def _sheet(answer: SeriesAnswer, catalog: Catalog, style: Style) -> _Sheet:
    frame, note = answer.frame, ""
    cut = Cut(answer.question.dimension)
    if line_key(frame) == "dimension":
        frame, note = dimensions.largest(frame, answer.metric, answer.question.view)
    elif frame["dimension"].nunique() > 1:
        raise QuestionError("A picture splits up one framework, or shows one part of several: name which.")
    unit = view_unit(answer.metric, answer.question.view)
    titles = {f.id: f.title for f in catalog.frameworks.values()} | dimensions.names(
        catalog, frame["dimension"].unique()
    )
    drawn, thinned = points(frame, answer.metric, titles, unit, answer.breaks)
    zeros = ""
    if style.log and unit != "change":
        zeros = line_chart.undrawn(drawn)
        drawn = drawn.assign(value=drawn["value"].where(drawn["value"] > 0))
    chosen = {name: n for n, name in enumerate(answer.question.frameworks)}
    ids = sorted(dict.fromkeys(map(str, drawn.dropna(subset=["value"])["line"])), key=lambda name: chosen.get(name, 0))
    lines = _lines(ids, titles, catalog, style)
    span = drawn.dropna(subset=["value"])["when"]
    bands = line_chart.within(answer.breaks, span.min().date(), span.max().date())
    # What the table and the CSV have besides is no concern of a picture's.
    notes = [f"{text.partition(';')[0].rstrip('.')}." for text in (thinned, note, zeros) if text]
    dashed = bool(break_dashes.within(drawn, bands).any())
    notes.append(_marks_used(answer, dashed=dashed))
    return _Sheet(drawn, lines, tuple(bands), unit, _title(answer, catalog, titles, cut), tuple(notes))


def _marked(sheet: _Sheet, answer: SeriesAnswer, style: Style, extras: Extras) -> _Sheet:
    """With overtakes, releases, notes and unusual values on the lines: of whole frameworks, along the calendar."""
    moments = sheet.drawn.dropna(subset=["value"])["when"]
    first, last = moments.min().date(), moments.max().date()
    events = tuple(event_strip.chosen(extras.events, tuple(event_strip.KINDS), first, last))
    whole = not answer.question.dimension and answer.metric.has_total and answer.metric.kind is not Kind.SHARE
    rings = anomaly_rings.drawn(sheet.drawn, extras.flags) if extras.flags is not None and whole else None
    readings = ["ticks below the lines are releases, dotted vertical lines are notes"] if events else []
    if rings is not None:
        readings.append(anomaly_rings.LEGEND if len(rings) else "no value here is unusual")
    overtakes = _overtakes(sheet, answer, style, extras)
    return replace(
        sheet,
        overtakes=overtakes,
        events=events,
        rings=rings,
        traced=extras.traced,
        notes=(*sheet.notes, joined(readings)),
    )


def _overtakes(sheet: _Sheet, answer: SeriesAnswer, style: Style, extras: Extras) -> pd.DataFrame | None:
    """Rings where one line passed another, if levels are drawn."""
    if not extras.overtakes or answer.question.view != "level" or answer.question.dimension:
        return None
    names = {line.id: line.label for line in sheet.lines}
    passed = [o for o in extras.overtakes if {o.winner, o.loser} <= {*names}]
    brackets = [(o.winner, o.loser, o.last_before, o.first_after) for o in passed]
    return overtake_rings.rings(
        brackets, sheet.drawn, names, period=answer.metric.period, log=style.log, most=MOST_OVERTAKES
    )


def _subtitle(sheet: _Sheet, style: Style) -> str:
    """What is measured, in which unit, and over which months."""
    moments = sheet.drawn.dropna(subset=["value"])["when"]
    unit = unit_words(sheet.unit)
    parts = [sheet.title, "" if unit.lower() in sheet.title.lower() else unit]
    parts.append("log scale" if style.log and sheet.unit != "change" else "")
    if not sheet.ages:
        parts.append(wording.months(moments.min().date(), moments.max().date()))
    return " · ".join(filter(None, parts))


def _lines(ids: list[str], titles: dict[str, str], catalog: Catalog, style: Style) -> tuple[line_chart.Line, ...]:
    """The looks of the lines with these ids: of the first six in colour, of the rest quiet."""
    if not ids:
        raise QuestionError("There is nothing to draw: no figure is known for this question.")
    if len(ids) > MOST_LINES:
        raise QuestionError(f"A picture of {len(ids)} lines says nothing: at most {MOST_LINES} are drawn.")
    if any("=" in name or name == REST for name in ids):
        return tuple(dimensions.lines(ids, titles, dark=style.dark))
    lines = framework_styles.capped(framework_styles.lines(ids, catalog, dark=style.dark))
    return tuple(replace(line, label=cut_off(line.label, line_chart.LABEL_SIZE, 160, bold=True)) for line in lines)


def _title(answer: SeriesAnswer, catalog: Catalog, titles: dict[str, str], cut: Cut) -> str:
    one = list(dict.fromkeys(answer.frame["framework"]))
    split = line_key(answer.frame) == "dimension"
    cut_text = dimensions.cut_text(cut, catalog) if cut.key else ""
    parts = [answer.metric.title, titles[one[0]] if split else "", "" if cut_text in answer.metric.title else cut_text]
    return " · ".join(filter(None, [*parts, view_title(catalog, answer.question)]))


def _marks_used(answer: SeriesAnswer, *, dashed: bool) -> str:
    """How to read the marks of this chart, and only those."""
    states = set(answer.frame["status"])
    texts = ["lines break where days are missing"] if "gap" in states else []
    texts += [break_dashes.READING] if dashed else []
    texts += ["hollow points are provisional"] if "provisional" in states else []
    texts += ["no mark where the question was not asked"] if "not_asked" in states else []
    texts += ["vertical bars are 95% intervals: sampling noise only"] if answer.frame["low"].notna().any() else []
    return joined(texts)


def _chart(sheet: _Sheet, answer: SeriesAnswer, style: Style, high: float, *, still: bool) -> alt.LayerChart:
    chart = line_chart.draw(sheet.drawn, _options(sheet, answer, style, high, still=still))
    return with_layers(chart, above=_intervals(answer, sheet))


def _options(
    sheet: _Sheet, answer: SeriesAnswer, style: Style, high: float, *, still: bool
) -> line_chart.LineChartOptions:
    return line_chart.LineChartOptions(
        lines=sheet.lines,
        unit=sheet.unit,
        dark=style.dark,
        log=style.log and sheet.unit != "change",
        from_zero=not VIEWS[answer.question.view].level,
        height=round(high) - (AXIS_TITLE if sheet.ages else 0),
        breaks=sheet.bands,
        ages=sheet.ages,
        at=VIEWS[answer.question.view].level,
        overtakes=sheet.overtakes,
        rings=sheet.rings,
        happened=_strip(sheet),
        traced=sheet.traced and not still,
        still=still,
    )


def _strip(sheet: _Sheet) -> pd.DataFrame | None:
    """The releases and notes below the lines."""
    if not sheet.events:
        return None
    moments = sheet.drawn.dropna(subset=["value"])["when"]
    names = {line.id: line.label for line in sheet.lines}
    shown = [event for event in sheet.events if event.frameworks and event.frameworks[0] in names]
    return event_strip.drawn(shown, names, (moments.min(), moments.max())) if shown else None


def _intervals(answer: SeriesAnswer, sheet: _Sheet) -> list[alt.Chart]:
    """An upright for each share that has an interval."""
    valued = answer.frame.dropna(subset=["low", "high"])
    if valued.empty:
        return []
    start, end = pd.to_datetime(valued["period"]), pd.to_datetime(valued["period_end"])
    rows = pd.DataFrame(
        {
            "line": valued[line_key(answer.frame)],
            "when": end if VIEWS[answer.question.view].pools else start + (end - start) / 2,
            "low": valued["low"],
            "high": valued["high"],
        }
    )
    colours = alt.Scale(domain=[x.id for x in sheet.lines], range=[x.colour for x in sheet.lines])
    bars: alt.Chart = (
        alt.Chart(rows[rows["line"].isin([x.id for x in sheet.lines])])
        .mark_rule(strokeWidth=1.5)
        .encode(
            x=alt.X("when:T"),
            y=alt.Y("low:Q"),
            y2=alt.Y2("high:Q"),
            color=alt.Color("line:N", scale=colours, legend=None),
        )
    )
    return [bars]


def _ends(sheet: _Sheet) -> list[tuple[str, pd.DataFrame]]:
    """The points of each line by its name, the highest at the end first; a last one that is not final is left out."""
    valued = sheet.drawn.dropna(subset=["value"])
    final = valued["status"] == "final"
    valued = valued[final | ~final.groupby(valued["line"]).transform("any")]
    names = {line.id: line.label for line in sheet.lines}
    lines = [(str(name), rows) for name, rows in valued.groupby("line", sort=False)]
    lines.sort(key=lambda line: float(line[1]["value"].iloc[-1]), reverse=True)
    return [(names[name], rows) for name, rows in lines if name in names]


def _first_and_last(rows: pd.DataFrame, unit: str) -> list[tuple[str, str]]:
    return [(number(float(row["value"]), unit), str(row["about"])) for _, row in rows.iloc[[0, -1]].iterrows()]


def _table(sheet: _Sheet) -> pd.DataFrame:
    """First and last figure of each line; all of them are in the CSV."""
    rows = [(name, *_first_and_last(frame, sheet.unit)) for name, frame in _ends(sheet)]
    return pd.DataFrame(
        [(name, first[1], first[0], last[1], last[0]) for name, first, last in rows],
        columns=["Line", "First seen", "First figure", "Last seen", "Last figure"],
    )
