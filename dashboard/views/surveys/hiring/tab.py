"""Hiring: how many posts of a monthly hiring thread name a framework, twelve months pooled."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from answers import wording
from answers.leaders.answer import LeaderRow
from answers.questions import Question
from catalog import Metric
from dashboard import cache, links
from dashboard.charts.figure import Style
from dashboard.display_text import literal
from dashboard.views.surveys import controls
from dashboard.views.surveys.controls import Row
from dashboard.views.surveys.hiring import figure
from dashboard.widgets import chart_frame, elements, number_trace, page_states
from dashboard.widgets.chart_frame import Takeaway

FILES = {"CSV": "csv", "Parquet": "parquet", "Data package": "zip"}
UNCOUNTED = "Frameworks without a line, and why"


def show(row: Row) -> None:
    """The tab."""
    metric = next(m for m in cache.catalog().metrics.values() if m.pooled_months)
    with row.settings:
        as_of = controls.vintage()
    question = Question(metric.id, row.frameworks, as_of=as_of, view="pooled")
    with chart_frame.reserved():
        answer = cache.series(question)
        if answer.frame["value"].isna().all():
            elements.heading(answer.sentence)
            page_states.empty("No twelve months in a row are stored for these frameworks.")
        else:
            months = cache.series(Question(metric.id, row.frameworks, as_of=as_of))
            leader = _leader(metric, question)
            finding = f"{_headline(leader)} {leader.sentence}" if leader else ""
            chart_frame.show(
                figure.figure(answer, months, finding, cache.catalog(), Style(elements.dark())),
                Takeaway(
                    of="chart",
                    pairs=links.drawn("chart", question),
                    question=question,
                    files={label: links.api(question, kind) for label, kind in FILES.items()},
                    metrics=(metric,),
                ),
                trace=lambda: number_trace.choose(answer),
            )
    _uncounted(metric, row.frameworks)
    number_trace.opened(answer)


def _leader(metric: Metric, question: Question) -> LeaderRow | None:
    """Who leads the runner-up, if two have a line."""
    if len(question.frameworks) < 2:
        return None
    rows = cache.leaders(question.frameworks, None, question.as_of).rows
    return next((row for row in rows if row.metric == metric.id), None)


def _headline(row: LeaderRow) -> str:
    """Who leads whom, or that nobody does, in a few words; how far, and in which months, stands below the chart."""
    first, second = map(elements.title, row.pair)
    if row.leader is None:
        return f"{first} and {second} are too close to call in job posts."
    return f"{first} leads {second} in job posts."


def _uncounted(metric: Metric, frameworks: tuple[str, ...]) -> None:
    """Why frameworks have no line, or a late one: those chosen in words, all of them in a table."""
    catalog = cache.catalog()
    source = catalog.sources[metric.sources[0]]
    every = {r.framework: r for r in source.reservations if r.framework in catalog.frameworks}
    for name in frameworks:
        if name in every:
            since = every[name].since
            what = f"counted from {wording.month(since)}" if since else "no line"
            st.markdown(literal(f"{elements.title(name)}: {what}. {every[name].why}"))
    with st.expander(UNCOUNTED):
        rows = [(elements.title(r.framework), r.why) for r in every.values() if r.since is None]
        elements.table(pd.DataFrame(rows, columns=["Framework", "Why"]))
