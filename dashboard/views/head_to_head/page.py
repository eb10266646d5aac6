"""Did A overtake B? By every metric: yes or no, between which days, whether it held, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
import streamlit as st

from analysis.overtakes.sensitivity import Cell
from answers.overtakes.compare import Comparison, Entry
from answers.overtakes.wording import VERDICT_WORDS, verdict_sentence
from answers.parameters import end_of, texts
from answers.question import CompareQuestion
from answers.wording import counted
from catalog import Kind, Metric
from dashboard import cache, links
from dashboard.text import number, plain
from dashboard.views.head_to_head import chart, figure, overtakes
from dashboard.views.head_to_head.figure import Gap
from dashboard.widgets import download, elements, permalink, url_state
from dashboard.widgets.data_table import neutral

A, B = "django", "flask"
FIRST_DAY = date(2008, 1, 1)
IN_A_YEAR = "With what was known on {}: it says the same in a year, whatever is collected by then."
COLOURS = {"confirmed": "green", "disputed": "orange", "single_source": "gray", "undecidable": "gray"}
HELD = {True: ("held", "green"), False: ("reversed", "red"), None: ("whether it held is not known", "gray")}
AGREES = {True: ("agrees", "green"), False: ("objects", "red"), None: ("cannot tell", "gray")}


@dataclass(frozen=True, slots=True)
class PageState:
    """The question and how the page shows its answer. `by`: the metric that is shown large."""

    question: CompareQuestion
    by: str
    close: bool
    as_table: bool


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    with st.container(border=True):
        question = _question()
        comparison = cache.compare(question.a, question.b, question.on, question.as_of)
        state = _display(question, comparison) if comparison.entries else None
    url_state.problems()
    with top:
        elements.headline("Did A overtake B?", " ".join(filter(None, (comparison.answer, comparison.sentence))))
    if state is None:
        elements.empty(
            f"No metric knows both {plain(elements.title(question.a))} and {plain(elements.title(question.b))}."
        )
        return
    entries = {entry.metric: entry for entry in comparison.entries}
    _large(comparison, entries.pop(state.by), state)
    st.subheader("By every other metric", anchor=False)
    for entry in sorted(entries.values(), key=lambda e: e.seen is None):  # what had no figure then comes last
        _card(comparison, entry, state)
    _take_away(question)
    if state.as_table:
        _entries_table(comparison)
    overtakes.show(question.as_of)


# -- the question -----------------------------------------------------------------------------------------------------


def _question() -> CompareQuestion:
    """Of whom, and as of when."""
    titles, today = elements.titles(), cache.now().date()
    left, middle, right, late = st.columns([3, 3, 2, 2], vertical_alignment="bottom")
    with left:
        a = url_state.one("a", "Did", titles, A)
    with middle:
        b = url_state.one("b", "overtake", {n: t for n, t in titles.items() if n != a}, B if a != B else A)
    with right:
        on = url_state.day("on", "As it stood on", FIRST_DAY, today, "Answers as of that day; empty: as last seen.")
    with late:
        vintage = url_state.day("as_of", "As known on", FIRST_DAY, today, "Only what had been retrieved by then (UTC).")
    return CompareQuestion(a, b, on, end_of(vintage) if vintage else None)


def _display(question: CompareQuestion, comparison: Comparison) -> PageState:
    """Which metric is shown large, and how."""
    options = {entry.metric: entry.title for entry in comparison.entries}
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        by = url_state.one("by", "By", options, "stars")
    with right, st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        close = url_state.switch("close", "Close to it", "Only the months around the overtake, or the day asked about.")
        as_table = url_state.switch("table", "Table")
        st.button("Swap", on_click=_swap, args=(question.a, question.b), help="Ask it the other way round.")
    return PageState(question, by, close, as_table)


def _swap(a: str, b: str) -> None:
    url_state.set_text("a", b)
    url_state.set_text("b", a)


# -- the metric shown large --------------------------------------------------------------------------------------------


def _large(comparison: Comparison, entry: Entry, state: PageState) -> None:
    """Sentence, badges, chart, counting rules, rate, doubts and source of one metric."""
    gap = _gap(comparison, entry, state)
    metric = gap.metric
    st.subheader(f"{plain(metric.title)} · {plain(figure.unit(metric))}", anchor=False)
    st.markdown(f"{_badges(entry)} {plain(entry.sentence, 700)}{_between(entry, comparison.on)}")
    _chart(gap, as_table=state.as_table)
    elements.badge(metric)
    _sources(entry, metric, figure.marks_used(gap))
    _doubts(gap, state)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _grid(entry)
    with right:
        _rate(entry)


def _gap(comparison: Comparison, entry: Entry, state: PageState, *, small: bool = False) -> Gap:
    panels = cache.panels(state.question.a, state.question.b, state.question.as_of)
    return figure.gap(
        comparison, panels[entry.metric], close=state.close and not small, dark=elements.dark(), small=small
    )


def _badges(entry: Entry) -> str:
    """The verdict, always in sight, and whether the overtake held."""
    made = [f":{COLOURS[entry.verdict]}-badge[{VERDICT_WORDS[entry.verdict]}]"]
    if entry.first_after:
        word, colour = HELD[entry.held]
        made.append(f":{colour}-badge[{word}]")
    if entry.on_break:
        made.append(":red-badge[across a break]")
    if entry.on_gap:
        made.append(":orange-badge[across a hole]")
    return " ".join(made)


def _between(entry: Entry, on: date | None) -> str:
    """The verdict's reason, and the truth between two sightings around the day of the question."""
    reason = f"  \n*{plain(verdict_sentence(entry.verdict, entry.reason), 400)}*" if entry.reason else ""
    counter = cache.catalog().metrics[entry.metric].kind is Kind.STOCK  # it goes from one to the other in between
    if not counter or entry.next_lead is None or entry.lead is None or entry.leader is None or entry.seen == on:
        return reason
    sizes = f"{number(entry.lead)} (seen on {entry.seen}) and {number(entry.next_lead)} (seen on {entry.next_seen})"
    return f"  \nOn the day the lead was between {plain(sizes)}.{reason}"


def _chart(gap: Gap, *, as_table: bool = False) -> None:
    if not gap.drawable:
        st.caption("The two were never seen over the same days, so there is nothing to draw.")
    elif as_table:
        st.dataframe(figure.table(gap), hide_index=True, width="stretch", height=400)
    else:
        elements.chart(chart.draw(gap.points, gap.sides), figure.summary(gap))


def _sources(entry: Entry, metric: Metric, marks: str = "") -> None:
    line = elements.provenance(elements.sources_named(entry.sources), entry.retrieved_at, metric)
    st.caption("  \n".join([plain(marks, 800), line] if marks else [line]))


def _doubts(gap: Gap, state: PageState) -> None:
    """Caveats and numbered bands, one click away; the chart as a picture, and the way to the series themselves."""
    catalog, metric = cache.catalog(), gap.metric
    bands = figure.bands(gap)
    with st.container(horizontal=True, vertical_alignment="center"):
        elements.doubts([catalog.caveats[code] for code in gap.entry.caveats if code in catalog.caveats])
        if bands:
            with st.popover(counted(len(bands), "numbered band"), width="content"):
                elements.break_list(bands)
        if gap.drawable:
            drawing = {"metric": metric.id, "close": "1" if state.close else ""}
            download.offer("compare", links.drawn("compare", state.question, **drawing))
        lines = {"metric": metric.id, "framework": f"{state.question.a},{state.question.b}"}
        st.page_link("views/trends/page.py", label="Both lines on Trends", query_params=lines)


# -- counting rules and rates ------------------------------------------------------------------------------------------


def _grid(entry: Entry) -> None:
    """Whether the lead survives another way of counting."""
    sensitivity = entry.sensitivity
    st.markdown("**Does it survive another way of counting?**")
    st.markdown(plain(sensitivity.sentence, 600))
    metrics = cache.catalog().metrics
    rows = [f"| {_rule(cell, metrics)} | {_agrees(cell)} | {_cell(cell, metrics)} |" for cell in sensitivity.cells]
    st.markdown("\n".join(["| Counted as | Says | Leader |", "|:--|:--|:--|", *rows]))


def _rule(cell: Cell, metrics: Mapping[str, Metric]) -> str:
    return plain(f"{metrics[cell.metric].title}, {cell.rule}", 120)


def _agrees(cell: Cell) -> str:
    word, colour = AGREES[cell.agrees]
    return f":{colour}-badge[{word}]"


def _cell(cell: Cell, metrics: Mapping[str, Metric]) -> str:
    """Django by 784, 2020-11-22; or why there is no leader."""
    if cell.leader is None or cell.lead is None:
        return plain(cell.reason, 200)
    share = metrics[cell.metric].kind is Kind.SHARE
    lead = f"{cell.lead * 100:.1f} points" if share else number(cell.lead)
    return plain(f"{elements.title(cell.leader)} by {lead} · {cell.seen}", 120)


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


def _card(comparison: Comparison, entry: Entry, state: PageState) -> None:
    gap = _gap(comparison, entry, state, small=True)
    metric = gap.metric
    with st.container(border=True):
        left, right = st.columns([2, 3], vertical_alignment="center")
        with left:
            st.markdown(f"**{plain(metric.title)}** · {plain(figure.unit(metric))}  \n{_badges(entry)}")
            st.markdown(f"{plain(entry.sentence, 700)}{_between(entry, comparison.on)}")
        with right:
            _chart(gap)
        with st.container(horizontal=True, vertical_alignment="center"):
            elements.badge(metric)
            elements.doubts([c for c in cache.catalog().caveats_of(metric.id) if c.code in entry.caveats])
        _sources(entry, metric)


# -- to take away ------------------------------------------------------------------------------------------------------


def _take_away(question: CompareQuestion) -> None:
    """The same answer for somebody else: as a link that stays true, as JSON, in a shell."""
    with st.container(horizontal=True, vertical_alignment="center"):
        permalink.show(question, "/head-to-head", texts(replace(question, as_of=None)), IN_A_YEAR)
        st.link_button("As JSON by API", links.api(question))
        st.page_link("views/claims/page.py", label="Check a sentence", query_params={})


def _entries_table(comparison: Comparison) -> None:
    """Every metric's entry as a table."""
    rows = [
        {
            "Metric": e.title,
            "Verdict": VERDICT_WORDS[e.verdict],
            "Leader": elements.title(e.leader) if e.leader else "",
            "Lead": e.lead,
            "Unit": e.unit,
            "Seen": e.seen,
            "Last before": e.last_before,
            "First after": e.first_after,
            "Held": HELD[e.held][0] if e.first_after else "",
            "Reason": e.reason,
            "Source": " ".join(e.sources),
        }
        for e in comparison.entries
    ]
    frame = pd.DataFrame(rows)
    st.dataframe(frame.assign(Leader=neutral(frame["Leader"])), hide_index=True, width="stretch")


if __name__ == "__main__":
    show()
