"""By region: a framework in Europe, the United States and elsewhere, of people in surveys and of downloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import urlencode

import streamlit as st

from answers.questions import Question, QuestionError, RegionsQuestion
from answers.regions.answer import MOST, RegionsAnswer
from answers.regions.fulltime import FULLTIME
from answers.regions.places import EUROPES
from answers.wording import capital
from catalog import Catalog, Metric
from dashboard import cache, links, page_url
from dashboard.charts.figure import Figure, Style
from dashboard.display_text import literal
from dashboard.views.surveys import controls
from dashboard.views.surveys.controls import Row
from dashboard.views.surveys.regions import figure
from dashboard.widgets import chart_frame, elements, number_trace, page_states
from dashboard.widgets.chart_frame import Takeaway

Draft = Callable[[RegionsAnswer, Catalog, Style], Figure]
CHARTS: Mapping[str, tuple[str, Draft]] = {
    "fulltime": ("Full-time employees", figure.fulltime),
    "shares": ("All who answered", figure.shares),
    "leads": ("Lead", figure.leads),
    "countries": ("By country", figure.countries),
}
DOWNLOADS = "downloads"
ANY = "today"
VIEW_WIDTH = 180  # pixels


def show(row: Row) -> None:
    """The tab."""
    chosen = _view(row)
    question = _question(row)
    if not 2 <= len(question.frameworks) <= MOST:
        elements.heading("Choose a second framework" if len(question.frameworks) < 2 else f"Choose at most {MOST}")
        st.markdown(f"The first framework is compared with the others by region: choose 2 to {MOST}\\.")
        return
    answer = cache.regions(question.frameworks, question.europe, question.on, question.as_of)
    with chart_frame.reserved():
        _framed(answer, question, chosen)
    _in_words(answer)
    _downloads(answer, question)


def _view(row: Row) -> str:
    """Which chart. Of full-time employees there is one only where they are known."""
    has_fulltime = any(s.metric == FULLTIME and s.framework == row.frameworks[0] for s in cache.series_extents())
    options = {name: title for name, (title, _) in CHARTS.items() if has_fulltime or name != "fulltime"}
    with row.settings if elements.phone() else row.main.container(width=VIEW_WIDTH):
        return page_url.one("view", "Chart", options, next(iter(options)), bare=not elements.phone())


def _question(row: Row) -> RegionsQuestion:
    """What Europe means, until which edition, and which vintage."""
    catalog = cache.catalog()
    with row.settings:
        meanings = {key: catalog.regions[key].title for key in EUROPES}
        europe = page_url.one("europe", "Europe means", meanings, EUROPES[0])
        years = {ANY: "All editions"} | {str(year): f"Up to {year}" for year in reversed(list(catalog.surveys))}
        until = page_url.one("on", "Editions", years, ANY)
        as_of = controls.vintage()
    on = None if until == ANY else date(int(until), 12, 31)
    return RegionsQuestion(row.frameworks, "" if europe == EUROPES[0] else europe, on, as_of)


def _framed(answer: RegionsAnswer, question: RegionsQuestion, chosen: str) -> None:
    """The chart that is chosen, or why there is none."""
    try:
        shown = CHARTS[chosen][1](answer, cache.catalog(), Style(elements.dark()))
    except QuestionError as fault:
        elements.heading(answer.sentence.partition(". ")[0])
        page_states.empty(literal(fault))
        return
    of_employees = chosen == "fulltime" and answer.employees is not None
    metric = answer.employees.metric if of_employees and answer.employees else answer.metric
    _show(shown, question, chosen, metric, chart_frame.FIRST, 1)


def _show(shown: Figure, question: RegionsQuestion, name: str, metric: Metric, frame_name: str, level: int) -> None:
    pairs = links.drawn("regions", question, show=name)
    chart_frame.show(
        shown,
        Takeaway("regions", pairs, question, {"CSV": links.picture("regions", pairs, "csv")}, (metric,)),
        name=frame_name,
        level=level,
        trace=lambda: number_trace.choose(
            cache.series(Question(metric.id, question.frameworks, "*", as_of=question.as_of))
        ),
    )


def _in_words(answer: RegionsAnswer) -> None:
    """Each edition in a sentence, the latest first, and what to know of the figures."""
    with st.expander("Edition by edition"):
        lines = []
        for edition in reversed(answer.editions):
            year, _, rest = edition.sentence.partition(": ")
            lines.append(f"- **{literal(year)}**: {literal(capital(rest), 1500)}")
        st.markdown("\n".join(lines))
        st.caption("  \n".join(literal(doubt, 600) for doubt in answer.doubts))


# -- downloads ---------------------------------------------------------------------------------------------------------


def _downloads(answer: RegionsAnswer, question: RegionsQuestion) -> None:
    """The part of the downloads within each place: machines, not people, beside what people say."""
    by_country = answer.downloads_by_country
    counted = {s.framework for s in cache.series_extents() if s.metric == by_country.metric.id}
    having = [name for name in answer.frameworks if name in counted]
    pairs = [
        ("metric", by_country.metric.id),
        *(("framework", name) for name in having[:1]),
        ("dimension", "country=*"),
    ]
    link = f"[Downloads by country in Trends](/trends?{urlencode(pairs)})" if having else ""
    try:
        shown = figure.downloads(answer, cache.catalog(), Style(elements.dark()))
    except QuestionError:
        st.caption(f"Downloads by country were not collected for all of these frameworks\\. {link}")
        return
    _show(shown, question, DOWNLOADS, by_country.metric, DOWNLOADS, 2)
    with st.expander("Downloads year by year"):
        st.markdown("\n".join(f"- {literal(year.sentence, 600)}" for year in reversed(by_country.years)))
    st.markdown(link)
