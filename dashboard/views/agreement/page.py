"""Stars vs downloads: how alike they rank the frameworks, where they disagree, whether it lasts, what surveys add."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from answers.agreement.answer import AgreementAnswer
from answers.agreement.surveys import survey_sentences
from answers.questions import AgreementQuestion, QuestionError
from answers.wording import counted, join_words
from catalog import Metric
from dashboard import links, page_url
from dashboard.charts.figure import Style
from dashboard.display_text import literal
from dashboard.export.figure_registry import FIGURES, AgreementDrawing
from dashboard.views.agreement import tables
from dashboard.views.agreement.controls import (
    HISTORY_MONTHS,
    RATIO,
    SCATTER,
    SURVEYS,
    TIME,
    answer_to,
    controls,
    frameworks_by_metric,
)
from dashboard.widgets import chart_frame, elements, page_states
from dashboard.widgets.chart_frame import Takeaway

RATIOS = "ratios"  # the picture of stars per million downloads over time
METHOD = (
    "The stars gained in each month are compared with the downloads of that month, the ones before and the ones "
    "after, up to a year apart. The lead or lag is where their changes are most alike. It counts only if stars of the "
    "same rhythm, shifted by chance, would hardly ever be as much alike. Only months without a gap and without a "
    "change in counting method are used, the longest run of each."
)


@page_states.guarded
def show() -> None:
    """The page."""
    frameworks = frameworks_by_metric()
    if not frameworks:
        elements.heading("No two frameworks have both stars and downloads yet")
        page_states.empty("It takes **GitHub stars** and **downloads** of at least two frameworks.")
        return
    question, shown = controls(frameworks)
    page_url.problems()
    with chart_frame.reserved():
        agreement = answer_to(question)
        # What was chosen for the reader is named, so that a link or a file goes on saying the same.
        whole = replace(question, y=agreement.y.id, on=agreement.on, months=HISTORY_MONTHS)
        PARTS[shown](agreement, whole)
    if shown == SCATTER:
        _left_out(agreement, question.frameworks or frameworks[agreement.y.id])


def _framed(
    agreement: AgreementAnswer,
    question: AgreementQuestion,
    drawing: AgreementDrawing,
    name: str = chart_frame.FIRST,
    metrics: Sequence[Metric] = (),
    table: Callable[[], None] | None = None,
) -> None:
    """One of the charts in its frame; the reason in its place where there is nothing to draw."""
    level = 1 if name == chart_frame.FIRST else 2
    try:
        figure = FIGURES["agreement"].figure(question, drawing, Style(elements.dark()))
    except QuestionError as fault:
        elements.heading(str(fault), level)
        return
    pairs = links.drawn("agreement", question, show=drawing.show, survey=drawing.survey)
    takeaway = Takeaway(
        of="agreement",
        pairs=pairs,
        question=question,
        files={"CSV": links.picture("agreement", pairs, "csv")},
        metrics=metrics or (agreement.x, agreement.y),
    )
    chart_frame.show(figure, takeaway, name=name, level=level, table=table)


def _scatter(agreement: AgreementAnswer, question: AgreementQuestion) -> None:
    """Stars against downloads, and the pairs that the two order oppositely."""
    _framed(agreement, question, AgreementDrawing(show=SCATTER), table=lambda: tables.figures(agreement))
    if agreement.ranking.against:
        with st.expander(f"Where they disagree most ({counted(len(agreement.ranking.against), 'pair')})"):
            tables.opposed(agreement)


def _left_out(agreement: AgreementAnswer, frameworks: Sequence[str]) -> None:
    """What the answer chose and left out, and which values are unusual."""
    have = set(agreement.ranking.table["framework"])
    absent = [elements.title(name) for name in frameworks if name not in have]
    without = f"Without {join_words(absent)}: no stars or no downloads around that day." if absent else ""
    unusual = f"Unusual, and counted all the same: {' '.join(agreement.anomalies)}" if agreement.anomalies else ""
    texts = [literal(text, 1200) for text in (agreement.choice, without, unusual) if text]
    if texts:
        with st.expander("What was counted"):
            st.markdown("\n\n".join(texts))


def _over_time(agreement: AgreementAnswer, question: AgreementQuestion) -> None:
    """How alike the two orders were month by month, and whether stars move before downloads."""
    past, lead_lag = agreement.history, agreement.leads
    _framed(agreement, question, AgreementDrawing(show=TIME), metrics=(agreement.x, past.y))
    if agreement.memory:
        st.caption(literal(agreement.memory, 500))
    elements.heading("Do stars move first?", 2)
    st.markdown(literal(lead_lag.sentence, 1500))
    if any(row.months for row in lead_lag.rows):
        with st.expander("How each framework was judged"):
            st.markdown(METHOD)
            tables.leads(lead_lag)


def _per_million(agreement: AgreementAnswer, question: AgreementQuestion) -> None:
    """Stars for each million of downloads, the most first; and how that changed."""
    _framed(agreement, question, AgreementDrawing(show=RATIO))
    _framed(agreement, question, AgreementDrawing(show=RATIOS), name=RATIOS, metrics=(agreement.x, agreement.history.y))


def _surveys(agreement: AgreementAnswer, question: AgreementQuestion) -> None:
    """What people say they work with, survey by survey."""
    if not agreement.surveys:
        elements.heading("No survey covers these frameworks by then")
        return
    for n, one in enumerate(agreement.surveys):
        name = one.survey.id if n else chart_frame.FIRST
        _framed(agreement, question, AgreementDrawing(show=SURVEYS, survey=one.survey.id), name, (one.survey,))
    st.markdown("  \n".join(literal(sentence, 600) for sentence in survey_sentences(agreement.surveys)))


PARTS = {SCATTER: _scatter, TIME: _over_time, RATIO: _per_million, SURVEYS: _surveys}


if __name__ == "__main__":
    show()
