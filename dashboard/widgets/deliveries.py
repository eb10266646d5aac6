"""Whether alerts reach those who asked for them: one line on the pages where an operator looks."""

from __future__ import annotations

import streamlit as st

from answers.wording import counted
from dashboard import cache
from dashboard.display_text import literal


def show() -> None:
    """What went wrong when the alerts that wait were last sent, if anything did."""
    waiting = cache.undelivered()
    if waiting.error:
        st.warning(
            f"{counted(waiting.waiting, 'alert')} could not be sent. The last error: {literal(waiting.error)} "
            "They are tried again."
        )
