"""Trends: one metric, some frameworks, over time, with everything one must know to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
import streamlit as st

from answers.events import ChartEvent
from answers.series.answer import SeriesAnswer
from answers.series.views import view_title, view_unit
from catalog import Break, Kind
from dashboard import cache
from dashboard.api import routes
from dashboard.charts import anomaly_rings, event_strip, line_chart, theme
from dashboard.charts.line_points import line_key, points
from dashboard.text import count, day, listed, number, plain
from dashboard.views.trends import ages, growth_table
from dashboard.views.trends.controls import TrendsParameters, controls
from dashboard.widgets import data_table, dimensions, download, elements, notes, provenance, url_state

KINDS = {
    "break": "breaks, across which nothing is compared",
    "incident": "incidents, in which days are missing or wrong",
    "notice": "notices",
}
UNITS = {"share": "share in %", "change": "growth in %"}
MOST_SAID = 6  # lines in a chart's summary


@dataclass(frozen=True, slots=True, eq=False)
class _Plot:
    """What is drawn of an answer: the points, the bands and marks on them, the title of an axis of ages, and what is
    said above and below.
    """

    drawn: pd.DataFrame
    bands: Sequence[Break]
    marks: Sequence[ChartEvent]
    ages: str
    sentence: str
    notes: tuple[str, ...]


@elements.guarded
def show() -> None:
    """The page."""
    answer_slot = st.container()
    with st.container(border=True):
        wanted = controls(cache.catalog())
    url_state.problems()
    answer = cache.series(wanted.question)
    known = answer.frame["value"].notna().any()
    plot = _plot(answer, wanted) if known else None
    with answer_slot:
        elements.headline("Trends", plot.sentence if plot else answer.sentence)
    if plot:
        _chart(answer, wanted, plot)
    else:
        elements.empty(f"No figure of **{plain(answer.metric.title)}** with these frameworks, days and this view.")
    if not wanted.cut.splits and answer.frame["framework"].nunique():
        with st.container(border=True):
            growth_table.show(
                cache.growth(replace(wanted.question, view="level")), elements.titles(), wanted.question.view
            )


def _plot(answer: SeriesAnswer, wanted: TrendsParameters) -> _Plot:
    """What to draw: along the calendar, or along years of age."""
    unit, frame, left_out = view_unit(answer.metric, answer.question.view), answer.frame, ""
    if wanted.cut.splits:
        frame, left_out = dimensions.largest(frame, answer.metric, answer.question.view)
    drawn, thinned = points(frame, answer.metric, _names(answer), unit)
    if wanted.axis != ages.CALENDAR:
        born = cache.births(answer.question.frameworks, wanted.axis, answer.question.as_of)
        moved = ages.aligned(drawn, born)
        sentence = ages.sentence(answer, born, moved, elements.titles(), unit)
        return _Plot(moved, (), (), f"Years since {born.since}", sentence, (thinned, born.sentence, ages.UNMARKED))
    bands = line_chart.within(answer.breaks, _first(drawn), _last(drawn))
    return _Plot(drawn, bands, _marks(wanted, drawn), "", answer.sentence, (thinned, left_out))


def _chart(answer: SeriesAnswer, wanted: TrendsParameters, plot: _Plot) -> None:
    unit = view_unit(answer.metric, answer.question.view)
    st.subheader(_title(answer, wanted, unit), anchor=False)
    elements.badge(answer.metric)
    summary = _summary(answer, unit)
    if wanted.as_table:
        data_table.data_table(answer)
    elif plot.drawn["value"].notna().any():
        _draw(answer, wanted, plot, summary)
    elements.beneath(answer, *plot.notes, "" if wanted.as_table else _marks_used(answer, plot, wanted), summary)
    with st.container(horizontal=True, vertical_alignment="center"):
        elements.doubts(answer.caveats)
        if plot.bands:
            with st.popover(count(len(plot.bands), "numbered band"), width="content"):
                elements.break_list(plot.bands)
        data_table.downloads(answer)
        if plot.drawn["value"].notna().any():
            axis = "" if wanted.axis == ages.CALENDAR else wanted.axis
            download.offer_series(answer, [("log", "1" if wanted.log else ""), ("axis", axis)])
        st.link_button("CSV by API", routes.series_url(answer.question), help="The same bytes, for a program.")
    provenance.show(answer)
    if wanted.kinds:
        notes.show(list(plot.marks), answer.question.frameworks)


def _draw(answer: SeriesAnswer, wanted: TrendsParameters, plot: _Plot, summary: str) -> None:
    """The chart itself. A click on a point says where its number comes from."""
    known = plot.drawn.dropna(subset=["value"])["when"]
    view, marks = answer.question.view, plot.marks
    how = line_chart.LineChartOptions(
        lines=_lines(plot.drawn, answer),
        unit=view_unit(answer.metric, view),
        dark=elements.dark(),
        log=wanted.log and view_unit(answer.metric, view) != "change",
        from_zero=line_chart.from_zero(view),
        breaks=plot.bands,
        at=line_chart.LEVELS.get(view),
        ages=plot.ages,
        odd=_odd(answer, wanted, plot),
        happened=event_strip.drawn(marks, elements.titles(), (known.min(), known.max())) if marks else None,
        traced=True,
    )
    key = f"chart_{hash((answer.question, answer.retrieved_at, wanted.axis)) & 0xFFFFFFFF:08x}"
    st.altair_chart(
        elements.quiet(line_chart.draw(plot.drawn, how)), width="stretch", alt=summary, key=key,
        on_select=lambda: provenance.clicked(key, answer), selection_mode=[line_chart.TRACED],
    )  # fmt: skip


def _title(answer: SeriesAnswer, wanted: TrendsParameters, unit: str) -> str:
    """The metric, its cut, the view and the unit."""
    catalog, question = cache.catalog(), answer.question
    cut = dimensions.said(wanted.cut, catalog)
    named = [answer.metric.title, "" if cut in answer.metric.title else cut]
    if wanted.cut.splits:
        named.insert(1, elements.titles()[question.frameworks[0]])
    named.append(view_title(catalog, question))
    return plain(" · ".join([*(text for text in named if text), unit_words(unit)]))


def _marks(wanted: TrendsParameters, drawn: pd.DataFrame) -> list[ChartEvent]:
    """The releases and notes to mark, within the days that are drawn."""
    if not wanted.kinds:
        return []
    return event_strip.chosen(cache.marks(wanted.question.frameworks), wanted.kinds, _first(drawn), _last(drawn))


def _odd(answer: SeriesAnswer, wanted: TrendsParameters, plot: _Plot) -> pd.DataFrame | None:
    """What looks odd of these lines, if it is asked for and can be told: along the calendar, not of parts or shares."""
    question = answer.question
    along = wanted.axis == ages.CALENDAR and not question.dimension and answer.metric.has_total
    if not (wanted.odd and along) or answer.metric.kind is Kind.SHARE:
        return None
    found = cache.anomalies((question.metric,), question.frameworks, question.since, question.until, question.as_of)
    return anomaly_rings.drawn(plot.drawn, found.flags)


def unit_words(unit: str) -> str:
    """A unit for reading."""
    return UNITS.get(unit, unit)


def _names(answer: SeriesAnswer) -> dict[str, str]:
    return elements.titles() | dimensions.names(cache.catalog(), answer.frame["dimension"].unique())


def _lines(drawn: pd.DataFrame, answer: SeriesAnswer) -> list[line_chart.Line]:
    names, dark = _names(answer), elements.dark()
    found = list(dict.fromkeys(drawn.dropna(subset=["value"])["line"]))
    if set(found) <= set(elements.titles()):
        looks = {name: theme.line_style(name) for name in found}
        return [line_chart.Line(n, names[n], k.colour(dark=dark), k.dash, k.shape) for n, k in looks.items()]
    return dimensions.lines(found, names, dark=dark)


def _marks_used(answer: SeriesAnswer, plot: _Plot, wanted: TrendsParameters) -> str:
    """How to read the marks that are on this chart, and only those."""
    states = set(answer.frame["status"])
    said = ["a line breaks where days are missing"] if "gap" in states else []
    if "provisional" in states:
        said.append("hollow marks are not final")
    if "not_asked" in states:
        said.append("no mark where the question was not asked")
    kinds = [KINDS[kind] for kind in KINDS if any(b.kind == kind for b in plot.bands)]
    if kinds:
        said.append(f"numbered bands are {listed(kinds)}")
    if plot.marks:
        said.append("ticks below the lines are releases, dotted uprights are notes")
    rings = _odd(answer, wanted, plot)
    if rings is not None:
        said.append(anomaly_rings.SAID if len(rings) else "no day here looks odd by the one rule for all")
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _summary(answer: SeriesAnswer, unit: str) -> str:
    """The chart in words: first and last number of each line, the highest first."""
    names, known = _names(answer), answer.frame.dropna(subset=["value"])
    known = known[known["status"] == "final"] if (known["status"] == "final").any() else known
    lines = [(str(name), rows) for name, rows in known.groupby(line_key(answer.frame), sort=False)]
    lines.sort(key=lambda line: float(line[1]["value"].iloc[-1]), reverse=True)
    said = [f"{names.get(name, name)} {_from_to(rows, unit)}" for name, rows in lines[:MOST_SAID]]
    if len(lines) > MOST_SAID:
        said.append(f"{len(lines) - MOST_SAID} more, which the table has")
    return f"{answer.metric.title}, {unit_words(unit)}: {listed(said)}."


def _from_to(rows: pd.DataFrame, unit: str) -> str:
    ends = ((rows.iloc[0], "period"), (rows.iloc[-1], "period_end"))
    first, last = (f"{number(float(row['value']), unit)} ({day(pd.Timestamp(row[when]))})" for row, when in ends)
    return f"from {first} to {last}"


def _first(drawn: pd.DataFrame) -> date:
    return pd.Timestamp(drawn["when"].min()).date()


def _last(drawn: pd.DataFrame) -> date:
    return pd.Timestamp(drawn["when"].max()).date()


if __name__ == "__main__":
    show()
