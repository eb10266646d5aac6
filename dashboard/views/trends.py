"""Trends: one metric, some frameworks, over time, with everything one must know to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
import streamlit as st

from catalog import Break, Catalog, Kind, Metric
from dashboard import (
    address,
    api,
    dimensions,
    happenings,
    linechart,
    notes,
    origins,
    palette,
    parts,
    query,
    reading,
    table,
)
from dashboard.dimensions import Cut
from dashboard.points import line_key, points
from dashboard.words import count, day, listed, number, plain
from uptake.answers import Mark, Question, SeriesAnswer

DEFAULT = ("flask", "django", "fastapi")
RANGES = {"all": "All", "5y": "5 years", "3y": "3 years", "1y": "1 year", "own": "Own"}
YEARS = {"5y": 5, "3y": 3, "1y": 1}
VIEWS = {
    "level": "Level",
    "gained": "Gained per month",
    "index": "Index",
    "share": "Share of the set",
    "part": "Part of its own total",
}
KINDS = {
    "break": "breaks, across which nothing is compared",
    "incident": "incidents, in which days are missing or wrong",
    "notice": "notices",
}
MOST_SAID = 6  # lines in a chart's summary
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the controls say: the question, the cut in it, and how to draw the answer."""

    question: Question
    cut: Cut
    log: bool
    as_table: bool
    kinds: tuple[str, ...]  # of happenings to mark


@parts.guarded
def show() -> None:
    """The page."""
    answer_slot = st.container()
    with st.container(border=True):
        wanted = _controls(reading.catalog())
    address.problems()
    answer = reading.series(wanted.question)
    with answer_slot:
        parts.headline("Trends", answer.sentence)
    if answer.frame["value"].notna().sum() == 0:
        parts.empty(f"Nothing is stored for **{plain(answer.metric.title)}** with these frameworks and days.")
        return
    _chart(answer, wanted)


def _controls(catalog: Catalog) -> Wanted:
    """What the reader wants, as the controls and the URL say it."""
    stored = {series.metric for series in reading.spans()}
    known = {m.id: m.title for m in catalog.metrics.values() if m.id in stored} or {
        m.id: m.title for m in catalog.metrics.values()
    }
    left, right = st.columns([2, 3])
    with left:
        metric = catalog.metrics[address.one("metric", "Metric", known, "stars")]
    with right:
        frameworks = address.many("framework", "Frameworks", parts.titles(), DEFAULT)
    cut, frameworks = _cut(metric, frameworks)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        view = address.one("view", "View", {v: VIEWS[v] for v in _views(metric, cut)}, "level", segments=True)
        span = address.one("range", "Range", RANGES, "all", segments=True)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        log = address.switch("log", "Log scale", "Equal distances are equal ratios.")
        as_table = address.switch("table", "Table")
        kinds = notes.switches()
        as_of = _vintage()
        st.page_link("views/collection.py", label="Track another framework…", query_params={})
    since, until = _span(span, metric.id)
    question = Question(metric.id, frameworks, cut.dimension, since, until, as_of, view)
    return Wanted(question, cut, log, as_table, kinds)


def _cut(metric: Metric, frameworks: tuple[str, ...]) -> tuple[Cut, tuple[str, ...]]:
    """The cut of a metric that can be cut, and the frameworks it leaves: one, if it is split up."""
    if not metric.dimensions:
        return Cut(""), frameworks
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        cut = dimensions.choose(metric, frameworks)
    with right:
        if cut.splits and len(frameworks) > 1:
            frameworks = (dimensions.one_of(frameworks),)
        dimensions.definition(cut)
    return cut, frameworks


def _views(metric: Metric, cut: Cut) -> tuple[str, ...]:
    """The views that make sense: a share is not divided again, windows that overlap gain nothing per month, and only
    what is a part has a whole.
    """
    if metric.kind is Kind.SHARE:
        return ("level",)
    no = {"gained"} if metric.period != "day" else set()
    no |= {"part"} if not cut.dimension else set()
    no |= {"share"} if cut.splits else set()
    return tuple(view for view in VIEWS if view not in no)


def _vintage() -> datetime | None:
    with st.popover("As known on…", width="content"):
        st.caption("Shows only what had been retrieved by the end of that day (UTC).")
        chosen = address.day("as_of", "As known on", FIRST_DAY, reading.now().date())
    return query.end_of(chosen) if chosen else None


def _span(choice: str, metric: str) -> tuple[date | None, date | None]:
    """First and last day. Ranges count back from the metric's last observation."""
    if choice == "own":
        left, right = st.columns(2)
        today = reading.now().date()
        with left:
            since = address.day("since", "From", FIRST_DAY, today)
        with right:
            until = address.day("until", "To", FIRST_DAY, today)
        return since, until
    if choice not in YEARS:
        return None, None
    last = max((s.last for s in reading.spans() if s.metric == metric), default=reading.now().date())
    return last - timedelta(days=round(365.25 * YEARS[choice])), None


def _chart(answer: SeriesAnswer, wanted: Wanted) -> None:
    metric, question = answer.metric, answer.question
    unit = _unit(answer)
    frame, left_out = answer.frame, ""
    if wanted.cut.splits:
        frame, left_out = dimensions.largest(frame, metric, question.view)
    drawn, note = points(frame, metric, _names(answer), unit)
    st.subheader(_title(answer, wanted, unit), anchor=False)
    parts.badge(metric)
    summary = _summary(answer, unit)
    found = linechart.within(answer.breaks, _first(drawn), _last(drawn))
    marks = _marks(wanted, drawn)
    if wanted.as_table:
        table.data_table(answer)
    else:
        _draw(answer, wanted, drawn, found, marks, summary)
    parts.beneath(answer, note, left_out, "" if wanted.as_table else _marks_used(answer, found, marks), summary)
    with st.container(horizontal=True, vertical_alignment="center"):
        parts.doubts(answer.caveats)
        if found:
            with st.popover(count(len(found), "numbered band"), width="content"):
                parts.break_list(found)
        table.downloads(answer)
        st.link_button("CSV by API", api.series_url(question), help="The same bytes, for a program.")
    origins.show(answer)
    if wanted.kinds:
        notes.show(marks, question.frameworks)


def _draw(
    answer: SeriesAnswer, wanted: Wanted, drawn: pd.DataFrame, found: Sequence[Break], marks: Sequence[Mark],
    summary: str,
) -> None:  # fmt: skip
    """The chart itself. A click on a point says where its number comes from."""
    known = drawn.dropna(subset=["value"])["when"]
    view = answer.question.view
    how = linechart.Frame(
        lines=_lines(drawn, answer),
        unit=_unit(answer),
        dark=parts.dark(),
        log=wanted.log,
        from_zero=view != "index",
        breaks=found,
        at=100.0 if view == "index" else None,
        happened=happenings.drawn(marks, parts.titles(), (known.min(), known.max())) if marks else None,
        traced=True,
    )
    key = f"chart_{hash((answer.question, answer.retrieved_at)) & 0xFFFFFFFF:08x}"
    st.altair_chart(
        parts.quiet(linechart.draw(drawn, how)), width="stretch", alt=summary, key=key,
        on_select=lambda: origins.clicked(key, answer), selection_mode=[linechart.TRACED],
    )  # fmt: skip


def _title(answer: SeriesAnswer, wanted: Wanted, unit: str) -> str:
    """The metric, its cut, the view and the unit."""
    catalog, question = reading.catalog(), answer.question
    cut = dimensions.said(wanted.cut, catalog)
    named = [answer.metric.title, "" if cut in answer.metric.title else cut]
    if wanted.cut.splits:
        named.insert(1, parts.titles()[question.frameworks[0]])
    if question.view != "level":
        named.append(VIEWS[question.view].lower())
    return plain(" · ".join([*(text for text in named if text), unit_words(unit)]))


def _marks(wanted: Wanted, drawn: pd.DataFrame) -> list[Mark]:
    """The releases and notes to mark, within the days that are drawn."""
    if not wanted.kinds:
        return []
    return happenings.chosen(reading.marks(wanted.question.frameworks), wanted.kinds, _first(drawn), _last(drawn))


def _unit(answer: SeriesAnswer) -> str:
    """The unit of the numbers of a view; "share" for shares in [0, 1]."""
    if answer.question.view in ("share", "part") or answer.metric.kind is Kind.SHARE:
        return "share"
    if answer.question.view == "index":
        return "index, first = 100"
    return f"{things(answer.metric)} per month" if answer.question.view == "gained" else answer.metric.unit


def things(metric: Metric) -> str:
    """What is counted, without the time it is counted over: downloads, stars."""
    return metric.unit.partition(" per ")[0]


def unit_words(unit: str) -> str:
    """A unit for reading."""
    return "share in %" if unit == "share" else unit


def _names(answer: SeriesAnswer) -> dict[str, str]:
    return parts.titles() | dimensions.names(reading.catalog(), answer.frame["dimension"].unique())


def _lines(drawn: pd.DataFrame, answer: SeriesAnswer) -> list[linechart.Line]:
    names, dark = _names(answer), parts.dark()
    found = list(dict.fromkeys(drawn.dropna(subset=["value"])["line"]))
    if set(found) <= set(parts.titles()):
        looks = {name: palette.look(name) for name in found}
        return [linechart.Line(n, names[n], k.colour(dark=dark), k.dash, k.shape) for n, k in looks.items()]
    return dimensions.lines(found, names, dark=dark)


def _marks_used(answer: SeriesAnswer, found: Sequence[Break], marks: Sequence[Mark]) -> str:
    """How to read the marks that are on this chart, and only those."""
    states = set(answer.frame["status"])
    said = ["a line breaks where days are missing"] if "gap" in states else []
    if "provisional" in states:
        said.append("hollow marks are not final")
    if "not_asked" in states:
        said.append("no mark where the question was not asked")
    kinds = [KINDS[kind] for kind in KINDS if any(b.kind == kind for b in found)]
    if kinds:
        said.append(f"numbered bands are {listed(kinds)}")
    if marks:
        said.append("ticks below the lines are releases, dotted uprights are notes")
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _summary(answer: SeriesAnswer, unit: str) -> str:
    """The chart in words: first and last number of each line, the highest first."""
    names, known = _names(answer), answer.frame.dropna(subset=["value"])
    known = known[known["status"] == "final"] if (known["status"] == "final").any() else known
    lines = [(str(name), rows) for name, rows in known.groupby(line_key(answer.frame), sort=False)]
    lines.sort(key=lambda line: float(line[1]["value"].iloc[-1]), reverse=True)
    said = [f"{names.get(name, name)} {_from_to(rows, unit)}" for name, rows in lines[:MOST_SAID]]
    if len(lines) > MOST_SAID:
        said.append(f"{len(lines) - MOST_SAID} more, which the table has")
    return f"{answer.metric.title}, {unit_words(unit)}: {listed(said)}."


def _from_to(rows: pd.DataFrame, unit: str) -> str:
    ends = ((rows.iloc[0], "period"), (rows.iloc[-1], "period_end"))
    first, last = (f"{number(float(row['value']), unit)} ({day(pd.Timestamp(row[when]))})" for row, when in ends)
    return f"from {first} to {last}"


def _first(drawn: pd.DataFrame) -> date:
    return pd.Timestamp(drawn["when"].min()).date()


def _last(drawn: pd.DataFrame) -> date:
    return pd.Timestamp(drawn["when"].max()).date()


if __name__ == "__main__":
    show()
