"""Trends: one metric, some frameworks, over time, with everything needed to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
import streamlit as st

from answers.events import ChartEvent
from answers.series.answer import SeriesAnswer
from answers.series.views import VIEWS, view_title, view_unit
from answers.wording import counted, listed
from catalog import Break, Kind
from dashboard import cache, links
from dashboard.charts import anomaly_rings, event_strip, framework_styles, line_chart
from dashboard.charts.figure import joined
from dashboard.charts.line_points import line_key, points
from dashboard.text import day, number, plain
from dashboard.views.trends import ages, growth_table
from dashboard.views.trends.controls import PageState, controls
from dashboard.views.trends.figure import unit_words
from dashboard.widgets import data_table, dimensions, download, elements, notes, provenance, url_state

KINDS = {
    "break": "breaks, across which nothing is compared",
    "incident": "incidents, in which days are missing or wrong",
    "notice": "notices",
}
MOST_LINES = 6  # lines in a chart's summary


@dataclass(frozen=True, slots=True, eq=False)
class _Plot:
    """What is drawn of an answer: the points, the bands and marks on them, the title of an axis of ages, and the
    texts above and below.
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
        state = controls(cache.catalog())
    url_state.problems()
    answer = cache.series(state.question)
    has_figures = answer.frame["value"].notna().any()
    plot = _plot(answer, state) if has_figures else None
    with answer_slot:
        elements.headline("Trends", plot.sentence if plot else answer.sentence)
    if plot:
        _chart(answer, state, plot)
    else:
        elements.empty(f"No figure of **{plain(answer.metric.title)}** with these frameworks, days and this view.")
    if not state.cut.splits and answer.frame["framework"].nunique():
        with st.container(border=True):
            growth_table.show(
                cache.growth(replace(state.question, view="level")), elements.titles(), state.question.view
            )


def _plot(answer: SeriesAnswer, state: PageState) -> _Plot:
    """What to draw: along the calendar, or along years of age."""
    unit, frame, left_out = view_unit(answer.metric, answer.question.view), answer.frame, ""
    if state.cut.splits:
        frame, left_out = dimensions.largest(frame, answer.metric, answer.question.view)
    drawn, thinned = points(frame, answer.metric, _names(answer), unit)
    if state.axis != ages.CALENDAR:
        origins = cache.age_origins(answer.question.frameworks, state.axis, answer.question.as_of)
        moved = ages.aligned(drawn, origins)
        sentence = ages.sentence(answer, origins, moved, elements.titles(), unit)
        notes = (thinned, origins.sentence, ages.UNMARKED)
        return _Plot(moved, (), (), f"Years since {origins.since}", sentence, notes)
    bands = line_chart.within(answer.breaks, _first(drawn), _last(drawn))
    return _Plot(drawn, bands, _marks(state, drawn), "", answer.sentence, (thinned, left_out))


def _chart(answer: SeriesAnswer, state: PageState, plot: _Plot) -> None:
    unit = view_unit(answer.metric, answer.question.view)
    st.subheader(_title(answer, state, unit), anchor=False)
    elements.badge(answer.metric)
    summary = _summary(answer, unit)
    if state.as_table:
        data_table.data_table(answer)
    elif plot.drawn["value"].notna().any():
        _draw(answer, state, plot, summary)
    elements.beneath(
        answer,
        *plot.notes,
        *([] if state.as_table else [_marks_used(answer, plot, state), _undrawn(plot, state)]),
        summary,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        elements.doubts(answer.caveats)
        if plot.bands:
            with st.popover(counted(len(plot.bands), "numbered band"), width="content"):
                elements.break_list(plot.bands)
        data_table.downloads(answer)
        if plot.drawn["value"].notna().any():
            axis = "" if state.axis == ages.CALENDAR else state.axis
            download.offer_series(answer, [("log", "1" if state.log else ""), ("axis", axis)])
        st.link_button("CSV by API", links.api(answer.question, "csv"), help="The same bytes, for a program.")
    provenance.show(answer)
    if state.kinds:
        notes.show(list(plot.marks), answer.question.frameworks)


def _undrawn(plot: _Plot, state: PageState) -> str:
    return line_chart.undrawn(plot.drawn) if state.log else ""


def _draw(answer: SeriesAnswer, state: PageState, plot: _Plot, summary: str) -> None:
    """The chart itself. A click on a point shows where its number comes from."""
    days = plot.drawn.dropna(subset=["value"])["when"]
    view, marks = answer.question.view, plot.marks
    options = line_chart.LineChartOptions(
        lines=_lines(plot.drawn, answer),
        unit=view_unit(answer.metric, view),
        dark=elements.dark(),
        log=state.log and view_unit(answer.metric, view) != "change",
        from_zero=not VIEWS[view].level,
        breaks=plot.bands,
        at=VIEWS[view].level,
        ages=plot.ages,
        rings=_rings(answer, state, plot),
        happened=event_strip.drawn(marks, elements.titles(), (days.min(), days.max())) if marks else None,
        traced=True,
    )
    key = f"chart_{hash((answer.question, answer.retrieved_at, state.axis)) & 0xFFFFFFFF:08x}"
    st.altair_chart(
        elements.quiet(line_chart.draw(plot.drawn, options)), width="stretch", alt=summary, key=key,
        on_select=lambda: provenance.clicked(key, answer), selection_mode=[line_chart.TRACED],
    )  # fmt: skip


def _title(answer: SeriesAnswer, state: PageState, unit: str) -> str:
    """The metric, its cut, the view and the unit."""
    catalog, question = cache.catalog(), answer.question
    cut = dimensions.cut_text(state.cut, catalog)
    named = [answer.metric.title, "" if cut in answer.metric.title else cut]
    if state.cut.splits:
        named.insert(1, elements.titles()[question.frameworks[0]])
    named.append(view_title(catalog, question))
    return plain(" · ".join([*(text for text in named if text), unit_words(unit)]))


def _marks(state: PageState, drawn: pd.DataFrame) -> list[ChartEvent]:
    """The releases and notes to mark, within the days that are drawn."""
    if not state.kinds:
        return []
    return event_strip.chosen(cache.events(state.question.frameworks), state.kinds, _first(drawn), _last(drawn))


def _rings(answer: SeriesAnswer, state: PageState, plot: _Plot) -> pd.DataFrame | None:
    """What looks odd of these lines, if it is wanted and exists: along the calendar, not of parts or shares."""
    question = answer.question
    along = state.axis == ages.CALENDAR and not question.dimension and answer.metric.has_total
    if not (state.rings and along) or answer.metric.kind is Kind.SHARE:
        return None
    anomalies = cache.anomalies((question.metric,), question.frameworks, question.since, question.until, question.as_of)
    return anomaly_rings.drawn(plot.drawn, anomalies.flags)


def _names(answer: SeriesAnswer) -> dict[str, str]:
    return elements.titles() | dimensions.names(cache.catalog(), answer.frame["dimension"].unique())


def _lines(drawn: pd.DataFrame, answer: SeriesAnswer) -> list[line_chart.Line]:
    names, dark = _names(answer), elements.dark()
    ids = list(dict.fromkeys(drawn.dropna(subset=["value"])["line"]))
    if set(ids) <= set(elements.titles()):
        return framework_styles.lines(ids, cache.catalog(), dark=dark)
    return dimensions.lines(ids, names, dark=dark)


def _marks_used(answer: SeriesAnswer, plot: _Plot, state: PageState) -> str:
    """How to read the marks that are on this chart, and only those."""
    states = set(answer.frame["status"])
    texts = ["a line breaks where days are missing"] if "gap" in states else []
    if "provisional" in states:
        texts.append("hollow marks are not final")
    if "not_asked" in states:
        texts.append("no mark where the question was not asked")
    kinds = [KINDS[kind] for kind in KINDS if any(b.kind == kind for b in plot.bands)]
    if kinds:
        texts.append(f"numbered bands are {listed(kinds)}")
    if plot.marks:
        texts.append("ticks below the lines are releases, dotted uprights are notes")
    rings = _rings(answer, state, plot)
    if rings is not None:
        texts.append(anomaly_rings.LEGEND if len(rings) else "no day here looks odd by the one rule for all")
    return joined(texts)


def _summary(answer: SeriesAnswer, unit: str) -> str:
    """The chart in words: first and last number of each line, the highest first."""
    names, valued = _names(answer), answer.frame.dropna(subset=["value"])
    valued = valued[valued["status"] == "final"] if (valued["status"] == "final").any() else valued
    lines = [(str(name), rows) for name, rows in valued.groupby(line_key(answer.frame), sort=False)]
    lines.sort(key=lambda line: float(line[1]["value"].iloc[-1]), reverse=True)
    texts = [f"{names.get(name, name)} {_from_to(rows, unit)}" for name, rows in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        texts.append(f"{len(lines) - MOST_LINES} more, which the table has")
    return f"{answer.metric.title}, {unit_words(unit)}: {listed(texts)}."


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
