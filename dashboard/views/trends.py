"""Trends: one metric, some frameworks, over time, with everything one must know to read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pandas as pd
import streamlit as st

from catalog import Break, Catalog, Kind, Metric
from dashboard import address, api, linechart, palette, parts, reading
from dashboard.points import line_key, points
from dashboard.table import data_table, download
from dashboard.words import count, day, listed, number, plain
from storage import Series
from uptake.answers import Question, SeriesAnswer

DEFAULT = ("flask", "django", "fastapi")
RANGES = {"all": "All", "5y": "5 years", "3y": "3 years", "1y": "1 year", "own": "Own"}
YEARS = {"5y": 5, "3y": 3, "1y": 1}
VIEWS = {"level": "Level", "gained": "Gained per month", "index": "Index", "share": "Share of the set"}
KINDS = {
    "break": "breaks, across which nothing is compared",
    "incident": "incidents, in which days are missing or wrong",
    "notice": "notices",
}
MOST_SAID = 6  # lines in a chart's summary
FIRST_DAY = date(2000, 1, 1)


@parts.guarded
def show() -> None:
    """The page."""
    catalog = reading.catalog()
    answer_slot = st.container()
    with st.container(border=True):
        question, log, as_table = _controls(catalog)
    address.problems()
    answer = reading.series(question)
    with answer_slot:
        parts.headline("Trends", answer.sentence)
    if answer.frame["value"].notna().sum() == 0:
        parts.empty(f"Nothing is stored for **{plain(answer.metric.title)}** with these frameworks and days.")
        return
    _chart(answer, log=log, as_table=as_table)


def _controls(catalog: Catalog) -> tuple[Question, bool, bool]:
    """The question, and whether to draw it logarithmic and as a table."""
    stored = {series.metric for series in _stored()}
    known = {m.id: m.title for m in catalog.metrics.values() if m.id in stored} or {
        m.id: m.title for m in catalog.metrics.values()
    }
    left, right = st.columns([2, 3])
    with left:
        metric = catalog.metrics[address.one("metric", "Metric", known, "stars")]
    with right:
        frameworks = address.many("framework", "Frameworks", parts.titles(), DEFAULT)
    dimension = _dimension(metric)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        view = address.one("view", "View", {v: VIEWS[v] for v in _views(metric)}, "level", segments=True)
        span = address.one("range", "Range", RANGES, "all", segments=True)
        log = address.switch("log", "Log scale", "Equal distances are equal ratios.")
        as_table = address.switch("table", "Table")
        as_of = _vintage()
    since, until = _span(span, metric.id)
    if dimension == "*" and len(frameworks) > 1:
        st.info(f"Every one is drawn for one framework at a time: {plain(parts.titles()[frameworks[0]])}.")
        frameworks = frameworks[:1]
    return Question(metric.id, frameworks, dimension, since, until, as_of, view), log, as_table


def _views(metric: Metric) -> tuple[str, ...]:
    """The views that make sense: a share is not divided again, and windows that overlap gain nothing per month."""
    if metric.kind is Kind.SHARE:
        return ("level",)
    return tuple(view for view in VIEWS if view != "gained" or metric.period == "day")


def _stored() -> Sequence[Series]:
    with reading.reopening() as store:
        return store.series()


def _dimension(metric: Metric) -> str:
    """One value of the dimension of a metric that has no total, such as one Python version."""
    if metric.has_total or not metric.dimensions:
        return ""
    with reading.reopening() as store:
        found = sorted({s.dimension for s in store.series() if s.metric == metric.id}, key=_natural)
    if not found:
        return ""
    options = {value: value.partition("=")[2] for value in found} | {"*": "Every one"}
    return address.one("dimension", f"By {metric.dimensions[0]}", options, found[-1])


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """3.9 before 3.12."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in text.replace("=", ".").split("."))


def _vintage() -> datetime | None:
    with st.popover("As known on…", width="content"):
        st.caption("Shows only what had been retrieved by the end of that day (UTC).")
        chosen = address.day("as_of", "As known on", FIRST_DAY, reading.now().date())
    return api.end_of(chosen) if chosen else None


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
    with reading.reopening() as store:
        last = max((s.last for s in store.series() if s.metric == metric), default=reading.now().date())
    return last - timedelta(days=round(365.25 * YEARS[choice])), None


def _chart(answer: SeriesAnswer, *, log: bool, as_table: bool) -> None:
    metric, question = answer.metric, answer.question
    unit = _unit(answer)
    drawn, note = points(answer.frame, metric, _names(answer), unit)
    view = "" if question.view == "level" else f" · {VIEWS[question.view].lower()}"
    st.subheader(f"{metric.title}{view} · {unit_words(unit)}", anchor=False)
    parts.badge(metric)
    summary = _summary(answer, unit)
    found = linechart.within(answer.breaks, _first(drawn), _last(drawn))
    if as_table:
        data_table(answer)
    else:
        how = linechart.Frame(
            lines=_lines(drawn, answer),
            unit=unit,
            dark=parts.dark(),
            log=log,
            from_zero=question.view != "index",
            breaks=found,
            at=100.0 if question.view == "index" else None,
        )
        st.altair_chart(linechart.draw(drawn, how), width="stretch", alt=summary)
    parts.beneath(answer, note, "" if as_table else _marks_used(answer, found), summary)
    with st.container(horizontal=True, vertical_alignment="center"):
        parts.doubts(answer.caveats)
        if found:
            with st.popover(count(len(found), "numbered band"), width="content"):
                parts.break_list(found)
        download(answer)
        st.link_button("CSV by API", api.series_url(question), help="The same bytes, for a program.")


def _unit(answer: SeriesAnswer) -> str:
    """The unit of the numbers of a view; "share" for shares in [0, 1]."""
    if answer.question.view == "share" or answer.metric.kind is Kind.SHARE:
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
    dimensions = {d: d.partition("=")[2] for d in answer.frame["dimension"].unique() if d}
    return parts.titles() | dimensions


def _lines(drawn: pd.DataFrame, answer: SeriesAnswer) -> list[linechart.Line]:
    names, dark = _names(answer), parts.dark()
    found = list(dict.fromkeys(drawn["line"]))
    if set(found) <= set(parts.titles()):
        looks = {name: palette.look(name) for name in found}
        return [linechart.Line(n, names[n], k.colour(dark=dark), k.dash, k.shape) for n, k in looks.items()]
    colours = palette.sequence(len(found), dark=dark)
    return [linechart.Line(n, names.get(n, n), colours[i]) for i, n in enumerate(found)]


def _marks_used(answer: SeriesAnswer, found: Sequence[Break]) -> str:
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
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _summary(answer: SeriesAnswer, unit: str) -> str:
    """The chart in words: first and last number of each line, the highest first."""
    names, known = _names(answer), answer.frame.dropna(subset=["value"])
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
