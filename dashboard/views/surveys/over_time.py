"""Over time: every edition's shares, what changed between two editions, and which frameworks of one are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import altair as alt
import pandas as pd
import streamlit as st

from analysis.share_intervals import MIN_BASE
from answers.questions import SurveyQuestion
from answers.surveys.answer import Surveys
from answers.surveys.differences import ShareDifference
from answers.wording import counted
from catalog import Metric
from dashboard import cache, links, page_url
from dashboard.charts import line_chart
from dashboard.charts.figure import Style
from dashboard.display_text import literal
from dashboard.views.surveys import controls, differences, figure
from dashboard.views.surveys.controls import Row
from dashboard.widgets import chart_frame, data_table, elements, number_trace, page_states
from dashboard.widgets.chart_frame import Takeaway

SERIES_FILES = {"CSV": "csv", "Parquet": "parquet", "Data package": "zip"}


def show(row: Row) -> None:
    """The tab."""
    metric = controls.survey(controls.button(row, "Survey", ":material/ballot:"), cache.catalog())
    question, cut = controls.cut_question(row, metric)
    with chart_frame.reserved():
        answer = cache.surveys(question)
        if not answer.years:
            elements.heading(answer.sentence)
            page_states.empty(_nothing(answer))
            return
        _shares(answer)
    if answer.span is not None:
        _changes(answer, question)
    if not cut.splits:
        _pairs(answer, question)
    number_trace.opened(answer.shares)


def _nothing(answer: Surveys) -> str:
    if figure.withheld(answer.shares):
        return f"Fewer than {MIN_BASE} people answered there in every year, so no share is shown."
    return f"No answers are stored for **{literal(answer.shares.metric.title)}** and these frameworks."


def _shares(answer: Surveys) -> None:
    """Every edition."""
    shares, alone = answer.shares, len(answer.years) == 1
    shown = figure.years(answer, cache.catalog(), Style(elements.dark()), traced=not alone)
    chart_frame.show(
        shown,
        Takeaway(
            of="surveys",
            pairs=links.drawn("surveys", answer.question, show="years"),
            question=answer.question,
            files={label: links.api(shares.question, kind) for label, kind in SERIES_FILES.items()},
            metrics=(shares.metric,),
        ),
        table=lambda: data_table.data_table(shares),
        trace=lambda: number_trace.choose(shares),
        draw=None if alone else lambda chart, summary: _chart(chart, summary, answer),
    )


def _chart(chart: alt.LayerChart, summary: str, answer: Surveys) -> None:
    """The chart itself. A click on a dot shows where its number comes from."""
    shares = answer.shares
    key = f"chart_{hash((shares.question, shares.retrieved_at)) & 0xFFFFFFFF:08x}"
    st.altair_chart(
        elements.quiet(chart), width="stretch", alt=summary, key=key,
        on_select=lambda: number_trace.clicked(key, shares), selection_mode=[line_chart.TRACED],
    )  # fmt: skip


# -- between editions --------------------------------------------------------------------------------------------------


def _changes(first: Surveys, question: SurveyQuestion) -> None:
    """Two editions, which the reader chooses, and what changed from the one to the other."""
    answer = cache.surveys(_spanned(first, question))
    if all(c.difference is None for c in answer.changes):
        since, until = answer.span or (0, 0)
        elements.heading(f"{since} and {until} can't be compared", 2)
        names = figure.names_of(answer.shares, cache.catalog(), whole=True)
        st.markdown(literal(differences.refusals(answer.changes, names), 1500))
        return
    takeaway(answer, "change")


def _spanned(first: Surveys, question: SurveyQuestion) -> SurveyQuestion:
    """The question with the two editions that are chosen."""
    span = first.span or (0, 0)
    years = {str(year): str(year) for year in first.years}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        early = {year: year for year in list(years)[:-1]}
        with st.container(width=150):
            since = int(page_url.one("from", "From edition", early, str(span[0]), follows=True))
        later = {year: year for year in years if int(year) > since}
        with st.container(width=150):
            until = int(page_url.one("to", "To edition", later, str(span[1]), follows=True))
    return question if (since, until) == span else replace(question, first=since, second=until)


def takeaway(answer: Surveys, name: str, level: int = 2, metrics: Sequence[Metric] = ()) -> None:
    """One of the charts of a survey's differences or of what is wanted, in its frame, by its name as a picture.

    `metrics` are those it shows, if not that of the question alone.
    """
    charts = {"change": figure.changes, "groups": figure.groups, "wanted": figure.wanted}
    pairs = links.drawn("surveys", answer.question, show=name)
    chart_frame.show(
        charts[name](answer, cache.catalog(), Style(elements.dark())),
        Takeaway(
            of="surveys",
            pairs=pairs,
            question=answer.question,
            files={"CSV": links.picture("surveys", pairs, "csv")},
            metrics=metrics or (answer.shares.metric,),
        ),
        name=chart_frame.FIRST if level == 1 else name,
        level=level,
        trace=lambda: number_trace.choose(answer.shares),
    )


# -- within one edition ------------------------------------------------------------------------------------------------


def _pairs(answer: Surveys, question: SurveyQuestion) -> None:
    """Which pairs of frameworks are apart beyond chance in one edition, and which are not."""
    years = {str(year): str(year) for year in reversed(answer.years)}
    with st.expander("Compare frameworks within one edition", expanded="edition" in st.query_params):
        with st.container(width=150):
            year = int(page_url.one("edition", "Edition", years, next(iter(years)), follows=True))
        pairs = cache.surveys(replace(question, edition=year)).pairs
        if not pairs:
            st.caption("This takes two frameworks with a share.")
            return
        close = sum(pair.outcome not in ("more", "less") for pair in pairs)
        st.markdown(literal(f"{counted(len(pairs), 'pair')}, {close or 'none'} too close to call."))
        elements.table(_pair_table(pairs))
        st.caption(literal(" ".join(differences.doubts(pairs)), 900))


def _pair_table(pairs: Sequence[ShareDifference]) -> pd.DataFrame:
    titles = [f"{elements.title(p.second.framework)} vs {elements.title(p.first.framework)}" for p in pairs]
    return differences.table(pairs, titles, "Second", "First")[
        ["Who", "First, %", "Second, %", "Difference, points", "95% low, points", "95% high, points", "Reading"]
    ]
