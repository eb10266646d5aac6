"""Collection: how old everything is, what ran, what is due, and the button that asks for a run now."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import streamlit as st

from catalog import Source
from dashboard import asking, parts, reading
from dashboard.table import neutral
from dashboard.words import age, count, day, listed, moment, plain
from storage import Run, StoreError
from uptake.answers import Freshness

STATES = {
    "fresh": ("fresh", "green"),
    "stale": ("stale", "orange"),
    "never": ("never collected", "gray"),
    "unreachable": ("unreachable", "red"),
    "manual": ("by hand", "blue"),
}
SAID = {"stale": "is stale", "never": "was never collected", "unreachable": "was unreachable when last asked"}
ACTIVE = ("requested", "running")
FREQUENTLY = 1.0  # seconds between looks at a run under way
SELDOM = 10.0


@parts.guarded
def show() -> None:
    """The page."""
    found = reading.freshness()
    parts.headline("Collection", _sentence(found))
    token = _token()
    _live(token)
    st.subheader("Series", anchor=False)
    _series()


def _sentence(found: tuple[Freshness, ...]) -> str:
    """How many sources are fresh, and which are not."""
    catalog = reading.catalog()
    live = [f for f in found if f.state != "manual" and _live_source(catalog.sources[f.source])]
    bad = [f"{catalog.sources[f.source].title} {SAID[f.state]}" for f in live if f.state != "fresh"]
    if not live:
        return "No live source is set up: the figures shown are those that come with Uptake."
    if not bad:
        return "Every live source is fresh."
    return f"{listed(bad)}; what was collected before stays."


def _live_source(source: Source) -> bool:
    return source.setting is not None and source.available


def _token() -> str:
    """The operator token, if one is set; it is kept in this session and never in the URL."""
    if asking.closed():
        st.info(asking.CLOSED)
    if not asking.needs_token():
        return ""
    return st.text_input(
        "Operator token", type="password", key="operator_token", help="Needed to start or cancel a run from here."
    )


def _live(token: str) -> None:
    """Sources and runs, looked at again by themselves: every second while something runs."""
    every = FREQUENTLY if _active() else SELDOM
    st.fragment(_sources_and_runs, run_every=every)(token, every)


def _sources_and_runs(token: str, every: float) -> None:
    try:
        active = _active()
        if bool(active) != (every == FREQUENTLY):
            st.rerun()  # the whole page: it looks more often, or less often, from now on
        for run in active:
            _progress(run, token)
        st.subheader("Sources", anchor=False)
        busy = {run.source for run in active}
        for fresh in reading.freshness():
            _source(fresh, token, busy=fresh.source in busy)
        st.subheader("Runs", anchor=False)
        _runs()
    except StoreError as fault:
        parts.no_store(fault)


def _active() -> list[Run]:
    with reading.reopening() as store:
        return [run for run in store.runs(limit=50) if run.status in ACTIVE]


def _progress(run: Run, token: str) -> None:
    """One run under way, with its button to stop."""
    title = reading.catalog().sources[run.source].title if run.source in reading.catalog().sources else run.source
    with st.container(border=True):
        if run.status == "requested":
            st.markdown(f"**{plain(title)}** waits for the scheduler, asked {age(reading.now() - run.requested_at)}.")
            if reading.now() - run.requested_at > timedelta(seconds=20):
                st.caption("No scheduler has taken it yet. `uptake up` or `uptake schedule` starts one.")
        else:
            share = min(1.0, run.done / run.planned) if run.planned else 0.0
            st.progress(share, text=f"**{plain(title)}**: {run.done} of {run.planned} · {plain(run.note)}")
            st.caption(_counts(run))
        stopping = run.cancel_requested
        st.button(
            "Stopping after the unit in hand…" if stopping else "Cancel",
            key=f"cancel_{run.id}",
            disabled=stopping or asking.closed(),
            on_click=_cancel,
            args=(run.id, token),
        )


def _counts(run: Run) -> str:
    return f"{run.new:,} new · {run.revised:,} revised · {run.unchanged:,} unchanged · {run.failed:,} failed"


def _source(fresh: Freshness, token: str, *, busy: bool) -> None:
    source = reading.catalog().sources[fresh.source]
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
    said = [f"last collected {age(fresh.age)}" if fresh.age is not None else "never collected"]
    if fresh.last_ok is not None:
        said.append(moment(fresh.last_ok))
    if fresh.next_due is not None:
        said.append(f"due {moment(fresh.next_due)}")
    return " · ".join(said)


def _button(source: Source, token: str, *, busy: bool) -> None:
    """Collect now, for all frameworks or those chosen."""
    if not source.available:
        st.caption("Described here, not collected by this version.")
        return
    names = {
        f.id: f.title for f in reading.catalog().frameworks.values() if source.id in f.ids or source.setting is None
    }
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        with st.popover("Only some…", width="content"):
            st.multiselect(
                "Frameworks (none: all)", list(names), format_func=names.__getitem__, key=f"only_{source.id}"
            )
        st.button(
            "Under way" if busy else "Collect now",
            key=f"collect_{source.id}",
            type="primary",
            disabled=busy or asking.closed(),
            help=asking.CLOSED if asking.closed() else None,
            on_click=_collect,
            args=(source.id, token),
        )


def _collect(source: str, token: str) -> None:
    try:
        run = asking.collect(source, tuple(st.session_state.get(f"only_{source}", ())), token)
    except (asking.NotAllowedError, StoreError) as fault:
        st.toast(plain(fault))
    else:
        st.toast(f"Asked for run {run.id}; the scheduler takes it within seconds.")


def _cancel(run: int, token: str) -> None:
    try:
        asking.cancel(run, token)
    except (asking.NotAllowedError, StoreError) as fault:
        st.toast(plain(fault))


def _runs() -> None:
    """The last runs: what each found and what failed."""
    with reading.reopening() as store:
        runs = store.runs(limit=25)
    if not runs:
        st.caption("Nothing has run yet.")
        return
    rows = pd.DataFrame([_run_row(run) for run in runs])
    st.dataframe(rows, hide_index=True, width="stretch", height=min(420, 38 * (len(rows) + 1) + 3))
    for run in runs:
        if run.failures and run.id == max(r.id for r in runs if r.source == run.source):
            _failures(run)


def _run_row(run: Run) -> dict[str, object]:
    took = (
        None
        if run.finished_at is None or run.started_at is None
        else (run.finished_at - run.started_at).total_seconds()
    )
    return {
        "Run": run.id,
        "Source": run.source,
        "Status": run.status,
        "New": run.new,
        "Revised": run.revised,
        "Unchanged": run.unchanged,
        "Failed": run.failed,
        "Began": moment(run.started_at or run.requested_at),
        "Seconds": took,
        "Asked by": run.trigger,
        "Note": neutral(pd.Series([run.note])).iloc[0],
    }


def _failures(run: Run) -> None:
    with st.expander(f"{run.source}, run {run.id}: {count(len(run.failures), 'unit')} failed"):
        for failure in run.failures[:50]:
            where = " · ".join((f"**{plain(failure.framework)}**", plain(failure.stream), plain(failure.kind)))
            st.markdown(f"{where}: {plain(failure.message, 400)}")


def _series() -> None:
    """Each series' span and age."""
    with reading.reopening() as store:
        known = store.series()
    if not known:
        st.caption("No series yet.")
        return
    today = reading.now().date()
    titles = {m.id: m.title for m in reading.catalog().metrics.values()}
    rows = [
        {
            "Metric": titles.get(s.metric, s.metric),
            "Framework": s.framework,
            "Dimension": s.dimension,
            "First": day(s.first),
            "Last": day(s.last),
            "Days since": (today - s.last).days,
            "Observations": s.observations,
        }
        for s in known
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height=400)


if __name__ == "__main__":
    show()
