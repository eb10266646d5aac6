"""Trends: one metric, some frameworks, over time, with everything needed to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import altair as alt
import streamlit as st

from answers.anomalies.answer import Anomaly
from answers.parameter_types import texts
from answers.questions import Question
from answers.series.answer import SeriesAnswer
from answers.series.views import VIEWS
from catalog import Kind
from dashboard import cache, links, page_url
from dashboard.charts import line_chart
from dashboard.charts.figure import Figure, Style
from dashboard.display_text import literal
from dashboard.export.figure_registry import overtakes
from dashboard.views.trends import ages, figure, growth_table
from dashboard.views.trends.controls import AUTO, CHART, LOG, SPANS, PageState, controls
from dashboard.views.trends.figure import Extras
from dashboard.widgets import chart_events, chart_frame, data_table, elements, number_trace, page_states
from dashboard.widgets.chart_frame import Takeaway

MOST_ACROSS = 3  # small plots
FILES = {"CSV": "csv", "Parquet": "parquet", "Data package": "zip"}


@page_states.guarded
def show() -> None:
    """The page."""
    state = controls(cache.catalog())
    page_url.problems()
    with chart_frame.reserved():
        answer = cache.series(state.question)
        if state.show != CHART:
            growth = cache.growth(replace(state.question, view="level"))
            growth_table.show(growth, elements.titles(), SPANS[state.years], state.question.view)
        elif answer.frame["value"].notna().any():
            _framed(answer, state)
        else:
            elements.heading(answer.sentence)
            page_states.empty(
                f"{literal(answer.metric.title)} has no values for these frameworks, dates and this view."
            )
            if VIEWS[state.question.view].reaches_back:
                growth = cache.growth(replace(state.question, view="level"))
                st.markdown("  \n".join(literal(why, 1000) for why in growth_table.reasons(growth, elements.titles())))
    if state.kinds:
        chart_events.show(state.kinds, answer.question.frameworks)
    number_trace.opened(answer)


def _framed(answer: SeriesAnswer, state: PageState) -> None:
    page_states.missing(state.question.frameworks)
    style = Style(elements.dark(), log=_is_log(answer, state))
    drawing = [("log", "1" if style.log else ""), ("axis", "" if state.axis == ages.CALENDAR else state.axis)]
    chart_frame.show(
        _figure(answer, state, style),
        Takeaway(
            of="chart",
            pairs=[*texts(answer.question).items(), *drawing],
            question=answer.question,
            files={label: links.api(answer.question, kind) for label, kind in FILES.items()},
            metrics=(answer.metric,),
            badge=_badge(answer),
        ),
        table=lambda: data_table.data_table(answer),
        trace=lambda: number_trace.choose(answer),
        draw=lambda chart, summary: _chart(chart, summary, answer, state, style),
    )


def _is_log(answer: SeriesAnswer, state: PageState) -> bool:
    """Whether the axis is logarithmic: as chosen, else where the smaller lines would lie flat at the floor."""
    return state.scale == LOG or (state.scale == AUTO and figure.suggests_log(answer))


def _figure(answer: SeriesAnswer, state: PageState, style: Style) -> Figure:
    """Along the calendar, or along years of age."""
    question = answer.question
    if state.axis != ages.CALENDAR:
        origins = cache.age_origins(question.frameworks, state.axis, question.as_of)
        return figure.aged(answer, origins, cache.catalog(), style, Extras(traced=True))
    extras = Extras(
        overtakes=overtakes(question),
        events=[e for e in cache.events(question.frameworks) if e.kind in state.kinds] if state.kinds else (),
        flags=_flags(question) if state.rings and answer.metric.kind is not Kind.SHARE else None,
        traced=True,
    )
    return figure.figure(answer, cache.catalog(), style, extras)


def _flags(question: Question) -> tuple[Anomaly, ...]:
    """The unusual values of the lines."""
    q = question
    return cache.anomalies((q.metric,), q.frameworks, q.since, q.until, q.as_of).flags


def _chart(chart: alt.LayerChart, summary: str, answer: SeriesAnswer, state: PageState, style: Style) -> None:
    """The chart itself, or one for each line. A click on a point shows where its number comes from."""
    plots = figure.each(answer, cache.catalog(), style) if state.split and state.axis == ages.CALENDAR else []
    if len(plots) > 1:
        _plots(plots)
        return
    key = f"chart_{hash((answer.question, answer.retrieved_at, state.axis)) & 0xFFFFFFFF:08x}"
    st.altair_chart(
        elements.quiet(chart), width="stretch", alt=summary, key=key,
        on_select=lambda: number_trace.clicked(key, answer), selection_mode=[line_chart.TRACED],
    )  # fmt: skip


def _plots(plots: Sequence[tuple[str, alt.LayerChart]]) -> None:
    """Small plots side by side, on a phone below each other."""
    across = 1 if elements.phone() else MOST_ACROSS
    for start in range(0, len(plots), across):
        for column, (name, plot) in zip(st.columns(across), plots[start : start + across], strict=False):
            with column:
                st.markdown(f"**{literal(name)}**")
                elements.chart(plot, name)


def _badge(answer: SeriesAnswer) -> str:
    """The address of a badge with the last number, of a single line."""
    rows = answer.frame.dropna(subset=["value"])
    if rows["framework"].nunique() != 1 or rows["dimension"].nunique() != 1:
        return ""
    return links.picture("badge", texts(answer.question).items(), "svg")


if __name__ == "__main__":
    show()
