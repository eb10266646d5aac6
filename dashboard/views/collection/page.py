"""Collection: how old everything is, what ran, what is due, and the button that asks for a run now."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from answers.freshness import Freshness, freshness_sentence
from catalog import Source
from dashboard import cache, commands
from dashboard.text import age, day, moment, plain
from dashboard.views.collection import frameworks, runs
from dashboard.widgets import deliveries, elements
from storage import StoreError

STATES = {
    "fresh": ("fresh", "green"),
    "stale": ("stale", "orange"),
    "never": ("never collected", "gray"),
    "unreachable": ("unreachable", "red"),
    "manual": ("by hand", "blue"),
}
FREQUENTLY = 1.0  # seconds between two reads while a run is under way
SELDOM = 10.0


@elements.guarded
def show() -> None:
    """The page."""
    elements.headline("Collection", freshness_sentence(cache.catalog(), cache.freshness()))
    deliveries.show()
    if commands.closed():
        st.info(commands.CLOSED)
    token = elements.operator_token("operator_token")
    frameworks.form(token)
    _live(token)
    st.subheader("Series", anchor=False)
    _series()


def _live(token: str) -> None:
    """Sources and runs, refreshed by themselves: every second while something runs."""
    every = FREQUENTLY if runs.active() else SELDOM
    st.fragment(_sources_and_runs, run_every=every)(token, every)


def _sources_and_runs(token: str, every: float) -> None:
    try:
        active = runs.active()
        if bool(active) != (every == FREQUENTLY):
            st.rerun()  # the whole page: it looks more often, or less often, from now on
        frameworks.own(token)
        going = {run.source: run for run in active if run.status == "running"}
        for run in active:
            runs.progress(run, token, going.get(run.source))
        frameworks.open_failures()
        st.subheader("Sources", anchor=False)
        busy = {run.source for run in active}
        for fresh in cache.freshness():
            _source(fresh, token, busy=fresh.source in busy)
        frameworks.renames()
        st.subheader("Runs", anchor=False)
        runs.table()
    except StoreError as fault:
        elements.no_store(fault)


def _source(fresh: Freshness, token: str, *, busy: bool) -> None:
    source = cache.catalog().sources[fresh.source]
    word, colour = STATES[fresh.state]
    with st.container(border=True):
        left, right = st.columns([3, 2], vertical_alignment="center")
        with left:
            st.markdown(f"**{plain(source.title)}** :{colour}-badge[{word}]")
            st.caption(_when(fresh))
            if fresh.note:
                st.caption(plain(fresh.note, 400))
        with right:
            _button(source, token, busy=busy)


def _when(fresh: Freshness) -> str:
    newest = f"figures up to {day(fresh.newest)}, {age(fresh.age)}" if fresh.newest else "no figures"
    texts = [newest, f"last whole run {moment(fresh.whole_run_at)}" if fresh.whole_run_at else "no whole run yet"]
    if fresh.next_due is not None:
        texts.append(f"due {moment(fresh.next_due)}")
    return " · ".join(texts)


def _button(source: Source, token: str, *, busy: bool) -> None:
    """Collect now, for all frameworks or those chosen."""
    if not source.available:
        st.caption("Described here, not collected by this version.")
        return
    names = {
        f.id: f.title
        for f in cache.catalog().frameworks.values()
        if not f.removed and (source.id in f.ids or source.setting is None)
    }
    only = tuple(st.session_state.get(f"only_{source.id}", ()))
    if source.setting is not None and not busy:
        _cost(source.id, only)
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        with st.popover("Only some…", width="content"):
            st.multiselect(
                "Frameworks (none: all)", list(names), format_func=names.__getitem__, key=f"only_{source.id}"
            )
        st.button(
            "Under way" if busy else "Collect now",
            key=f"collect_{source.id}",
            type="primary",
            disabled=busy or commands.closed(),
            help=commands.CLOSED if commands.closed() else None,
            on_click=_collect,
            args=(source.id, token),
        )


def _cost(source: str, frameworks: tuple[str, ...]) -> None:
    """What a press of the button would cost."""
    cost = cache.cost_estimate(source, frameworks)
    sentence = cost.sentence.partition(": ")[2]
    st.caption(plain(f"This takes {sentence}" if cost.requests else f"{sentence[:1].upper()}{sentence[1:]}", 300))


def _collect(source: str, token: str) -> None:
    try:
        run = commands.collect(source, tuple(st.session_state.get(f"only_{source}", ())), token)
    except (commands.NotAllowedError, StoreError) as fault:
        st.toast(plain(fault))
    else:
        st.toast(f"Asked for run {run.id}; the scheduler takes it within seconds.")


def _series() -> None:
    """Each series' span and age."""
    spans = cache.spans()
    if not spans:
        st.caption("No series yet.")
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
            "Days since": (today - s.last).days,
            "Observations": s.observations,
        }
        for s in spans
    ]
    readable = {"Observations": st.column_config.NumberColumn(format="localized")}
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height=400, column_config=readable)


if __name__ == "__main__":
    show()
