"""What every page has: the sentence that answers, the badge, the doubts one click away, where the numbers come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

import altair as alt
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from answers.question import QuestionError
from catalog import Break, Caveat, Direction, Metric, Source
from dashboard import cache, commands
from dashboard.charts.figure import parted
from dashboard.charts.line_chart import in_utc
from dashboard.text import age, day, day_in_words, moment, plain
from storage import StoreEmpty, StoreError, StoreOlder

P = ParamSpec("P")
R = TypeVar("R")
DIRECTIONS = {
    Direction.OVER: ("overstates use", "orange"),
    Direction.UNDER: ("understates use", "blue"),
    Direction.SHIFT: ("shifts", "gray"),
    Direction.BREAK: ("not comparable", "red"),
}


def dark() -> bool:
    """Whether the reader's page is dark. In a session's first run Streamlit may lack it: then light."""
    return st.context.theme.type == "dark"


def phone() -> bool:
    """Whether the reader holds a phone, as their browser says."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def settings() -> DeltaGenerator:
    """Where a page has the controls that few need: one button, on a phone no wider than its icon."""
    return st.popover(":material/tune:" if phone() else "Settings", icon=None if phone() else ":material/tune:")


def heading(text: str, level: int = 1) -> None:
    """A finding as a heading; of level 1 there is one a page."""
    shown = plain(text, 500)
    if level == 1:
        st.title(shown, anchor=False)
    elif level == 2:
        st.header(shown, anchor=False)
    else:
        st.subheader(shown, anchor=False)


def guarded(show: Callable[P, R]) -> Callable[P, R | None]:
    """A page whose store or question may fail: the reader gets one designed sentence, never a traceback."""

    @wraps(show)
    def page(*args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return show(*args, **kwargs)
        except QuestionError as fault:
            first, rest = parted(str(fault))
            heading(first)
            if rest:
                st.markdown(plain(rest, 1500))
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
        st.markdown(plain(str(fault).replace("`", "")))
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
    collected = {series.framework for series in cache.spans()}
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
    return f"{plain(title(framework))} has no data yet. {state}"


def chart(drawn: alt.LayerChart, summary: str) -> None:
    """A chart in the page's width; `summary` is what it shows, with its numbers, for those who do not see it."""
    st.altair_chart(quiet(drawn), width="stretch", alt=summary)


def quiet(drawn: alt.LayerChart) -> alt.LayerChart:
    """The chart with its marks hidden from screen readers: they hear its words, not hundreds of nameless symbols.

    Its moments are in UTC, wherever it is read.
    """
    in_utc(drawn)
    for layer in drawn.layer:
        layer.mark.aria = False
    return drawn


def caveat_text(caveat: Caveat) -> None:
    """One caveat: code, what it does to the number, title, text, dates, link."""
    words, colour = DIRECTIONS[caveat.direction]
    st.markdown(
        f"**{plain(caveat.title)}** :{colour}-badge[{words}] :gray-badge[{plain(caveat.code)}]\n\n"
        f"{plain(caveat.text, 1500)}{_dates(caveat)}{_link(caveat.link)}"
    )


def break_list(breaks: Iterable[Break], *, numbered: bool = True) -> None:
    """The breaks in words, under the numbers they have on the chart."""
    for n, entry in enumerate(breaks, start=1):
        mark = f"**{n}** · " if numbered else ""
        days = day(entry.since) if entry.since == entry.until else f"{day(entry.since)} to {day(entry.until)}"
        st.markdown(f"{mark}**{plain(entry.title)}** ({days}). {plain(entry.text, 1000)}{_link(entry.link)}")


def provenance(sources: Iterable[Source], retrieved: datetime | None, metric: Metric) -> str:
    """Unit, source, licence and retrieval time, for beneath a chart."""
    every = tuple(sources)
    named = f"Unit: {plain(metric.unit)} · Source: {source_links(every)}"
    return f"{named} · Retrieved: {moment(retrieved)}{stale_note(every)}"


def sources_named(names: Iterable[str]) -> tuple[Source, ...]:
    """The sources of figures, each once, by what the figures call them: `github`, `almanac:` and an observer."""
    return cache.catalog().sources_named(names)


def source_links(sources: Iterable[Source]) -> str:
    """Each source with its licence, both as links where they have an address."""
    return " · ".join(f"{linked(s.title, s.homepage)}, {linked(s.licence, s.licence_url)}" for s in sources)


def linked(text: str, address: str) -> str:
    """A text as a link; mere text where there is no address."""
    return f"[{plain(text)}]({address})" if address else plain(text)


def stale_note(sources: Iterable[Source]) -> str:
    """Which of these sources are late or could not be reached, and what their newest figure is; mostly nothing."""
    late = cache.stale()
    notes = []
    for source in (s for s in sources if s.id in late):
        word = "unreachable" if late[source.id].state == "unreachable" else "late"
        newest = late[source.id].newest
        after = f": newest value {day_in_words(newest)}" if newest else ""
        notes.append(f":orange[**{word}**] {plain(source.title)}{after}")
    return "".join(f"  \n{note}" for note in notes)


def operator_token(key: str) -> str:
    """The operator token, if one is set; it is kept in this session and never in the URL."""
    if not commands.needs_token():
        return ""
    return st.text_input("Operator token", type="password", key=key, help="Needed to change anything from here.")


def titles() -> dict[str, str]:
    """The frameworks' names by id, in the catalog's order."""
    return {framework.id: framework.title for framework in cache.catalog().frameworks.values()}


def title(name: str) -> str:
    """A framework's name."""
    return titles().get(name, name)


def _dates(caveat: Caveat) -> str:
    if caveat.since is None and caveat.until is None:
        return ""
    if caveat.since is None:
        return f" *(until {day(caveat.until)})*"
    return f" *({day(caveat.since)} {f'to {day(caveat.until)}' if caveat.until else 'onwards'})*"


def _link(link: str) -> str:
    return f" [Source]({link})" if link.startswith(("https://", "http://")) else ""
