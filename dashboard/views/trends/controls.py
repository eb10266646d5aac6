"""The controls of *Trends*: which metric of whom, made into which view, over which days, on which axis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import streamlit as st

from answers.parameters import end_of
from answers.question import Question
from answers.series.views import VIEWS
from catalog import Catalog, Kind, Metric
from dashboard import cache
from dashboard.views.trends import ages
from dashboard.widgets import dimensions, elements, notes, url_state
from dashboard.widgets.dimensions import Cut

DEFAULT = ("flask", "django", "fastapi")
RANGES = {"all": "All", "5y": "5 years", "3y": "3 years", "1y": "1 year", "own": "Own"}
YEARS = {"5y": 5, "3y": 3, "1y": 1}
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class PageState:
    """The question, the cut in it, and how the page draws the answer."""

    question: Question
    cut: Cut
    axis: str  # of ages.AXES
    log: bool
    as_table: bool
    kinds: tuple[str, ...]  # of events to mark
    rings: bool  # whether to mark days that look odd


def controls(catalog: Catalog) -> PageState:
    """The state of the page, as the controls and the URL have it."""
    stored = {series.metric for series in cache.spans()}
    titles = {m.id: m.title for m in catalog.metrics.values() if (m.cumulates or m.id) in stored} or {
        m.id: m.title for m in catalog.metrics.values()
    }
    left, right = st.columns([2, 3])
    with left:
        metric = catalog.metrics[url_state.one("metric", "Metric", titles, "stars")]
    with right:
        frameworks = url_state.many("framework", "Frameworks", elements.titles(), DEFAULT)
    cut, frameworks = _cut(metric, frameworks)
    view, axis, frameworks = _view(metric, cut, frameworks)
    span = url_state.one("range", "Range", RANGES, "all", segments=True)
    since, until = _span(span, metric.id)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        log = url_state.switch("log", "Log scale", "Equal distances are equal ratios.")
        as_table = url_state.switch("table", "Table")
        kinds = notes.switches()
        rings = url_state.switch("odd", "Odd days", "A ring about every figure that stands out of those around it.")
        as_of = _vintage()
        st.page_link("views/collection/page.py", label="Track another framework…", query_params={})
    question = Question(metric.id, frameworks, cut.dimension, since, until, as_of, view)
    return PageState(question, cut, axis, log, as_table, kinds, rings)


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


def _view(metric: Metric, cut: Cut, frameworks: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    """The view, the axis, and the frameworks, of which the first is the one to measure by."""
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        view = url_state.one("view", "View", {v: VIEWS[v].title for v in views(metric, cut, frameworks)}, "level")
    with right:
        if view == "ratio":
            titles = elements.titles()
            to = url_state.one("to", "Measured by", {name: titles[name] for name in frameworks}, frameworks[0])
            return view, ages.CALENDAR, (to, *(name for name in frameworks if name != to))
        if cut.splits or metric.kind is Kind.SHARE:
            return view, ages.CALENDAR, frameworks
        return view, url_state.one("axis", "Along", ages.AXES, ages.CALENDAR), frameworks


def views(metric: Metric, cut: Cut, frameworks: tuple[str, ...] = DEFAULT) -> tuple[str, ...]:
    """The views that make sense: a share is not divided again, windows that overlap gain nothing per month, what is
    counted by the day is what was gained that day, and only what is a part has a whole.
    """
    if metric.kind is Kind.SHARE:
        return ("level",)
    no = set() if cut.dimension else {"part"}
    no |= {"gained-day"} if metric.kind is Kind.FLOW else set()
    no |= {name for name, view in VIEWS.items() if view.daily} if metric.period != "day" else set()
    no |= {"share", "ratio"} if cut.splits or len(frameworks) < 2 else set()
    return tuple(view for view in VIEWS if view not in no)


def _vintage() -> datetime | None:
    with st.popover("As known on…", width="content"):
        st.caption("Shows only what had been retrieved by the end of that day (UTC).")
        chosen = url_state.day("as_of", "As known on", FIRST_DAY, cache.now().date())
    return end_of(chosen) if chosen else None


def _span(choice: str, metric: str) -> tuple[date | None, date | None]:
    """First and last day. Ranges count back from the metric's last observation."""
    if choice == "own":
        left, right = st.columns(2)
        today = cache.now().date()
        with left:
            since = url_state.day("since", "From", FIRST_DAY, today)
        with right:
            until = url_state.day("until", "To", FIRST_DAY, today)
        return since, until
    if choice not in YEARS:
        return None, None
    last = max((s.last for s in cache.spans() if s.metric == metric), default=cache.now().date())
    return last - timedelta(days=round(365.25 * YEARS[choice])), None
