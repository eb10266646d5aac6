"""The controls of *Trends*: which metric of whom, made into which view, over which days, on which axis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import streamlit as st

from answers.parameter_types import end_of
from answers.questions import Question
from answers.series.principal_counts import principal_count
from answers.series.views import VIEWS
from catalog import Catalog, Kind, Metric
from dashboard import cache, page_url
from dashboard.views.trends import ages
from dashboard.widgets import chart_events, dimensions, elements
from dashboard.widgets.dimensions import Cut

DEFAULT = ("flask", "django", "fastapi")
ALL = "all"
RANGES = {"1y": "1y", "3y": "3y", "5y": "5y", ALL: "All", "own": "Custom"}
SPANS = {"1y": "last year", "3y": "last 3 years", "5y": "last 5 years", ALL: "full record", "own": "days chosen"}
YEARS = {"5y": 5, "3y": 3, "1y": 1}
FIRST_DAY = date(2000, 1, 1)
WHOSE = 312  # pixels of the box of frameworks
MOST_SEGMENTS, FAMILY = 3, 200  # families side by side on a phone; pixels of their list where there are more
MOST_ON_A_SCREEN = 4  # families of evidence beside the other controls, at 1440 pixels
CHART, GROWTH = "chart", "growth"
AUTO, LOG = "auto", "on"
SCALES = {AUTO: "Automatic", "off": "Linear", LOG: "Log"}
SHOWS = {CHART: "Chart", GROWTH: "Growth"}
_FAMILY = "trends_family"  # the family's segments: they follow the metric, which the URL has


@dataclass(frozen=True, slots=True)
class PageState:
    """The question, the cut in it, and how the page shows the answer."""

    question: Question
    cut: Cut
    show: str  # of SHOWS
    years: str  # of RANGES
    axis: str  # of ages.AXES
    scale: str  # of SCALES
    split: bool  # whether each line has a plot of its own
    kinds: tuple[str, ...]  # of events to mark
    rings: bool  # whether to mark unusual values


def controls(catalog: Catalog) -> PageState:
    """The state of the page, as the controls and the URL have it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="controls"):
        whose, what = st.container(width=WHOSE), st.container(width="content")
        if elements.phone():
            span = show = settings = elements.settings()
        else:
            span, show, settings = (
                st.container(width="content"),
                st.container(width="content"),
                elements.settings(),
            )
    with settings:
        metric = catalog.metrics[page_url.one("metric", "Count", metric_titles(catalog), "stars")]
    with what:
        _families(catalog, metric)
    with whose:
        frameworks = page_url.many("framework", "Frameworks", elements.titles(), DEFAULT, bare=True)
    with settings:
        cut, frameworks = _cut(metric, frameworks)
        view, axis, frameworks = _view(metric, cut, frameworks)
    with show:
        shown = page_url.one("show", "Show", SHOWS, CHART, segments=True, bare=True) if not cut.splits else CHART
    with span:
        first = first_range(metric) if shown == CHART else ALL
        years = page_url.one("range", "Range", RANGES, first, segments=True, bare=True, follows=True)
    with settings:
        since, until = _span(years, metric.id)
        scale = page_url.one("log", "Scale", SCALES, AUTO, segments=True)
        split = page_url.switch("split", "Split", "A plot for each line, all on the same axes.")
        kinds = chart_events.switches()
        rings = page_url.switch("odd", "Unusual values", "A ring around every value that stands out from its line.")
        as_of = _vintage()
    question = Question(metric.id, frameworks, cut.dimension, since, until, as_of, view)
    return PageState(question, cut, shown, years, axis, scale, split, kinds, rings)


def metric_titles(catalog: Catalog) -> dict[str, str]:
    """The metrics that have values, by id; all of them in a store that has none."""
    stored = {series.metric for series in cache.series_extents()}
    every = catalog.metrics.values()
    return {m.id: m.title for m in every if [*m.derived_from, m.id][0] in stored} or {m.id: m.title for m in every}


def first_range(metric: Metric) -> str:
    """The range that is shown first: downloads of years ago lie flat at the floor of today's."""
    return "3y" if metric.family == "downloads" and metric.period == "day" else ALL


def _families(catalog: Catalog, metric: Metric) -> None:
    """One segment a family of evidence; a choice leads to its principal count."""
    first_by_family = {name: principal_count(catalog, cache.series_extents(), name) for name in catalog.families}
    options = {name: catalog.families[name].title for name, first in first_by_family.items() if first}
    st.session_state[_FAMILY] = metric.family
    if len(options) > (MOST_SEGMENTS if elements.phone() else MOST_ON_A_SCREEN):
        st.selectbox(
            "Evidence", list(options), format_func=options.__getitem__, key=_FAMILY, label_visibility="collapsed",
            on_change=_to_family, args=(first_by_family,), width=FAMILY,
        )  # fmt: skip
        return
    st.segmented_control(
        "Evidence", list(options), format_func=options.__getitem__, key=_FAMILY, required=True, wrap=True,
        label_visibility="collapsed", on_change=_to_family, args=(first_by_family,),
    )  # fmt: skip


def _to_family(first_by_family: dict[str, str]) -> None:
    page_url.set_text("metric", first_by_family[st.session_state[_FAMILY]])


def _cut(metric: Metric, frameworks: tuple[str, ...]) -> tuple[Cut, tuple[str, ...]]:
    """The cut of a metric that can be cut, and the frameworks it leaves: one, if it is split up."""
    if not metric.dimensions:
        return Cut(""), frameworks
    cut = dimensions.choose(metric, frameworks)
    if cut.splits and len(frameworks) > 1:
        frameworks = (dimensions.one_of(frameworks),)
    dimensions.definition(cut)
    return cut, frameworks


def _view(metric: Metric, cut: Cut, frameworks: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    """The view, the axis, and the frameworks, of which the first is the one to measure by."""
    able = views(metric, cut, frameworks)
    view = page_url.one("view", "Show", {v: VIEWS[v].title for v in able}, able[0], follows=True)
    if view == "ratio":
        titles = elements.titles()
        to = page_url.one("to", "Compared with", {name: titles[name] for name in frameworks}, frameworks[0])
        return view, ages.CALENDAR, (to, *(name for name in frameworks if name != to))
    if cut.splits or metric.kind is Kind.SHARE:
        return view, ages.CALENDAR, frameworks
    return view, page_url.one("axis", "X axis", ages.AXES, ages.CALENDAR), frameworks


def views(metric: Metric, cut: Cut, frameworks: tuple[str, ...] = DEFAULT) -> tuple[str, ...]:
    """The views that make sense: a share is not divided again, windows that overlap gain nothing per month, what is
    counted by the day is what was gained that day, and only what is a part has a whole.
    """
    if metric.kind is Kind.SHARE:
        return ("pooled", "level") if metric.pooled_months else ("level",)
    no = {"pooled"} if cut.dimension else {"pooled", "part"}
    no |= {"gained-day"} if metric.kind is Kind.FLOW else set()
    no |= {name for name, view in VIEWS.items() if view.daily} if metric.period != "day" else set()
    no |= {"share", "ratio"} if cut.splits or len(frameworks) < 2 else set()
    return tuple(view for view in VIEWS if view not in no)


def _vintage() -> datetime | None:
    help_text = "Only what had been retrieved by the end of that day, UTC."
    chosen = page_url.day("as_of", "Data as of", FIRST_DAY, cache.now().date(), help_text)
    return end_of(chosen) if chosen else None


def _span(choice: str, metric: str) -> tuple[date | None, date | None]:
    """First and last day. Ranges count back from the metric's last observation."""
    if choice == "own":
        left, right = st.columns(2)
        today = cache.now().date()
        with left:
            since = page_url.day("since", "From", FIRST_DAY, today)
        with right:
            until = page_url.day("until", "To", FIRST_DAY, today)
        return since, until
    if choice not in YEARS:
        return None, None
    last = max((s.last for s in cache.series_extents() if s.metric == metric), default=cache.now().date())
    return last - timedelta(days=round(365.25 * YEARS[choice])), None
