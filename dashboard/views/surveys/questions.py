"""Questions asked: what each edition asked and of whom, and why some do not compare with the one before."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from answers.questions import SurveyQuestion
from answers.surveys.answer import Surveys
from answers.surveys.editions import Edition
from answers.wording import counted, join_words
from dashboard import cache, links
from dashboard.display_text import literal
from dashboard.views.surveys import controls
from dashboard.views.surveys.controls import Row
from dashboard.widgets import elements, page_states

SURVEY_WIDTH = 340  # pixels
NONE = "–"


def show(row: Row) -> None:
    """The tab."""
    metric = controls.survey(_place(row), cache.catalog(), bare=not elements.phone())
    with row.settings:
        as_of = controls.vintage()
    question = SurveyQuestion(metric, as_of=as_of)
    answer = cache.surveys(question)
    if not answer.editions:
        elements.heading("No editions listed")
        page_states.empty(f"What **{literal(answer.shares.metric.title)}** asked is not on record.")
        return
    with st.container(border=True, gap="small", key="frame_on"):
        _editions(answer)
        st.link_button("JSON", links.saved(links.api(question)), icon=":material/download:")


def _place(row: Row) -> DeltaGenerator:
    return row.settings if elements.phone() else row.main.container(width=SURVEY_WIDTH)


def _editions(answer: Surveys) -> None:
    """What changed how often, the table, and every change in full."""
    newest_first = list(reversed(answer.editions))
    breaks = sum(bool(edition.breaks) for edition in newest_first)
    elements.heading(
        f"{breaks or 'None'} of {counted(len(newest_first), 'edition')} changed the question or its audience"
    )
    st.caption(literal(f"{answer.shares.metric.title} · questions in our words, not in those of the questionnaire"))
    if breaks:
        st.markdown("\n".join(f"- {_reason(edition)}" for edition in newest_first if edition.breaks))
    # Last: a browser lays a table out late, which moves what is below it.
    st.table(table(newest_first, answer.shares.metric.id).set_index("Edition"))
    st.caption(literal(f"Source: {join_words(f'{s.title} ({s.licence})' for s in answer.shares.sources)}", 400))


def table(editions: Sequence[Edition], metric: str) -> pd.DataFrame:
    """A row per edition: what was asked, of whom, how many answered, and whether it compares with the one before.

    `editions` begin with the newest; those with figures are links to them.
    """
    columns = {
        "Edition": [_linked(edition, metric) for edition in editions],
        "Question": [literal(edition.question) for edition in editions],
        "Asked of": [literal(edition.asked_of) or NONE for edition in editions],
        "Answers (n)": [_answers(edition) for edition in editions],
        "New on the list": [_names(edition.added) for edition in editions],
        "Gone": [_names(edition.removed) for edition in editions],
        "Compares with the edition before": [_compares(edition, editions[-1]) for edition in editions],
    }
    return pd.DataFrame({title: cells for title, cells in columns.items() if set(cells) != {NONE}})


def _compares(edition: Edition, oldest: Edition) -> str:
    if edition.breaks:
        return "no"
    return "yes" if edition.is_known and edition is not oldest else NONE


def _linked(edition: Edition, metric: str) -> str:
    # A table that is wider than a phone can be reached, and so scrolled, by the keyboard.
    query = urlencode({"survey": metric, "edition": edition.year})
    return f"[{edition.year}](/surveys?{query})" if edition.is_known else str(edition.year)


def _answers(edition: Edition) -> str:
    """How many answered; of how many in the whole survey, where that is known."""
    if not edition.base:
        return NONE
    if edition.rounded:
        return f"about {edition.base:,} in the survey"
    return f"{edition.base:,}{f' of {edition.respondents:,}' if edition.respondents else ''}"


def _names(frameworks: Sequence[str]) -> str:
    return literal(join_words(map(elements.title, frameworks))) or NONE


def _reason(edition: Edition) -> str:
    texts = [f"**{literal(one.title)}**\\. {literal(one.text, 900)}" for one in edition.breaks]
    return f"**{edition.year}** · {' '.join(texts)}"
