"""Surveys: what developers answer over time, by region and between groups, what they want and were asked; job posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard import page_url
from dashboard.views.surveys import between_groups, controls, over_time, questions, wanted_next_year
from dashboard.views.surveys.controls import Row
from dashboard.views.surveys.hiring import tab as hiring
from dashboard.views.surveys.regions import tab as regions
from dashboard.widgets import page_states

TABS: Mapping[str, Callable[[Row], None]] = {
    controls.TIME: over_time.show,
    controls.REGIONS: regions.show,
    controls.GROUPS: between_groups.show,
    controls.WANTED: wanted_next_year.show,
    controls.QUESTIONS: questions.show,
    controls.HIRING: hiring.show,
}


@page_states.guarded
def show() -> None:
    """The page."""
    row = controls.row()
    problems = st.empty()  # a container that stays empty has room until the page is complete, and then none
    TABS[row.tab](row)
    if page_url.has_problems():
        with problems.container():
            page_url.problems()


if __name__ == "__main__":
    show()
