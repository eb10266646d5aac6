"""What happened, beside a chart: the list of releases and notes, and the form for a note of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from answers.events import ChartEvent
from answers.wording import counted
from dashboard import authorization, cache, operator_actions, page_url
from dashboard.charts import event_strip
from dashboard.display_text import literal
from dashboard.widgets import elements
from dashboard.widgets.data_table import escape_formulas
from storage import StoreError

ROWS = 8  # in view
FIRST_DAY = date(1991, 2, 20)  # Python's first release; nothing that is tracked is older
_OUTCOME = "note_said"


def switches() -> tuple[str, ...]:
    """What the reader wants to have marked: kinds of marks, empty for none."""
    if not page_url.switch("events", "Releases and notes", "Marks below the chart, and a list of them below it."):
        return ()
    early = page_url.switch("prereleases", "Pre-releases", "Alphas, betas and release candidates, drawn paler.")
    return ("release", "recount", "note", "prerelease") if early else ("release", "recount", "note")


def show(kinds: Sequence[str], frameworks: Sequence[str]) -> None:
    """The marks of these kinds as a table, and the notes to add and remove."""
    marks = [mark for mark in cache.events(tuple(frameworks)) if mark.kind in kinds]
    releases = sum("release" in m.kind for m in marks)
    notes = [m for m in marks if m.kind == "note"]
    with st.expander(f"{counted(releases, 'release')} and {counted(len(notes), 'note')} "):
        if marks:
            rows = event_strip.table(marks, elements.titles())
            rows["Title"] = escape_formulas(rows["Title"])
            elements.table(rows, most=ROWS, column_config={"Link": st.column_config.LinkColumn(display_text="open")})
        else:
            st.caption("None for these frameworks yet. Collecting GitHub brings their releases.")
    with st.popover("Add a note", width="content"):
        _form(frameworks, notes)


def _form(frameworks: Sequence[str], notes: Sequence[ChartEvent]) -> None:
    names = {name: title for name, title in elements.titles().items() if name in frameworks}
    with st.form("note", border=False, clear_on_submit=False):
        st.selectbox("Framework", list(names), format_func=names.__getitem__, key="note_framework")
        st.date_input(
            "Day", value=cache.now().date(), min_value=FIRST_DAY, max_value=cache.now().date(), key="note_day",
            format="YYYY-MM-DD",
        )  # fmt: skip
        st.text_input("Note", max_chars=200, key="note_text", placeholder="Moved to another organisation")
        st.text_input("Link", max_chars=500, key="note_url", placeholder="https://… (may stay empty)")
        token = elements.operator_token("note_token")
        st.form_submit_button("Add", type="primary", disabled=authorization.closed(), on_click=_add)
    message = st.session_state.pop(_OUTCOME, "")
    if message:
        st.info(literal(message))
    for mark in notes:
        st.button(
            f"Remove “{literal(mark.title, 60)}” ({mark.since})",
            key=f"remove_note_{mark.note}",
            type="tertiary",
            disabled=authorization.closed(),
            on_click=_remove,
            args=(mark.note, token),
        )


def _add() -> None:
    state = st.session_state
    try:
        operator_actions.note(
            state["note_framework"], state["note_day"], state["note_text"], state["note_url"],
            str(state.get("note_token", "")),
        )  # fmt: skip
    except (operator_actions.AddError, authorization.NotAllowedError, StoreError) as fault:
        state[_OUTCOME] = str(fault)
    else:
        state[_OUTCOME] = "Noted. Everybody who opens this dashboard sees it."
        state["note_text"] = state["note_url"] = ""


def _remove(number: int, token: str) -> None:
    try:
        operator_actions.unnote(number, token)
    except (operator_actions.AddError, authorization.NotAllowedError, StoreError) as fault:
        st.session_state[_OUTCOME] = str(fault)
