"""Unusual days: values that stand out, days on which many did so at once, possible changes: by one rule for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import streamlit as st

from answers.anomalies.answer import Anomalies, Anomaly, SourceIncident
from answers.anomalies.wording import FALSE_ALARMS, RULE, TOGETHER, flag_sentence, incident_fact, known_sentence
from answers.parameter_types import end_of
from answers.questions import AnomaliesQuestion
from answers.wording import join_words
from dashboard import cache, links, page_url
from dashboard.charts.figure import Style, parted
from dashboard.display_text import literal, span_in_words
from dashboard.views.anomalies import figure
from dashboard.widgets import chart_frame, elements, page_states
from dashboard.widgets.chart_frame import Takeaway

EVERY = "all"
RANGES = {"1y": "1y", "3y": "3y", "all": "All"}
YEARS = {"3y": 3, "1y": 1}
MOST_LISTED = 12  # flags in words; the table has all
METRIC = 300  # pixels of the list of metrics
AROUND = timedelta(days=60)  # shown on Trends on either side
FIRST_DAY = date(2008, 1, 1)


@page_states.guarded
def show() -> None:
    """The page."""
    question = _controls()
    page_url.problems()
    with chart_frame.reserved():
        anomalies = cache.anomalies(question.metrics, question.frameworks, question.since, None, question.as_of)
        if anomalies.flags:
            _framed(anomalies, question)
        else:
            headline, detail = parted(anomalies.sentence)
            elements.heading(headline)
            if detail:
                st.markdown(literal(detail, 900))
            if not anomalies.series:
                page_states.empty("It takes a few months of **stars** or **downloads** of at least one framework.")
    if anomalies.flags:
        _incidents(anomalies)
        _flags(anomalies)
    with st.expander("The rule, and how often it is wrong"):
        st.markdown(literal(RULE, 900))
        st.markdown(literal(FALSE_ALARMS, 900))


# -- the question -----------------------------------------------------------------------------------------------------


def _controls() -> AnomaliesQuestion:
    """Which metric, how far back, which frameworks, which vintage."""
    every = cache.anomalies((), (), None, None, None)
    metrics = {EVERY: "Every metric", **{m.id: m.title for m in every.metrics}}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width=METRIC):
            metric = page_url.one("metric", "Metric", metrics, EVERY, bare=True)
        with st.container(width="content"):
            span = page_url.one("range", "Range", RANGES, "1y", segments=True, bare=True)
        with elements.settings():
            names = page_url.many("framework", "Frameworks", elements.titles(), tuple(elements.titles()))
            help_text = "Only what had been retrieved by the end of that day, UTC."
            vintage = page_url.day("as_of", "Data as of", FIRST_DAY, cache.now().date(), help_text)
    since = cache.now().date() - timedelta(days=round(365.25 * YEARS[span])) if span in YEARS else None
    return AnomaliesQuestion(
        metrics=() if metric == EVERY else (metric,),
        frameworks=() if set(names) == set(elements.titles()) else names,
        since=since,
        as_of=end_of(vintage) if vintage else None,
    )


# -- the chart ---------------------------------------------------------------------------------------------------------


def _framed(anomalies: Anomalies, question: AnomaliesQuestion) -> None:
    drawn = figure.figure(anomalies, cache.catalog(), Style(elements.dark()))
    detail = " ".join(filter(None, (drawn.detail, _lately(question, anomalies), _quiet(anomalies))))
    chart_frame.show(
        replace(drawn, detail=detail),
        Takeaway(
            of="anomalies",
            pairs=links.drawn("anomalies", question),
            question=question,
            files={"CSV": links.api(question, "csv")},
            metrics=anomalies.metrics,
        ),
    )


def _lately(question: AnomaliesQuestion, anomalies: Anomalies) -> str:
    """How many of all flags are of the last year."""
    if question.since:
        return ""
    year = cache.now().date() - timedelta(days=365)
    flags = sum(one.until >= year for one in anomalies.flags)
    if not flags:
        return "None is of the last year."
    return f"Of all {len(anomalies.flags)}, {flags} {'are' if flags > 1 else 'is'} of the last year."


def _quiet(anomalies: Anomalies) -> str:
    """The frameworks that have figures of these metrics, none of which stands out."""
    metrics = {metric.id for metric in anomalies.metrics}
    have = {s.framework for s in cache.series_extents() if s.metric in metrics and not s.dimension}
    have &= set(anomalies.frameworks or have)
    quiet = [
        title for name, title in elements.titles().items() if name in have - {f.framework for f in anomalies.flags}
    ]
    return f"No value of {join_words(quiet)} is unusual." if quiet else ""


# -- in words ----------------------------------------------------------------------------------------------------------


def _incidents(anomalies: Anomalies) -> None:
    """The days that several share, each with the known breaks on them and a link to Trends."""
    if not anomalies.incidents:
        return
    with st.expander(f"Several frameworks at once ({len(anomalies.incidents)})"):
        st.caption(literal(TOGETHER))
        for one in anomalies.incidents[:MOST_LISTED]:
            metric = anomalies.catalog.metrics[one.metric]
            _event(incident_fact(anomalies.catalog, metric, one), one, one.frameworks)
        _more(len(anomalies.incidents))


def _flags(anomalies: Anomalies) -> None:
    """What stands out besides: the newest first."""
    alone = [one for one in anomalies.flags if not one.shared]
    if not alone:
        return
    with st.expander(f"One framework alone ({len(alone)})"):
        for one in alone[:MOST_LISTED]:
            metric = anomalies.catalog.metrics[one.metric]
            sentence = flag_sentence(anomalies.catalog, metric, one.framework, one, one.lasts_until, dated=False)
            _event(f"{metric.title}: {sentence}", one, (one.framework,))
        _more(len(alone))


def _event(sentence: str, event: Anomaly | SourceIncident, frameworks: Sequence[str]) -> None:
    window = {
        "metric": event.metric, "framework": ",".join(frameworks), "range": "own", "odd": "on",
        "since": (event.since - AROUND).isoformat(), "until": min(event.until + AROUND, cache.now().date()).isoformat(),
    }  # fmt: skip
    words, way = st.columns([6, 1], vertical_alignment="center", gap="small")
    with words:
        text = f"{sentence} {known_sentence(event.known_breaks)}"
        st.markdown(f"**{span_in_words(event.since, event.until)}** · {literal(text, 1500)}")
    with way:
        st.page_link("views/trends/page.py", label="Open in Trends", query_params=window)


def _more(number: int) -> None:
    if number > MOST_LISTED:
        st.caption(f"The latest {MOST_LISTED} of {number:,}. The table and the files have all.")


if __name__ == "__main__":
    show()
