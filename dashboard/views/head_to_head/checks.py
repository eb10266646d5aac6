"""Whether a lead survives other ways of counting, and who gains more: one line on the page, the rest in a dialog."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from analysis.overtakes.sensitivity import Cell
from answers.overtakes.compare import Entry
from answers.overtakes.wording import verdict_sentence
from catalog import Kind, Metric
from dashboard import cache
from dashboard.display_text import day_in_words, literal, number, points
from dashboard.widgets import elements

AGREES = {True: ("agrees", "green"), False: ("disagrees", "red"), None: ("no answer", "gray")}
NO_RATE = "Not available: this metric has no monthly totals."


def show(entry: Entry) -> None:
    """The line, with the way to the dialog."""
    st.markdown(literal(entry.sensitivity.sentence, 600))
    if st.button("Other counts", key="checks", icon=":material/checklist:"):
        _dialog(entry)


@st.dialog("Other counts", width="large", position="right")
def _dialog(entry: Entry) -> None:
    st.markdown(f"**{literal(entry.title)}**  \n{literal(entry.sentence, 700)}")
    if entry.reason:
        st.markdown(literal(verdict_sentence(entry.verdict, entry.reason), 400))
    st.markdown("**By other ways of counting**")
    st.markdown(literal(entry.sensitivity.sentence, 600))
    metrics = cache.catalog().metrics
    rows = [
        f"| {_rule(cell, metrics)} | {_agrees(cell)} | {_leader(cell, metrics)} |" for cell in entry.sensitivity.cells
    ]
    st.markdown("\n".join(["| Count | Result | Leader |", "|:--|:--|:--|", *rows]))
    st.markdown("**Who gains more per month**")
    st.markdown(literal(entry.rate.sentence, 700) if entry.rate else NO_RATE)


def _rule(cell: Cell, metrics: Mapping[str, Metric]) -> str:
    return literal(f"{metrics[cell.metric].title}, {cell.rule}", 120)


def _agrees(cell: Cell) -> str:
    word, colour = AGREES[cell.agrees]
    return f":{colour}-badge[{word}]"


def _leader(cell: Cell, metrics: Mapping[str, Metric]) -> str:
    """Django by 784, 22 November 2020; or why there is no leader."""
    if cell.leader is None or cell.lead is None or cell.seen is None:
        return literal(cell.reason, 200)
    share = metrics[cell.metric].kind is Kind.SHARE
    lead = points(cell.lead) if share else number(cell.lead)
    return literal(f"{elements.title(cell.leader)} by {lead}, {day_in_words(cell.seen)}", 120)
