"""Trends: one metric, some frameworks, over time, with everything needed to read it."""

from __future__ import annotations

from dataclasses import replace

import altair as alt
import streamlit as st

from answers.anomalies.answer import Anomaly
from answers.parameters import texts
from answers.question import Question
from answers.series.answer import SeriesAnswer
from answers.series.views import VIEWS
from catalog import Kind
from dashboard import cache, links
from dashboard.charts import line_chart
from dashboard.charts.figure import Figure, Style
from dashboard.export.figures import overtakes
from dashboard.text import plain
from dashboard.views.trends import ages, figure, growth_table
from dashboard.views.trends.controls import CHART, PageState, controls
from dashboard.views.trends.figure import Extras
from dashboard.widgets import data_table, elements, frame, notes, provenance, url_state
from dashboard.widgets.frame import Takeaway

FILES = {"CSV": "csv", "Parquet": "parquet", "Data package": "zip"}


@elements.guarded
def show() -> None:
    """The page."""
    state = controls(cache.catalog())
    url_state.problems()
    with frame.reserved():
        answer = cache.series(state.question)
        if state.show != CHART:
            growth = cache.growth(replace(state.question, view="level"))
            growth_table.show(growth, elements.titles(), state.question.view)
        elif answer.frame["value"].notna().any():
            _framed(answer, state)
        else:
            elements.heading(answer.sentence)
            elements.empty(f"{plain(answer.metric.title)} has no values for these frameworks, dates and this view.")
            if VIEWS[state.question.view].reaches_back:
                growth = cache.growth(replace(state.question, view="level"))
                st.markdown("  \n".join(plain(why, 1000) for why in growth_table.reasons(growth, elements.titles())))
    if state.kinds:
        notes.show(state.kinds, answer.question.frameworks)
    provenance.opened(answer)


def _framed(answer: SeriesAnswer, state: PageState) -> None:
    drawing = [("log", "1" if state.log else ""), ("axis", "" if state.axis == ages.CALENDAR else state.axis)]
    frame.show(
        _figure(answer, state),
        Takeaway(
            of="chart",
            pairs=[*texts(answer.question).items(), *drawing],
            question=answer.question,
            files={label: links.api(answer.question, kind) for label, kind in FILES.items()},
            metrics=(answer.metric,),
            badge=_badge(answer),
        ),
        table=lambda: data_table.data_table(answer),
        trace=lambda: provenance.choose(answer),
        draw=lambda chart, summary: _chart(chart, summary, answer, state),
    )


def _figure(answer: SeriesAnswer, state: PageState) -> Figure:
    """Along the calendar, or along years of age."""
    style, question = Style(elements.dark(), state.log), answer.question
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


def _chart(chart: alt.LayerChart, summary: str, answer: SeriesAnswer, state: PageState) -> None:
    """The chart itself. A click on a point shows where its number comes from."""
    key = f"chart_{hash((answer.question, answer.retrieved_at, state.axis)) & 0xFFFFFFFF:08x}"
    st.altair_chart(
        elements.quiet(chart), width="stretch", alt=summary, key=key,
        on_select=lambda: provenance.clicked(key, answer), selection_mode=[line_chart.TRACED],
    )  # fmt: skip


def _badge(answer: SeriesAnswer) -> str:
    """The address of a badge with the last number, of a single line."""
    rows = answer.frame.dropna(subset=["value"])
    if rows["framework"].nunique() != 1 or rows["dimension"].nunique() != 1:
        return ""
    return links.picture("badge", texts(answer.question).items(), "svg")


if __name__ == "__main__":
    show()
