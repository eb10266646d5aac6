"""Collection: what is late, how the last runs went, what is due, and the button that asks for a run now."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from answers.collection.freshness import freshness_sentence
from dashboard import authorization, cache, page_url
from dashboard.charts.figure import parted
from dashboard.display_text import day, literal
from dashboard.views.collection import frameworks, imports, runs, sources
from dashboard.widgets import deliveries, elements, page_states
from storage import Run, StoreError

FREQUENTLY = 1.0  # seconds between two reads while a run is under way
NOW_AND_THEN = 5.0  # while one waits to begin
SELDOM = 10.0
SERIES_ROWS = 12  # in view
SOURCES, RUNS, SERIES, FRAMEWORKS, IMPORTS = "sources", "runs", "series", "frameworks", "imports"
SHOWS = {SOURCES: "Sources", RUNS: "Runs", SERIES: "Series", FRAMEWORKS: "Frameworks", IMPORTS: "Imports"}


@page_states.guarded
def show() -> None:
    """The page."""
    headline, detail = parted(freshness_sentence(cache.catalog(), cache.freshness()))
    elements.heading(headline)
    if detail:
        st.markdown(literal(detail, 600))
    deliveries.show()
    if authorization.closed():
        st.info(authorization.CLOSED)
    token = elements.operator_token("operator_token")
    every = _pause(cache.active_runs())
    st.fragment(_under_way, run_every=every)(token, every)
    chosen = page_url.one("show", "Details", SHOWS, SOURCES, segments=True, bare=True)
    page_url.problems()
    if chosen == SOURCES:
        st.fragment(_sources, run_every=every)(token)
    elif chosen == RUNS:
        st.fragment(_runs, run_every=every)()
    elif chosen == SERIES:
        _series()
    elif chosen == IMPORTS:
        imports.show()
    else:
        frameworks.form(token)
        st.fragment(frameworks.own, run_every=every)(token)
        frameworks.renames()


def _under_way(token: str, every: float) -> None:
    """The button for a run and what runs, refreshed by themselves: often while something runs."""
    try:
        active = cache.active_runs()
        if _pause(active) != every:
            st.rerun()  # the whole page: it looks more often, or less often, from now on
        entries, busy = cache.freshness(), {run.source for run in active}
        sources.collect_all(entries, token, busy)
        going = {run.source: run for run in active if run.status == "running"}
        for run in active:
            runs.progress(run, token, going.get(run.source))
        frameworks.open_failures()
    except StoreError as fault:
        page_states.no_store(fault)


def _sources(token: str) -> None:
    try:
        sources.show(cache.freshness(), token, {run.source for run in cache.active_runs()})
    except StoreError as fault:
        page_states.no_store(fault)


def _pause(active: Sequence[Run]) -> float:
    """The seconds until the page reads again."""
    if not active:
        return SELDOM
    return FREQUENTLY if any(run.status == "running" for run in active) else NOW_AND_THEN


def _runs() -> None:
    try:
        runs.table()
    except StoreError as fault:
        page_states.no_store(fault)


def _series() -> None:
    """Each series' span and age."""
    spans = cache.series_extents()
    if not spans:
        st.caption(page_states.awaited() or "No data yet.")
        return
    today = cache.now().date()
    titles = {m.id: m.title for m in cache.catalog().metrics.values()}
    rows = [
        {
            "Metric": titles.get(s.metric, s.metric),
            "Framework": elements.titles().get(s.framework, s.framework),
            "Dimension": s.dimension,
            "First": day(s.first),
            "Last": day(s.last),
            "Age in days": (today - s.last).days,
            "Values": s.observations,
        }
        for s in spans
    ]
    readable = {"Values": st.column_config.NumberColumn(format="localized")}
    elements.table(pd.DataFrame(rows), most=SERIES_ROWS, column_config=readable)


if __name__ == "__main__":
    show()
