"""The sources: how fresh each is, how its last runs went, when the next is due, and the button that asks for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

import streamlit as st

from answers.collection.freshness import REACHED, Freshness, worked_since
from answers.wording import capital, counted, join_words
from catalog import Source
from dashboard import authorization, cache, operator_actions
from dashboard.charts.theme import HUES
from dashboard.display_text import age, day_in_words, literal, moment
from dashboard.widgets import elements
from storage import Run, StoreError

STATES = {
    "fresh": ("up to date", "green"),
    "stale": ("late", "orange"),
    "never": ("no data yet", "gray"),
    "unreachable": ("unreachable", "red"),
    "manual": ("manual", "blue"),
    "off": ("off", "gray"),
}
NO_SCHEDULER = "No scheduler runs, so nothing is collected by itself"
WAITING = "waiting for a scheduler: start `uptake up`"
START_ONE = "`uptake up` or `uptake schedule` starts one"
AT_START, IF_ONE_RUNS = "at its start", "Next run with a scheduler"
NEXT = "Next run"
COLUMNS = {"Source": 3, "State": 2, "Last run": 2, "Newest value": 3, "Last 30 runs": 4, NEXT: 2, "": 2}
STRIP = 30  # runs
NONE = "–"
# How a run ended: its mark and its hue. Marks differ in height and shape, so that colour is not needed.
ENDS = {"ok": ("▇", "green"), "partial": ("▄", "orange"), "failed": ("✕", "orange"), "aborted": ("✕", "orange")}
OTHER_END = ("▁", "ink")


def live(entry: Freshness) -> bool:
    """Whether a source is asked over the network by itself, or would be."""
    return entry.state != "manual" and cache.catalog().sources[entry.source].setting is not None


def show(entries: Sequence[Freshness], token: str, busy: set[str]) -> None:
    """A row for each live source, a card on a phone; folded below them, those published once."""
    every = [entry for entry in entries if live(entry)]
    if every and not elements.phone():
        for column, title in zip(st.columns(list(COLUMNS.values())), COLUMNS, strict=True):
            column.caption(IF_ONE_RUNS if title == NEXT and not cache.scheduler_runs() else title)
    for entry in every:
        (_card if elements.phone() else _row)(entry, token, busy=entry.source in busy)
    once = [entry for entry in entries if not live(entry)]
    if once:
        names = join_words(cache.catalog().sources[entry.source].title for entry in once)
        with st.expander(f"Published once ({len(once)}): {literal(names)}"):
            for entry in once:
                _published(entry, token, busy=entry.source in busy)


def _row(entry: Freshness, token: str, *, busy: bool) -> None:
    title, state, last, newest, strip, following, menu = st.columns(list(COLUMNS.values()), vertical_alignment="center")
    title.markdown(f"**{literal(cache.catalog().sources[entry.source].title)}**")
    state.markdown(_state(entry))
    last.markdown(_ran(entry))
    newest.markdown(day_in_words(entry.newest) if entry.newest else NONE)
    with strip:
        _strip(entry.source)
    following.markdown(_next(entry, busy=busy))
    with menu:
        _menu(cache.catalog().sources[entry.source], token, busy=busy)
    _trouble(entry)


def _card(entry: Freshness, token: str, *, busy: bool) -> None:
    """On a phone: state, newest value, last and next run, and the last runs."""
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            title = literal(cache.catalog().sources[entry.source].title)
            st.markdown(f"**{title}**  \n{_state(entry)}", width="stretch")
            _menu(cache.catalog().sources[entry.source], token, busy=busy)
        newest = f"Newest value {day_in_words(entry.newest)}" if entry.newest else "No values"
        st.caption(f"{newest}. {runs_in_words(entry, busy=busy)}.")
        _strip(entry.source)
        _trouble(entry)


def _published(entry: Freshness, token: str, *, busy: bool) -> None:
    """A source that comes with the program or is collected by hand."""
    source = cache.catalog().sources[entry.source]
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        newest = f"values up to {day_in_words(entry.newest)} · " if entry.newest else ""
        text = f"**{literal(source.title)}**  \n:small[{newest}last run {_ran(entry)}]"
        st.markdown(text, width="stretch")
        _menu(source, token, busy=busy)
    _trouble(entry)


def _state(entry: Freshness) -> str:
    word, colour = STATES[entry.state]
    return f":{colour}-badge[{word}]"


def _ran(entry: Freshness) -> str:
    """How long ago the last run ended or began, or was requested."""
    run = entry.last_run
    if run is None:
        return "never"
    ago = age(cache.now() - (run.finished_at or run.started_at or run.requested_at))
    return f"requested {ago}" if run.status == "requested" else ago


def runs_in_words(entry: Freshness, *, busy: bool) -> str:
    """The last run and the next in words, each only if there is one."""
    last = f"Last run {_ran(entry)}" if entry.last_run else "Never run"
    due = _next(entry, busy=busy)
    if due == NONE:
        return last
    return f"{last}, next {due}" if busy or cache.scheduler_runs() else f"{last}. {IF_ONE_RUNS}: {due}"


def _next(entry: Freshness, *, busy: bool) -> str:
    """When the next run is due, in UTC; the day only if it is another one. What is due waits for a scheduler."""
    if busy:
        return WAITING if _waits(entry) else "under way"
    if entry.next_due is None:
        return NONE
    now = cache.now()
    if entry.next_due <= now:
        return "now" if cache.scheduler_runs() else AT_START
    same = entry.next_due.date() == now.date()
    return f"{entry.next_due:%H:%M} UTC" if same else f"{entry.next_due.day} {entry.next_due:%b %H:%M} UTC"


def _waits(entry: Freshness) -> bool:
    """Whether a run was requested that nobody takes."""
    return entry.last_run is not None and entry.last_run.status == "requested" and not cache.scheduler_runs()


def _trouble(entry: Freshness) -> None:
    """What went wrong in the last run that ended, and when it is tried again."""
    if entry.state == "off":
        st.caption(f":gray-badge[off] {literal(capital(entry.note.removeprefix('Off ')), 400)}")
    elif entry.note:
        badge, since = ("last full run", f" {REACHED}.") if worked_since(entry) else ("last run", "")
        st.caption(f":orange-badge[{badge}] {literal(entry.note, 400)}{since}{literal(_again(entry))}")


def _again(entry: Freshness) -> str:
    """When it is tried again, as a further sentence; without a scheduler it is not."""
    return f" Next attempt: {_next(entry, busy=False)}." if entry.next_due and cache.scheduler_runs() else ""


def _strip(source: str) -> None:
    """How the last runs ended, the latest on the right, and the same in words."""
    with cache.reopening() as store:
        runs = store.runs(limit=STRIP, source=source)[::-1]
    if runs:
        st.html(strip_html(runs, dark=elements.dark()))


def strip_html(runs: Sequence[Run], *, dark: bool) -> str:
    """A mark for each run, oldest first."""
    marks = []
    for run in runs:
        mark, hue = ENDS.get(run.status, OTHER_END)
        title = f"Run {run.id}, {moment(run.started_at or run.requested_at)}: {run.status}"
        marks.append(f'<span title="{escape(title)}" style="color:{HUES[hue][dark]}">{mark}</span>')
    label = f"Last {counted(len(runs), 'run')}: {strip_words(runs)}"
    look = "line-height:1;white-space:nowrap;font-size:11px"
    return f'<div role="img" aria-label="{escape(label)}" style="{look}">{"".join(marks)}</div>'


def strip_words(runs: Sequence[Run]) -> str:
    """How many runs ended how: "28 ok, 1 partial and 1 failed"."""
    counts = Counter(run.status for run in runs)
    return join_words(f"{n} {status}" for status, n in counts.most_common())


# -- asking for runs ---------------------------------------------------------------------------------------------------


def collect_all(entries: Sequence[Freshness], token: str, busy: set[str]) -> None:
    """The button that asks for a run of every live source."""
    sources = [entry.source for entry in entries if live(entry) and entry.state != "off"]
    st.button(
        "Collect all now", key="collect_all", type="primary", icon=":material/sync:",
        disabled=authorization.closed() or not set(sources) - busy,
        help=authorization.CLOSED if authorization.closed() else None,
        on_click=_collect, args=(tuple(sources), token),
    )  # fmt: skip
    if not cache.scheduler_runs():
        st.caption(f"{NO_SCHEDULER}: {START_ONE}.")


def _menu(source: Source, token: str, *, busy: bool) -> None:
    """Collect one source now, for all frameworks or those chosen, with what that costs."""
    if source.off:
        return  # the row says why
    if not source.available:
        st.caption("Described here, not collected by this version.")
        return
    names = {
        f.id: f.title
        for f in cache.catalog().frameworks.values()
        if not f.removed and (source.id in f.ids or source.setting is None)
    }
    with st.popover("Collect", key=f"menu_{source.id}", width="content"):
        only = tuple(st.session_state.get(f"only_{source.id}", ()))
        if source.setting is not None and not busy:
            _cost(source.id, only)
        st.multiselect("Frameworks (none: all)", list(names), format_func=names.__getitem__, key=f"only_{source.id}")
        st.button(
            "Requested" if busy else f"Collect {literal(source.title)} now", key=f"collect_{source.id}",
            disabled=busy or authorization.closed(), help=authorization.CLOSED if authorization.closed() else None,
            on_click=_collect, args=((source.id,), token),
        )  # fmt: skip


def _cost(source: str, frameworks: tuple[str, ...]) -> None:
    """What a press of the button would cost."""
    sentence = cache.cost_estimate(source, frameworks).sentence.partition(": ")[2]
    if not cache.scheduler_runs():  # nobody begins now, so nobody can say when it ends
        sentence = f"{sentence.partition(', done around')[0].rstrip('.')}."
    st.caption(literal(capital(sentence), 300))


def _collect(sources: Sequence[str], token: str) -> None:
    """Ask for a run of each of these."""
    try:
        runs = [
            operator_actions.collect(name, tuple(st.session_state.get(f"only_{name}", ())), token) for name in sources
        ]
    except (authorization.NotAllowedError, StoreError) as fault:
        st.toast(literal(fault))
    else:
        named = "Run" if len(runs) == 1 else "Runs"
        then = "The scheduler starts within seconds" if cache.scheduler_runs() else f"No scheduler runs: {START_ONE}"
        st.toast(f"{named} {join_words(str(run.id) for run in runs)} requested. {then}.")
