"""The controls of the page: which downloads, which month, which frameworks, which vintage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import pandas as pd
import streamlit as st

from answers import wording
from answers.agreement.answer import AgreementAnswer
from answers.parameter_types import end_of
from answers.questions import AgreementQuestion, QuestionError
from dashboard import cache, page_url
from dashboard.widgets import elements

STARS = "stars"
HISTORY_MONTHS = 24
METRIC, VIEW = 420, 240  # pixels of the list of counts of downloads; of that of views on a phone
SCATTER, TIME, RATIO, SURVEYS = "scatter", "tau", "per-million", "survey"  # as the pictures are called
SHOWS = {SCATTER: "Scatter", TIME: "Over time", RATIO: "Stars per million downloads", SURVEYS: "Surveys"}
FIRST_DAY = date(2008, 1, 1)


def answer_to(question: AgreementQuestion) -> AgreementAnswer:
    """What `uptake agreement` answers to the same question."""
    return cache.agreement(STARS, question.y, question.frameworks, question.on, question.as_of, HISTORY_MONTHS)


def frameworks_by_metric() -> dict[str, tuple[str, ...]]:
    """The metrics of downloads that compare with stars, each with the frameworks that have both."""
    metrics, spans = cache.catalog().metrics, [s for s in cache.series_extents() if not s.dimension]
    starred = {s.framework for s in spans if s.metric == STARS}
    able = [m.id for m in metrics.values() if m.family == "downloads" and m.has_total]
    shared = {name: {s.framework for s in spans if s.metric == name} & starred for name in able}
    return {name: tuple(f for f in elements.titles() if f in have) for name, have in shared.items() if len(have) > 1}


def controls(frameworks: Mapping[str, tuple[str, ...]]) -> tuple[AgreementQuestion, str]:
    """The question, and what is shown, of SHOWS; no `y` or `on` where the answer chooses, no frameworks for all.

    `frameworks` by metric, as `frameworks_by_metric` has them.
    """
    metrics, titles = cache.catalog().metrics, elements.titles()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if elements.phone():
            segments, settings = st.container(width=VIEW), elements.settings()
            downloads = settings
        else:
            downloads, segments = st.container(width=METRIC), st.container(width="content")
            settings = elements.settings()
    with settings:
        help_text = "Only what had been retrieved by the end of that day, UTC."
        vintage = page_url.day("as_of", "Data as of", FIRST_DAY, cache.now().date(), help_text)
    as_of = end_of(vintage) if vintage else None
    with downloads:
        best = _best(frameworks, as_of)
        by = page_url.one("by", "Stars against", {name: metrics[name].title for name in frameworks}, best, bare=True)
    with segments:
        shown = page_url.one("show", "Show", SHOWS, SCATTER, segments=not elements.phone(), bare=True)
    with settings:
        options = {name: titles[name] for name in frameworks[by]}
        names = page_url.many("framework", "Frameworks", options, frameworks[by])
        chosen = () if set(names) == set(frameworks[by]) else names
        question = AgreementQuestion(chosen, STARS, "" if by == best else by, as_of=as_of)
        own = answer_to(question).on
        days = _months(by, names, own)
        labels = {name: wording.month(day) for name, day in days.items()}
        month = page_url.one("month", "Month", labels, f"{own:%Y-%m}", follows=True)
    return replace(question, on=None if month == f"{own:%Y-%m}" else days[month]), shown


def _best(frameworks: Mapping[str, tuple[str, ...]], as_of: datetime | None) -> str:
    """The count of downloads that the answer itself would choose."""
    try:
        return answer_to(AgreementQuestion(as_of=as_of)).y.id
    except QuestionError:  # there was none then: the page will say so for the first count
        return next(iter(frameworks))


def _months(by: str, names: Sequence[str], own: date) -> dict[str, date]:
    """Every month that both metrics have, the last first, and the day it is judged on: the last with figures."""
    spans = [s for s in cache.series_extents() if s.framework in names and not s.dimension]
    sides = [[s for s in spans if s.metric == metric] for metric in (STARS, by)]
    first = max(min((s.first for s in side), default=own) for side in sides)
    latest = max(own, min(max((s.last for s in side), default=own) for side in sides))
    months = pd.period_range(min(first, latest), latest, freq="M")
    return {str(month): min(month.end_time.date(), latest) for month in reversed(months)}
