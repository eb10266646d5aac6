"""What looks odd? Figures that stand out, days on which many did so at once, possible changes: by one rule for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from answers.anomalies.answer import Anomalies, Anomaly, SourceIncident
from answers.anomalies.wording import FALSE_ALARMS, RULE, TOGETHER, flag_sentence, incident_fact, known_sentence
from dashboard import cache, parameters
from dashboard.api import routes
from dashboard.text import count, day, listed, moment, plain
from dashboard.views.anomalies import chart as oddchart
from dashboard.widgets import download, elements, url_state
from dashboard.widgets.data_table import neutral

EVERY = "all"
RANGES = {"all": "All that is known", "3y": "Last 3 years", "1y": "Last year"}
YEARS = {"3y": 3, "1y": 1}
MOST_LISTED = 12  # flags told in words; the table holds all
AROUND = timedelta(days=60)  # shown on Trends on either side
FIRST_DAY = date(2008, 1, 1)


@dataclass(frozen=True, slots=True)
class AnomaliesParameters:
    """What the controls say. `metrics` empty: every one."""

    metrics: tuple[str, ...]
    frameworks: tuple[str, ...]
    since: date | None
    as_of: datetime | None
    as_table: bool

    def answer(self) -> Anomalies:
        """What looks odd. Raises QuestionError and StoreError."""
        return cache.anomalies(self.metrics, self.frameworks, self.since, None, self.as_of)


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    with st.container(border=True):
        asked = _controls()
    url_state.problems()
    found = asked.answer()
    with top:
        elements.headline("What looks odd?", found.sentence)
        _lately(asked, found)
    if not found.series:
        elements.empty("It takes a few months of **stars** or **downloads** of at least one framework.")
        return
    if asked.as_table:
        _table(found)
    else:
        _chart(found, asked)
    _rule(found)
    _incidents(found)
    _flags(found)
    _reproduce(asked)


# -- what is asked -----------------------------------------------------------------------------------------------------


def _controls() -> AnomaliesParameters:
    """Which metric, how far back, which frameworks, which vintage."""
    known = cache.anomalies((), (), None, None, None)
    metrics = {EVERY: "Every metric", **{m.id: m.title for m in known.metrics}}
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
    return AnomaliesParameters(
        () if metric == EVERY else (metric,),
        () if set(names) == set(elements.titles()) else names,
        since,
        parameters.end_of(vintage) if vintage else None,
        url_state.switch("table", "Table"),
    )


def _lately(asked: AnomaliesParameters, found: Anomalies) -> None:
    """Of all that is known, how much is of the last year, and when it ends."""
    if asked.since or not found.flags:
        return
    year = cache.now().date() - timedelta(days=365)
    late = [one for one in found.flags if one.until >= year]
    together = [one for one in found.incidents if one.until >= year]
    last = f" The last figures looked at are of {day(found.last)}." if found.last else ""
    shared = f" and {count(len(together), 'occasion')} shared by several" if together else ""
    lie = "lies" if len(late) == 1 and not together else "lie"
    said = (
        f"Of them {count(len(late), 'flag')}{shared} {lie} in the last year." if late else "None is of the last year."
    )
    st.caption(plain(said + last, 900))


# -- the chart ---------------------------------------------------------------------------------------------------------


def _chart(found: Anomalies, asked: AnomaliesParameters) -> None:
    st.subheader("When, and of whom", anchor=False)
    if not found.flags:
        st.success("Nothing stands out.", icon=None)
        return
    titles = elements.titles()
    rows = oddchart.drawn(found, titles)
    names = [title for title in titles.values() if title in set(rows["row"])]
    first = asked.since or min(one.since for one in found.flags)
    last = max([found.last or first, *(one.until for one in found.flags)])
    alt = oddchart.summary(found, titles)
    chart = oddchart.draw(rows, names, (first, last + timedelta(days=1)), dark=elements.dark())
    st.altair_chart(elements.quiet(chart), width="stretch", alt=alt)
    quiet = [titles[name] for name in _looked(found) if titles[name] not in names]
    none = f" Nothing stands out of {listed(quiet)}." if quiet else ""
    st.caption(f"{plain(oddchart.SIGNS + '.')} A stroke spans days that belong together\\.{plain(none, 600)}")


def _looked(found: Anomalies) -> list[str]:
    """The frameworks that have figures of these metrics."""
    metrics = {metric.id for metric in found.metrics}
    have = {s.framework for s in cache.spans() if s.metric in metrics and not s.dimension}
    return [name for name in elements.titles() if name in have and (not found.frameworks or name in found.frameworks)]


def _rule(found: Anomalies) -> None:
    """How it is found, how often in vain, where the figures come from."""
    st.markdown(":orange-badge[How to read this] A mark says only that a figure is unlike those around it, not why.")
    caveats = [found.catalog.caveats[code] for code in dict.fromkeys(c for m in found.metrics for c in m.caveats)]
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("The rule, and how often it is wrong", width="content"):
            st.markdown(plain(RULE, 900))
            st.markdown(plain(FALSE_ALARMS, 900))
        elements.doubts(caveats)
    sources = [found.catalog.sources[name] for name in dict.fromkeys(s for m in found.metrics for s in m.sources)]
    named = " · ".join(f"[{plain(s.title)}]({s.homepage}), [{plain(s.licence)}]({s.licence_url})" for s in sources)
    looked = f"{count(found.series, 'series', 'series')} with {count(found.observations, 'figure')} looked at"
    st.caption(f"{looked} · Source: {named} · Retrieved: {moment(found.retrieved_at)}")


# -- in words ----------------------------------------------------------------------------------------------------------


def _incidents(found: Anomalies) -> None:
    """The days that several share, each with what the register knows and the way to Trends."""
    if not found.incidents:
        return
    st.subheader("Several at once", anchor=False)
    st.caption(plain(TOGETHER))
    for one in found.incidents[:MOST_LISTED]:
        metric = found.catalog.metrics[one.metric]
        _told(incident_fact(found.catalog, metric, one), one, one.frameworks)
    _more(len(found.incidents))


def _flags(found: Anomalies) -> None:
    """What stands out besides: the newest first."""
    alone = [one for one in found.flags if not one.shared]
    if not alone:
        return
    st.subheader("One framework alone", anchor=False)
    for one in alone[:MOST_LISTED]:
        metric = found.catalog.metrics[one.metric]
        said = flag_sentence(found.catalog, metric, one.framework, one, one.lasts_until, dated=False)
        _told(f"{metric.title}: {said}", one, (one.framework,))
    _more(len(alone))


def _told(sentence: str, one: Anomaly | SourceIncident, frameworks: Sequence[str]) -> None:
    asked = {
        "metric": one.metric, "framework": ",".join(frameworks), "range": "own", "odd": "on",
        "since": (one.since - AROUND).isoformat(), "until": min(one.until + AROUND, cache.now().date()).isoformat(),
    }  # fmt: skip
    text, way = st.columns([6, 1], vertical_alignment="center", gap="small")
    with text:
        days = day(one.since) if one.since == one.until else f"{day(one.since)} to {day(one.until)}"
        st.markdown(f"**{days}** · {plain(f'{sentence} {known_sentence(one.known)}', 1500)}")
    with way:
        st.page_link("views/trends/page.py", label="Around that day", query_params=asked)


def _more(known: int) -> None:
    if known > MOST_LISTED:
        st.caption(f"The latest {MOST_LISTED} of {known:,}; the table, the CSV and the JSON hold all.")


def _table(found: Anomalies) -> None:
    """Everything, a row per flag or incident, the newest first."""
    rows = oddchart.drawn(found, elements.titles()).sort_values("since", ascending=False)
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


def _reproduce(asked: AnomaliesParameters) -> None:
    """The same answer for somebody else: as a link that stays true, as CSV and JSON, in a shell."""
    learned = asked.as_of.date() if asked.as_of else cache.now().date()
    told = {"metric": ",".join(asked.metrics), "framework": ",".join(asked.frameworks)}
    told |= {"since": asked.since.isoformat() if asked.since else ""}
    told = {name: text for name, text in told.items() if text}
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("The same in a shell", width="content"):
            st.caption(f"With what was known on {learned}: it says the same whatever is collected later.")
            options = [f"--{name} {text}" for name, text in told.items() if name != "metric"]
            words = ["uptake anomalies", *asked.metrics, *options, f"--as-of {learned}"]
            st.code(" ".join(words), language=None, wrap_lines=True)
        link = urlencode(told | ({"as_of": learned.isoformat()} if asked.as_of else {}))
        download.offer("anomalies", [*(told | ({"as_of": learned.isoformat()} if asked.as_of else {})).items()])
        st.link_button("CSV by API", f"{routes.PREFIX}/anomalies.csv?{link}", help="The same, for a program.")
        st.link_button("As JSON by API", f"{routes.PREFIX}/anomalies.json?{link}")


if __name__ == "__main__":
    show()
