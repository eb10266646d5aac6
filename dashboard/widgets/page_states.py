"""What stands on a page instead of its content: no store, nothing collected yet, an error; each as one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

from answers.questions import QuestionError
from dashboard import cache
from dashboard.charts.figure import parted
from dashboard.display_text import age, literal
from dashboard.widgets import elements
from storage import StoreEmpty, StoreError, StoreOlder

P = ParamSpec("P")
R = TypeVar("R")


def guarded(show: Callable[P, R]) -> Callable[P, R | None]:
    """A page whose store or question may fail: the reader gets one designed sentence, never a traceback."""

    @wraps(show)
    def page(*args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return show(*args, **kwargs)
        except QuestionError as fault:
            first, rest = parted(str(fault))
            elements.heading(first)
            if rest:
                st.markdown(literal(rest, 1500))
        except StoreError as fault:
            no_store(fault)
        return None

    return page


def no_store(fault: StoreError) -> None:
    """The store cannot be read: say why and what to do."""
    with st.container(border=True):
        st.subheader(
            "There is nothing to read yet" if isinstance(fault, StoreEmpty) else "The store cannot be read",
            anchor=False,
        )
        st.markdown(literal(str(fault).replace("`", "")))
        if isinstance(fault, StoreEmpty | StoreOlder):
            st.caption("Run this, then reload the page:")
            st.code("uptake migrate", language=None, wrap_lines=True)
        else:
            st.caption("Nothing is lost by waiting: this page works again as soon as the store does.")


def broken() -> None:
    """Something failed that nobody foresaw."""
    st.error("This page could not be shown. The fault is in the server's log; the data is not affected.")


def empty(what: str) -> None:
    """Nothing was collected yet for what was asked."""
    with st.container(border=True):
        st.subheader("No observations here yet", anchor=False)
        st.markdown(what)
        st.caption(awaited() or "The page **Collection** shows what was collected, when, and what is due next.")


def awaited() -> str:
    """For where there is no data yet: how long ago its collection was requested, if one is under way; else empty."""
    try:
        runs = cache.active_runs()
    except StoreError:
        return ""
    if not runs:
        return ""
    first = min(run.requested_at for run in runs)
    return f"No data yet. The first collection was requested {age(cache.now() - first)}."


def missing(frameworks: Sequence[str]) -> None:
    """Of which of these frameworks nothing was collected yet, and whether that is under way."""
    collected = {series.framework for series in cache.series_extents()}
    lines = [_awaited(name) for name in frameworks if name not in collected]
    if lines:
        st.info("  \n".join(lines))


def _awaited(framework: str) -> str:
    """Robyn has no data yet. Its first collection was requested 1 minute ago."""
    run = next((run for run in cache.active_runs() if not run.frameworks or framework in run.frameworks), None)
    if run is None:
        state = "No collection is under way: start one on the page **Collection**."
    elif run.started_at is None:
        state = f"Its first collection was requested {age(cache.now() - run.requested_at)}."
    else:
        state = f"Its first collection began {age(cache.now() - run.started_at)}."
    return f"{literal(elements.title(framework))} has no data yet. {state}"
