"""Beside a number: its caveats and breaks, who published it and under which licence, and how late it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import streamlit as st

from catalog import Break, Caveat, Direction, Metric, Source
from dashboard import cache
from dashboard.display_text import day, day_in_words, literal, moment

DIRECTIONS = {
    Direction.OVER: ("overstates use", "orange"),
    Direction.UNDER: ("understates use", "blue"),
    Direction.SHIFT: ("shifts", "gray"),
    Direction.BREAK: ("not comparable", "red"),
}


def caveat_text(caveat: Caveat) -> None:
    """One caveat: what it does to the number, title, text, dates, link."""
    words, colour = DIRECTIONS[caveat.direction]
    st.markdown(
        f"**{literal(caveat.title)}** :{colour}-badge[{words}]\n\n"
        f"{literal(caveat.text, 1500)}{_dates(caveat)}{_link(caveat.link)}"
    )


def break_list(breaks: Iterable[Break], *, numbered: bool = True) -> None:
    """The breaks in words, under the numbers they have on the chart."""
    for n, entry in enumerate(breaks, start=1):
        mark = f"**{n}** · " if numbered else ""
        days = day(entry.since) if entry.since == entry.until else f"{day(entry.since)} to {day(entry.until)}"
        st.markdown(f"{mark}**{literal(entry.title)}** ({days}). {literal(entry.text, 1000)}{_link(entry.link)}")


def provenance(sources: Iterable[Source], retrieved: datetime | None, metric: Metric) -> str:
    """Unit, source, licence and retrieval time, for beneath a chart."""
    every = tuple(sources)
    named = f"Unit: {literal(metric.unit)} · Source: {source_links(every)}"
    return f"{named} · Retrieved: {moment(retrieved)}{stale_note(every)}"


def sources_named(names: Iterable[str]) -> tuple[Source, ...]:
    """The sources of figures, each once, by what the figures call them: `github`, `almanac:` and an observer."""
    return cache.catalog().sources_named(names)


def source_links(sources: Iterable[Source]) -> str:
    """Each source with its licence, both as links where they have an address."""
    return " · ".join(f"{linked(s.title, s.homepage)}, {linked(s.licence, s.licence_url)}" for s in sources)


def linked(text: str, address: str) -> str:
    """A text as a link; mere text where there is no address."""
    return f"[{literal(text)}]({address})" if address else literal(text)


def stale_note(sources: Iterable[Source]) -> str:
    """Which of these sources are late or could not be reached, and what their newest figure is; mostly nothing."""
    late = cache.late_sources()
    notes = []
    for source in (s for s in sources if s.id in late):
        word = "unreachable" if late[source.id].state == "unreachable" else "late"
        newest = late[source.id].newest
        after = f": newest value {day_in_words(newest)}" if newest else ""
        notes.append(f":orange[**{word}**] {literal(source.title)}{after}")
    return "".join(f"  \n{note}" for note in notes)


def _dates(caveat: Caveat) -> str:
    if caveat.since is None and caveat.until is None:
        return ""
    if caveat.since is None:
        return f" *(until {day(caveat.until)})*"
    return f" *({day(caveat.since)} {f'to {day(caveat.until)}' if caveat.until else 'onwards'})*"


def _link(link: str) -> str:
    return f" [Source]({link})" if link.startswith(("https://", "http://")) else ""
