"""Runs: those under way with their progress and a button to stop, and those that ended with what they collected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pandas as pd
import streamlit as st

from answers.collection.failures import alike, streams_in_words
from answers.wording import counted, join_words
from dashboard import authorization, cache, operator_actions
from dashboard.display_text import age, literal, moment
from dashboard.widgets import elements
from dashboard.widgets.data_table import escape_formulas
from storage import Failure, Run, StoreError

ACTIVE = ("requested", "running")
WAITING_LONG = timedelta(seconds=20)
MOST, ROWS = 25, 12  # runs in the table, and of these in view
NAMED = 3  # frameworks of a run that are named
ASKERS = {"schedule": "schedule", "catch-up": "catch-up", "cli": "command line", "page": "this page", "up": "start"}
ENDED_WELL = ("ok",)


def progress(run: Run, token: str, before: Run | None = None) -> None:
    """One run under way, with its button to stop. `before` is the run of the same source that goes on meanwhile."""
    title = source_title(run.source)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap="xsmall"):
            _waiting(run, title, before) if run.status == "requested" else _going(run, title)
        stopping = run.cancel_requested
        st.button(
            "Stopping" if stopping else "Cancel",
            key=f"cancel_{run.id}",
            disabled=stopping or authorization.closed(),
            on_click=_cancel,
            args=(run.id, token),
        )


def source_title(name: str) -> str:
    """A source's title; its id where the catalog lacks it."""
    sources = cache.catalog().sources
    return sources[name].title if name in sources else name


def _waiting(run: Run, title: str, before: Run | None) -> None:
    holder = f"run {before.id} of the same source" if before else "the scheduler"
    since = age(cache.now() - run.requested_at)
    st.markdown(f"**{literal(title)}** was requested {since} and waits for {holder}.")
    if before is None and (not cache.scheduler_runs() or cache.now() - run.requested_at > WAITING_LONG):
        st.caption("No scheduler has taken it yet. `uptake up` or `uptake schedule` starts one.")


def _going(run: Run, title: str) -> None:
    share = min(1.0, run.done / run.planned) if run.planned else 0.0
    st.progress(share, text=f"**{literal(title)}**: {run.done} of {run.planned}{_about(run)}")
    st.caption(counts(run))


def _about(run: Run) -> str:
    return f" · {literal(run.note)}" if run.note else ""


def counts(run: Run) -> str:
    """What a run collected, in words."""
    return f"{run.new:,} new · {run.revised:,} revised · {run.unchanged:,} unchanged · {run.failed:,} failed"


def _cancel(run: int, token: str) -> None:
    try:
        operator_actions.cancel(run, token)
    except (authorization.NotAllowedError, StoreError) as fault:
        st.toast(literal(fault))


def table() -> None:
    """The last runs: what each collected, and how the last of each source went, framework by framework."""
    with cache.reopening() as store:
        runs = store.runs(limit=MOST)
    if not runs:
        st.caption("No runs yet.")
        return
    rows = pd.DataFrame([_row(run) for run in runs])
    rows = rows if rows["Note"].any() else rows.drop(columns="Note")
    elements.table(
        rows,
        most=ROWS,
        column_config={"Took": st.column_config.NumberColumn(format="%.0f s"), "Note": _WIDE, "For": _MIDDLE}
        | {name: st.column_config.NumberColumn(format="localized") for name in ("New", "Revised", "Unchanged")},
    )
    last: dict[str, Run] = {}
    for run in runs:
        if run.status not in ACTIVE:
            last.setdefault(run.source, run)
    for run in last.values():
        if run.status not in ENDED_WELL:
            _outcome(run)


_MIDDLE, _WIDE = st.column_config.TextColumn(width="medium"), st.column_config.TextColumn(width="large")


def _row(run: Run) -> dict[str, object]:
    took = (
        None
        if run.finished_at is None or run.started_at is None
        else round((run.finished_at - run.started_at).total_seconds())
    )
    return {
        "Run": run.id,
        "Source": source_title(run.source),
        "Status": run.status,
        "New": run.new,
        "Revised": run.revised,
        "Unchanged": run.unchanged,
        "Failed": run.failed,
        "Began": moment(run.started_at or run.requested_at),
        "Took": took,
        "Requested by": ASKERS.get(run.trigger, run.trigger),
        "For": _those(run.frameworks) or "all",
        "Note": escape_formulas(pd.Series([run.note])).iloc[0],
    }


def _those(frameworks: Sequence[str]) -> str:
    """Frameworks by their titles, the first of many."""
    more = [f"{len(frameworks) - NAMED} more"] if len(frameworks) > NAMED else []
    return join_words([*(elements.title(name) for name in frameworks[:NAMED]), *more])


def _outcome(run: Run) -> None:
    """How a run went for each framework: collected, or what failed and why."""
    failed: dict[str, list[str]] = {}
    for failure in alike(run.failures):
        failed.setdefault(failure.framework, []).append(_fault(run, failure))
    title = source_title(run.source)
    label = f"{title}, run {run.id}, {run.status}: {counts(run)}"
    with st.expander(literal(label)):
        if run.note:
            st.markdown(literal(run.note, 1000))
        if run.deferred_until:
            st.caption(f"The rest is collected from {moment(run.deferred_until)} on.")
        for framework, faults in failed.items():
            name = elements.title(framework) if framework else title
            st.markdown(f"**{literal(name)}**  \n" + "  \n".join(literal(f, 500) for f in faults[:6]))
        well = [elements.title(name) for name in _named_frameworks(run) if name not in failed]
        if failed and well and run.deferred_until is None:
            st.caption(f"Collected without a fault: {literal(join_words(well), 600)}.")


def _fault(run: Run, failure: Failure) -> str:
    """What is missing, and why."""
    what = streams_in_words(cache.catalog(), run.source, failure.stream)
    return f"{what}: {failure.message}" if what else failure.message


def _named_frameworks(run: Run) -> tuple[str, ...]:
    frameworks = cache.catalog().frameworks.values()
    return run.frameworks or tuple(f.id for f in frameworks if run.source in f.ids and not f.removed)


def outcome_of(framework: str, source: str, runs: Mapping[str, list[Run]]) -> tuple[str, str]:
    """How a framework's last collection from a source went: a word of STATES and a sentence.

    `runs`: per source, the latest first.
    """
    for run in runs.get(source, []):
        if run.frameworks and framework not in run.frameworks:
            continue
        faults = [_fault(run, f) for f in alike(run.failures) if f.framework == framework]
        if run.status == "requested":
            ago = age(cache.now() - run.requested_at)
            waits = "" if cache.scheduler_runs() else " It waits for a scheduler: start one with uptake up."
            return "waiting", f"No data yet: its collection was requested {ago}.{waits}"
        if run.status == "running":
            return "running", f"{run.done} of {run.planned} · {run.new:,} new"
        if faults:
            return "failed", " ".join(faults)
        if run.deferred_until is not None:
            return "deferred", f"{run.note} The rest comes from {moment(run.deferred_until)} on."
        if run.status == "ok" or run.new + run.revised + run.unchanged:
            own = f"{counted(run.new + run.revised + run.unchanged, 'observation')}" if run.frameworks else "collected"
            return "collected", f"{own}, {age(cache.now() - (run.finished_at or run.requested_at))}"
        return "failed", run.note or run.status
    return "waiting", "No data yet: it is collected with the next run."
