"""Used vs wanted: who worked with a framework, and who wants to, in one edition of the Stack Overflow survey."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from answers.surveys.answer import Surveys
from answers.surveys.differences import WANTED, WORKED
from dashboard import cache, page_url
from dashboard.views.surveys import controls, figure, over_time
from dashboard.views.surveys.controls import Row
from dashboard.widgets import chart_frame, elements, number_trace, page_states

NOT_BOTH = "Choose other frameworks or another group: no edition has both halves of the question for these."
COMPARABLE = "Editions compare only where no break lies between them, as for the shares themselves."


def show(row: Row) -> None:
    """The tab."""
    question, _ = controls.cut_question(row, WORKED)
    every = cache.surveys(question)
    years = sorted({gap.edition for gap in every.wanted_next_year}, reverse=True)
    if not years:
        elements.heading("Used and wanted can't be compared here")
        page_states.empty(NOT_BOTH)
        return
    options = {str(year): str(year) for year in years}
    with row.settings if elements.phone() else row.main.container(width=110):
        year = int(page_url.one("edition", "Edition", options, next(iter(options)), bare=True, follows=True))
    with chart_frame.reserved(200):
        answer = cache.surveys(replace(question, edition=year))
        over_time.takeaway(
            answer, "wanted", level=1, metrics=[cache.catalog().metrics[name] for name in (WORKED, WANTED)]
        )
    _every_edition(every)
    number_trace.opened(answer.shares)


def _every_edition(answer: Surveys) -> None:
    with st.expander("Every edition"):
        gaps = sorted(answer.wanted_next_year, key=lambda gap: -gap.edition)
        elements.table(figure.wanted_table(gaps, elements.titles()))
        st.caption(COMPARABLE)
