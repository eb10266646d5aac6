"""Did A overtake B? By every metric: yes or no, between which days, whether it held, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from analysis.overtakes.sensitivity import Cell
from answers.overtakes.compare import Comparison, Entry
from catalog import Kind, Metric
from dashboard import cache, parameters
from dashboard.api import routes
from dashboard.text import count, number, plain
from dashboard.views.head_to_head import chart as gapchart
from dashboard.views.head_to_head import figure, overtake_list
from dashboard.views.head_to_head.figure import Gap
from dashboard.widgets import download, elements, url_state
from dashboard.widgets.data_table import neutral

A, B = "django", "flask"
FIRST_DAY = date(2008, 1, 1)
VERDICTS = {"robust": "green", "contested": "orange", "undecidable": "gray"}
HELD = {True: ("held", "green"), False: ("reversed", "red"), None: ("whether it held is not known", "gray")}
AGREES = {True: ("agrees", "green"), False: ("objects", "red"), None: ("cannot tell", "gray")}


@dataclass(frozen=True, slots=True)
class CompareParameters:
    """What the controls say. `by`: the metric that is shown large."""

    a: str
    b: str
    on: date | None
    as_of: datetime | None
    by: str
    close: bool
    as_table: bool


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    with st.container(border=True):
        a, b, on, as_of = _pair()
        found = cache.compare(a, b, on, as_of)
        asked = _more(found) if found.entries else None
    url_state.problems()
    with top:
        elements.headline("Did A overtake B?", " ".join(filter(None, (found.answer, found.sentence))))
    if asked is None:
        elements.empty(f"No metric knows both {plain(_title(a))} and {plain(_title(b))}.")
        return
    entries = {entry.metric: entry for entry in found.entries}
    _large(found, entries.pop(asked.by), asked)
    st.subheader("By every other metric", anchor=False)
    for entry in sorted(entries.values(), key=lambda e: e.seen is None):  # those that knew nothing then come last
        _card(found, entry, asked)
    _reproduce(asked)
    if asked.as_table:
        _entries_table(found)
    overtake_list.show(asked.as_of)


# -- what is asked -----------------------------------------------------------------------------------------------------


def _pair() -> tuple[str, str, date | None, datetime | None]:
    """Who and when."""
    titles, today = elements.titles(), cache.now().date()
    left, middle, right, late = st.columns([3, 3, 2, 2], vertical_alignment="bottom")
    with left:
        a = url_state.one("a", "Did", titles, A)
    with middle:
        b = url_state.one("b", "overtake", {n: t for n, t in titles.items() if n != a}, B if a != B else A)
    with right:
        on = url_state.day("on", "As it stood on", FIRST_DAY, today, "Answers as of that day; empty: as last seen.")
    with late:
        known = url_state.day("as_of", "As known on", FIRST_DAY, today, "Only what had been retrieved by then (UTC).")
    return a, b, on, parameters.end_of(known) if known else None


def _more(found: Comparison) -> CompareParameters:
    """Which metric is shown large, and how."""
    options = {entry.metric: entry.title for entry in found.entries}
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        by = url_state.one("by", "By", options, "stars")
    with right, st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        close = url_state.switch("close", "Close to it", "Only the months around the overtake, or the day asked about.")
        as_table = url_state.switch("table", "Table")
        st.button("Swap", on_click=_swap, args=(found.a, found.b), help="Ask it the other way round.")
    return CompareParameters(found.a, found.b, found.on, found.as_of, by, close, as_table)


def _swap(a: str, b: str) -> None:
    url_state.set_text("a", b)
    url_state.set_text("b", a)


# -- the metric shown large --------------------------------------------------------------------------------------------


def _large(found: Comparison, entry: Entry, asked: CompareParameters) -> None:
    """Sentence, badges, chart, counting rules, rate, doubts and source of one metric."""
    known = _gap(found, entry, asked)
    metric = known.metric
    st.subheader(f"{plain(metric.title)} · {plain(figure.unit(metric))}", anchor=False)
    st.markdown(f"{_badges(entry)} {plain(entry.sentence, 700)}{_between(entry)}")
    _chart(known, as_table=asked.as_table)
    elements.badge(metric)
    _sources(entry, metric, figure.marks_used(known))
    _doubts(known, asked)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _grid(entry)
    with right:
        _rate(entry)


def _gap(found: Comparison, entry: Entry, asked: CompareParameters, *, small: bool = False) -> Gap:
    field = cache.duels(asked.a, asked.b, asked.as_of)[entry.metric]
    return figure.gap(found, field, close=asked.close and not small, dark=elements.dark(), small=small)


def _badges(entry: Entry) -> str:
    """The verdict, always in sight, and whether the overtake held."""
    made = [f":{VERDICTS[entry.verdict]}-badge[{entry.verdict}]"]
    if entry.first_after:
        word, colour = HELD[entry.held]
        made.append(f":{colour}-badge[{word}]")
    if entry.on_break:
        made.append(":red-badge[across a break]")
    if entry.on_gap:
        made.append(":orange-badge[across a hole]")
    return " ".join(made)


def _between(entry: Entry) -> str:
    """The verdict's reason, and the truth between two sightings around the day asked about."""
    reason = f"  \n*{plain(entry.verdict.capitalize())}: {plain(entry.reason, 400)}.*" if entry.reason else ""
    counter = cache.catalog().metrics[entry.metric].kind is Kind.STOCK  # it goes from one to the other in between
    if not counter or entry.next_lead is None or entry.lead is None or entry.leader is None:
        return reason
    sizes = f"{number(entry.lead)} (seen on {entry.seen}) and {number(entry.next_lead)} (seen on {entry.next_seen})"
    return f"  \nOn the day the lead was between {plain(sizes)}.{reason}"


def _chart(known: Gap, *, as_table: bool = False) -> None:
    if not known.drawable:
        st.caption("The two were never seen over the same days, so there is nothing to draw.")
    elif as_table:
        st.dataframe(figure.table(known), hide_index=True, width="stretch", height=400)
    else:
        elements.chart(gapchart.draw(known.points, known.sides), figure.summary(known))


def _sources(entry: Entry, metric: Metric, marks: str = "") -> None:
    known = cache.catalog().sources
    names = dict.fromkeys(name.partition(":")[0] for name in entry.sources)
    line = elements.provenance([known[name] for name in names if name in known], entry.retrieved_at, metric)
    st.caption("  \n".join([plain(marks, 800), line] if marks else [line]))


def _doubts(known: Gap, asked: CompareParameters) -> None:
    """Caveats and numbered bands, one click away; the chart as a picture, and the way to the series themselves."""
    catalog, metric = cache.catalog(), known.metric
    bands = figure.bands(known)
    with st.container(horizontal=True, vertical_alignment="center"):
        elements.doubts([catalog.caveats[code] for code in known.entry.caveats if code in catalog.caveats])
        if bands:
            with st.popover(count(len(bands), "numbered band"), width="content"):
                elements.break_list(bands)
        if known.drawable:
            download.offer("compare", _picture(metric, asked))
        parameters = {"metric": metric.id, "framework": f"{asked.a},{asked.b}"}
        st.page_link("views/trends/page.py", label="Both lines on Trends", query_params=parameters)


def _picture(metric: Metric, asked: CompareParameters) -> list[tuple[str, str]]:
    """What is asked of the chart as a picture."""
    on, close = asked.on.isoformat() if asked.on else "", "1" if asked.close else ""
    told = [("a", asked.a), ("b", asked.b), ("metric", metric.id), ("on", on)]
    return [*told, ("as_of", parameters.written(asked.as_of)), ("close", close)]


# -- counting rules and rates ------------------------------------------------------------------------------------------


def _grid(entry: Entry) -> None:
    """Whether the lead survives another way of counting."""
    found = entry.sensitivity
    st.markdown("**Does it survive another way of counting?**")
    st.markdown(plain(found.sentence, 600))
    metrics = cache.catalog().metrics
    rows = [f"| {_rule(cell, metrics)} | {_agrees(cell)} | {_cell(cell, metrics)} |" for cell in found.cells]
    st.markdown("\n".join(["| Counted as | Says | Leader |", "|:--|:--|:--|", *rows]))


def _rule(cell: Cell, metrics: Mapping[str, Metric]) -> str:
    return plain(f"{metrics[cell.metric].title}, {cell.rule}", 120)


def _agrees(cell: Cell) -> str:
    word, colour = AGREES[cell.agrees]
    return f":{colour}-badge[{word}]"


def _cell(cell: Cell, metrics: Mapping[str, Metric]) -> str:
    """Django by 784, 2020-11-22; or why nobody is said to lead."""
    if cell.leader is None or cell.lead is None:
        return plain(cell.reason, 200)
    share = metrics[cell.metric].kind is Kind.SHARE
    lead = f"{cell.lead * 100:.1f} points" if share else number(cell.lead)
    return plain(f"{_title(cell.leader)} by {lead} · {cell.seen}", 120)


def _rate(entry: Entry) -> None:
    """Who gains more, and since when: rates change sides before totals do."""
    rate = entry.rate
    st.markdown("**Who gains more?**")
    if rate is None:
        st.caption("Gains per month cannot be taken from this metric: its periods overlap, or it is a share.")
        return
    if rate.first and rate.months_before:
        least, most = rate.months_before
        ahead = f"{least} to {most}" if least != most else str(least)
        st.markdown(f":blue-badge[out-gaining {ahead} months before it passed]")
    st.markdown(plain(rate.sentence, 700))


# -- the other metrics -------------------------------------------------------------------------------------------------


def _card(found: Comparison, entry: Entry, asked: CompareParameters) -> None:
    known = _gap(found, entry, asked, small=True)
    metric = known.metric
    with st.container(border=True):
        words, chart = st.columns([2, 3], vertical_alignment="center")
        with words:
            st.markdown(f"**{plain(metric.title)}** · {plain(figure.unit(metric))}  \n{_badges(entry)}")
            st.markdown(f"{plain(entry.sentence, 700)}{_between(entry)}")
        with chart:
            _chart(known)
        with st.container(horizontal=True, vertical_alignment="center"):
            elements.badge(metric)
            elements.doubts([c for c in cache.catalog().caveats_of(metric.id) if c.code in entry.caveats])
        _sources(entry, metric)


# -- to take away ------------------------------------------------------------------------------------------------------


def _reproduce(asked: CompareParameters) -> None:
    """The same answer for somebody else: as a link that stays true, as JSON, in a shell."""
    learned = asked.as_of.date() if asked.as_of else cache.now().date()
    parameters = {"a": asked.a, "b": asked.b, **({"on": asked.on.isoformat()} if asked.on else {})}
    vintage = {"as_of": learned.isoformat()}
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("Link that reproduces this", width="content"):
            st.caption(f"With what was known on {learned}: it says the same in a year, whatever is collected by then.")
            st.code(f"{_page()}?{urlencode(parameters | vintage)}", language=None, wrap_lines=True)
            st.caption("The same in a shell:")
            on = f" --on {asked.on}" if asked.on else ""
            st.code(f"uptake compare {asked.a} {asked.b}{on} --as-of {learned}", language=None, wrap_lines=True)
        known = vintage if asked.as_of else {}
        st.link_button("As JSON by API", f"{routes.PREFIX}/compare.json?{urlencode(parameters | known)}")
        st.page_link("views/claims/page.py", label="Check a sentence", query_params={})


def _page() -> str:
    """This page's address as the reader sees it, without its query."""
    return (st.context.url or "/head-to-head").partition("?")[0]


def _entries_table(found: Comparison) -> None:
    """Every metric's entry as a table."""
    rows = [
        {
            "Metric": e.title,
            "Verdict": e.verdict,
            "Leader": _title(e.leader) if e.leader else "",
            "Lead": e.lead,
            "Unit": e.unit,
            "Seen": e.seen,
            "Last before": e.last_before,
            "First after": e.first_after,
            "Held": HELD[e.held][0] if e.first_after else "",
            "Reason": e.reason,
            "Source": " ".join(e.sources),
        }
        for e in found.entries
    ]
    frame = pd.DataFrame(rows)
    st.dataframe(frame.assign(Leader=neutral(frame["Leader"])), hide_index=True, width="stretch")


def _title(name: str) -> str:
    return elements.titles().get(name, name)


if __name__ == "__main__":
    show()
