"""The same answer for somebody else: a link to the page that stays true, and the command that gives it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from answers.question import DatedQuestion
from dashboard import cache, links

LATER = "With what was known on {}: it says the same whatever is collected later."


def show(question: DatedQuestion, path: str, state: Mapping[str, str], promise: str = LATER) -> None:
    """One control: the page at `path` in this `state`, and the question's command, both as known on a day.

    `promise` says what that means; its braces stand for the day.
    """
    today = cache.now().date()
    day = question.as_of.date() if question.as_of else today
    with st.popover("Link that reproduces this", width="content"):
        st.caption(promise.format(day))
        st.code(links.page(path, {**state, "as_of": day.isoformat()}), language=None, wrap_lines=True)
        st.caption("The same in a shell:")
        st.code(links.shell(links.known_on(question, today)), language=None, wrap_lines=True)
