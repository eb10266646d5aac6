"""What looks odd? Figures that stand out, days on which many did so at once, possible changes: by one rule for all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from answers.anomalies.answer import Anomalies, Anomaly, SourceIncident
from answers.anomalies.wording import FALSE_ALARMS, RULE, TOGETHER, flag_sentence, incident_fact, known_sentence
from answers.parameters import end_of
from answers.question import AnomaliesQuestion
from answers.wording import counted, listed
from dashboard import cache, links
from dashboard.text import day, moment, plain
from dashboard.views.anomalies import chart
from dashboard.widgets import download, elements, url_state
from dashboard.widgets.data_table import neutral

EVERY = "all"
RANGES = {"all": "All that is known", "3y": "Last 3 years", "1y": "Last year"}
YEARS = {"3y": 3, "1y": 1}
MOST_LISTED = 12  # flags in words; the table has all
AROUND = timedelta(days=60)  # shown on Trends on either side
FIRST_DAY = date(2008, 1, 1)


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    with st.container(border=True):
        question, as_table = _controls()
    url_state.problems()
    anomalies = cache.anomalies(question.metrics, question.frameworks, question.since, None, question.as_of)
    with top:
        elements.headline("What looks odd?", anomalies.sentence)
        _lately(question, anomalies)
    if not anomalies.series:
        elements.empty("It takes a few months of **stars** or **downloads** of at least one framework.")
        return
    if as_table:
        _table(anomalies)
    else:
        _chart(anomalies, question)
    _rule(anomalies)
    _incidents(anomalies)
    _flags(anomalies)
    _take_away(question)


# -- the question -----------------------------------------------------------------------------------------------------


def _controls() -> tuple[AnomaliesQuestion, bool]:
    """Which metric, how far back, which frameworks, which vintage; and whether a table shows it."""
    every = cache.anomalies((), (), None, None, None)
    metrics = {EVERY: "Every metric", **{m.id: m.title for m in every.metrics}}
    left, middle, right = st.columns([3, 3, 2], vertical_alignment="bottom")
    with left:
        metric = url_state.one("metric", "Metric", metrics, EVERY)
    with middle:
        span = url_state.one("range", "How far back", RANGES, "all", segments=True)
    with right:
        vintage = url_state.day(
            "as_of", "As known on", FIRST_DAY, cache.now().date(), "Only what was retrieved by then."
        )
    with st.expander("Which frameworks"):
        names = url_state.many("framework", "Frameworks", elements.titles(), tuple(elements.titles()))
    since = cache.now().date() - timedelta(days=round(365.25 * YEARS[span])) if span in YEARS else None
    question = AnomaliesQuestion(
        metrics=() if metric == EVERY else (metric,),
        frameworks=() if set(names) == set(elements.titles()) else names,
        since=since,
        as_of=end_of(vintage) if vintage else None,
    )
    return question, url_state.switch("table", "Table")


def _lately(question: AnomaliesQuestion, anomalies: Anomalies) -> None:
    """How many of all flags are of the last year, and when the figures end."""
    if question.since or not anomalies.flags:
        return
    year = cache.now().date() - timedelta(days=365)
    flags = [one for one in anomalies.flags if one.until >= year]
    together = [one for one in anomalies.incidents if one.until >= year]
    last = f" The last figures looked at are of {day(anomalies.last)}." if anomalies.last else ""
    shared = f" and {counted(len(together), 'occasion')} shared by several" if together else ""
    lie = "lies" if len(flags) == 1 and not together else "lie"
    share = f"Of them {counted(len(flags), 'flag')}{shared} {lie} in the last year."
    st.caption(plain((share if flags else "None is of the last year.") + last, 900))


# -- the chart ---------------------------------------------------------------------------------------------------------


def _chart(anomalies: Anomalies, question: AnomaliesQuestion) -> None:
    st.subheader("When, and of whom", anchor=False)
    if not anomalies.flags:
        st.success("Nothing stands out.", icon=None)
        return
    titles = elements.titles()
    rows = chart.event_rows(anomalies, titles)
    names = [title for title in titles.values() if title in set(rows["row"])]
    first = question.since or min(one.since for one in anomalies.flags)
    last = max([anomalies.last or first, *(one.until for one in anomalies.flags)])
    alt = chart.summary(anomalies, titles)
    drawn = chart.draw(rows, names, (first, last + timedelta(days=1)), dark=elements.dark())
    st.altair_chart(elements.quiet(drawn), width="stretch", alt=alt)
    quiet = [titles[name] for name in _observed_frameworks(anomalies) if titles[name] not in names]
    none = f" Nothing stands out of {listed(quiet)}." if quiet else ""
    st.caption(f"{plain(chart.SIGNS + '.')} A stroke spans days that belong together\\.{plain(none, 600)}")


def _observed_frameworks(anomalies: Anomalies) -> list[str]:
    """The frameworks that have figures of these metrics."""
    metrics = {metric.id for metric in anomalies.metrics}
    have = {s.framework for s in cache.spans() if s.metric in metrics and not s.dimension}
    return [
        name
        for name in elements.titles()
        if name in have and (not anomalies.frameworks or name in anomalies.frameworks)
    ]


def _rule(anomalies: Anomalies) -> None:
    """The rule, how often it is wrong, where the figures come from."""
    st.markdown(":orange-badge[How to read this] A mark says only that a figure is unlike those around it, not why.")
    caveats = [
        anomalies.catalog.caveats[code] for code in dict.fromkeys(c for m in anomalies.metrics for c in m.caveats)
    ]
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("The rule, and how often it is wrong", width="content"):
            st.markdown(plain(RULE, 900))
            st.markdown(plain(FALSE_ALARMS, 900))
        elements.doubts(caveats)
    sources = [
        anomalies.catalog.sources[name] for name in dict.fromkeys(s for m in anomalies.metrics for s in m.sources)
    ]
    coverage = f"{counted(anomalies.series, 'series', 'series')} with {counted(anomalies.observations, 'figure')}"
    st.caption(
        f"{coverage} looked at · Source: {elements.source_links(sources)} · Retrieved: {moment(anomalies.retrieved_at)}"
    )


# -- in words ----------------------------------------------------------------------------------------------------------


def _incidents(anomalies: Anomalies) -> None:
    """The days that several share, each with the known breaks on them and a link to Trends."""
    if not anomalies.incidents:
        return
    st.subheader("Several at once", anchor=False)
    st.caption(plain(TOGETHER))
    for one in anomalies.incidents[:MOST_LISTED]:
        metric = anomalies.catalog.metrics[one.metric]
        _event(incident_fact(anomalies.catalog, metric, one), one, one.frameworks)
    _more(len(anomalies.incidents))


def _flags(anomalies: Anomalies) -> None:
    """What stands out besides: the newest first."""
    alone = [one for one in anomalies.flags if not one.shared]
    if not alone:
        return
    st.subheader("One framework alone", anchor=False)
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
        days = day(event.since) if event.since == event.until else f"{day(event.since)} to {day(event.until)}"
        st.markdown(f"**{days}** · {plain(f'{sentence} {known_sentence(event.known_breaks)}', 1500)}")
    with way:
        st.page_link("views/trends/page.py", label="Around that day", query_params=window)


def _more(number: int) -> None:
    if number > MOST_LISTED:
        st.caption(f"The latest {MOST_LISTED} of {number:,}; the table, the CSV and the JSON hold all.")


def _table(anomalies: Anomalies) -> None:
    """Everything, a row per flag or incident, the newest first."""
    rows = chart.event_rows(anomalies, elements.titles()).sort_values("since", ascending=False)
    shown = pd.DataFrame(
        {
            "Who": neutral(rows["row"]),
            "What": rows["kind"],
            "From": rows["since"].dt.date,
            "To": rows["until"].dt.date,
            "Metric": neutral(rows["metric"]),
            "Seen": rows["shown"],
            "The register has": neutral(rows["register"]),
        }
    )
    st.dataframe(shown, hide_index=True, width="stretch")


def _take_away(question: AnomaliesQuestion) -> None:
    """The same answer for somebody else: in a shell, as a picture, as CSV and JSON."""
    today = cache.now().date()
    day = question.as_of.date() if question.as_of else today
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("The same in a shell", width="content"):
            st.caption(f"With what was known on {day}: it says the same whatever is collected later.")
            st.code(links.shell(links.known_on(question, today)), language=None, wrap_lines=True)
        download.offer("anomalies", links.drawn("anomalies", question))
        st.link_button("CSV by API", links.api(question, "csv"), help="The same, for a program.")
        st.link_button("As JSON by API", links.api(question))


if __name__ == "__main__":
    show()
