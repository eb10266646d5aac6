"""Overview: who leads by each kind of evidence, on one screen: one count of each, what happened lately, all others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import nullcontext
from datetime import date
from functools import partial
from itertools import islice
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from answers.leaders.answer import LeaderRow, Leaders
from answers.leaders.wording import headline
from answers.overtakes.history import OvertakeRow
from answers.parameter_types import end_of
from answers.questions import LeadersQuestion, Question
from answers.series.principal_counts import principal_count
from answers.wording import month, phrase
from catalog import Kind, Metric
from dashboard import cache, links, page_url
from dashboard.display_text import day_in_words, literal, number, points
from dashboard.views.overview import figure
from dashboard.views.overview.figure import Evidence
from dashboard.widgets import attribution, chart_frame, elements, page_states
from dashboard.widgets.chart_frame import Takeaway
from dashboard.widgets.data_table import escape_formulas

PageLink = tuple[str, str, dict[str, str]]  # of a page: its file, the link's label, its query

DEFAULT = ("flask", "django", "fastapi")
FIRST_DAY = date(2008, 1, 1)
WHOSE, WHOSE_ON_A_PHONE = 420, 280  # pixels of the box of frameworks
NARROWEST = 300  # pixels of a card: with less room they stand below each other
LATELY = 3  # changes of lead
CARDS = 3  # of the other kinds of evidence there is a line
CLOSE = "Too close to call"
NO_SCORE = "Stars, downloads and surveys measure different things. There is no overall score."
ALL_EVENTS: PageLink = ("views/events/page.py", "All events", {})
ALL_OVERTAKES: PageLink = ("views/head_to_head/page.py", "All overtakes", {"answer": "overtakes", "list": "all"})
FILES = {"CSV": "csv", "Parquet": "parquet", "Data package": "zip"}


@page_states.guarded
def show() -> None:
    """The page."""
    question = _controls()
    page_url.problems()
    with chart_frame.reserved(), st.container(gap="xsmall"):
        leaders = cache.leaders(question.frameworks, question.on, question.as_of)
        elements.heading(headline(cache.catalog(), leaders) or leaders.sentence)
        page_states.missing(question.frameworks)
        cards = _cards(question, leaders)
        lines = _lines(question, leaders, cards) if cards else []
    if cards:
        _lately(question)
        _others([row for row in leaders.rows if row.metric not in (*cards, *lines)], question)
        _sources(cards)


def _controls() -> LeadersQuestion:
    today = cache.now().date()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        with st.container(width=WHOSE_ON_A_PHONE if elements.phone() else WHOSE, key="narrow"):
            frameworks = page_url.many("framework", "Frameworks", elements.titles(), DEFAULT, bare=True)
        with elements.settings():
            on = page_url.day("on", "On", FIRST_DAY, today, "Who led on that day; empty: who leads now.")
            vintage = page_url.day(
                "as_of", "Data as of", FIRST_DAY, today, "Only what had been retrieved by then, UTC."
            )
    return LeadersQuestion(frameworks, on, end_of(vintage) if vintage else None)


# -- the cards ---------------------------------------------------------------------------------------------------------


def _cards(question: LeadersQuestion, leaders: Leaders) -> dict[str, Evidence]:
    """A card for each of the first kinds of evidence that have a value, by metric."""
    rows = {row.metric: row for row in leaders.rows}
    shown = [metric for metric in _principals(question.frameworks) if not cache.catalog().metrics[metric].pooled_months]
    valued = (evidence for metric in shown if len((evidence := _evidence(metric, question, rows.get(metric))).valued))
    cards = {evidence.metric.id: evidence for evidence in islice(valued, CARDS)}
    span = figure.shared_span(tuple(cards.values()))
    if span is None:
        page_states.empty("Nothing was collected for these frameworks.")
        return {}
    figures = [figure.card(one, span, cache.catalog(), dark=elements.dark()) for one in cards.values()]
    with st.grid(3, min_column_width=NARROWEST, key="cards"):
        for drawn, evidence in zip(figures, cards.values(), strict=True):
            chart_frame.card(
                drawn, _takeaway(evidence), name=evidence.metric.id, link=partial(_link, evidence.answer.question)
            )
    return cards


def _lines(question: LeadersQuestion, leaders: Leaders, cards: Collection[str]) -> list[str]:
    """The other kinds of evidence have a line each: who leads, and the way to it. The metrics with one."""
    principals = [metric for metric in _principals(question.frameworks) if metric not in cards]
    rows = {row.metric: row for row in leaders.rows if row.metric in principals}
    with st.container(key="lines", gap="small") if rows else nullcontext():
        for metric in sorted(rows, key=principals.index):
            pooled = bool(cache.catalog().metrics[metric].pooled_months)
            page, state = ("surveys", {"show": "hiring"}) if pooled else ("trends", {"metric": metric})
            _page_link(page, literal(rows[metric].sentence, 400), state, question)
    return list(rows)


def _principals(frameworks: Sequence[str]) -> list[str]:
    """The count that stands for each family; none for a family whose counts have nothing in common."""
    catalog, spans = cache.catalog(), cache.series_extents()
    named = [family for family in catalog.families.values() if family.plural]
    metrics = (principal_count(catalog, spans, family.id, frameworks) for family in named)
    return [metric for metric in metrics if metric]


def _evidence(metric: str, leaders: LeadersQuestion, row: LeaderRow | None) -> Evidence:
    question = Question(metric, leaders.frameworks, until=leaders.on, as_of=leaders.as_of)
    grows = cache.catalog().metrics[metric].kind is not Kind.SHARE
    return Evidence(cache.series(question), row, cache.growth(question) if grows else None)


def _takeaway(evidence: Evidence) -> Takeaway:
    question = evidence.answer.question
    return Takeaway(
        of="chart",
        pairs=links.drawn("chart", question),
        question=question,
        files={label: links.api(question, kind) for label, kind in FILES.items()},
        metrics=(evidence.metric,),
    )


def _link(question: Question) -> None:
    """The way to the page that has all of it."""
    share = cache.catalog().metrics[question.metric].kind is Kind.SHARE
    page, title, key = ("surveys", "Surveys", "survey") if share else ("trends", "Trends", "metric")
    _page_link(page, f"Open in {title}", {key: question.metric}, question)


def _page_link(page: str, label: str, state: dict[str, str], question: Question | LeadersQuestion) -> None:
    pairs = state | {"framework": list(question.frameworks)}
    icon = ":material/arrow_forward:"
    st.page_link(f"views/{page}/page.py", label=label, icon=icon, query_params=pairs)


# -- below them --------------------------------------------------------------------------------------------------------


def _lately(question: LeadersQuestion) -> None:
    """The latest changes of lead among the frameworks, each with the way to the chart of its count."""
    every = cache.overtakes(None, question.frameworks, None, question.as_of, held=False).rows
    among = [row for row in every if {row.winner, row.loser} <= set(question.frameworks)]
    latest = [row for row in among if question.on is None or row.first_after <= question.on][:LATELY]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="lately"):
        st.markdown("**Last changes of lead**", width="content")
        for row in latest:
            pair = {"a": row.winner, "b": row.loser, "by": row.metric}
            doubt = f"Disputed: {row.reason}." if row.verdict == "disputed" else None
            st.page_link("views/head_to_head/page.py", label=literal(_passed(row)), query_params=pair, help=doubt)
        if not latest:
            st.markdown("No overtake among these frameworks.", width="content")
        page, label, query = ALL_EVENTS if cache.alerts(1, silent=True) else ALL_OVERTAKES
        st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=query)


def _passed(row: OvertakeRow) -> str:
    catalog = cache.catalog()
    metric = catalog.metrics[row.metric]
    family = catalog.families[metric.family]
    what = family.plural if metric.counts == family.counts else phrase(metric)
    doubt = ", disputed" if row.verdict == "disputed" else ""
    return f"{_when(metric, row)}: {elements.title(row.winner)} passed {elements.title(row.loser)} in {what}{doubt}"


def _when(metric: Metric, row: OvertakeRow) -> str:
    """The month of an overtake, short enough for a phone: the days that it lies between are a click away."""
    before, after = row.last_before, row.first_after
    if metric.period == "year":
        return str(after.year)
    return month(after) if (before.year, before.month) == (after.year, after.month) else f"By {month(after)}"


def _others(rows: Sequence[LeaderRow], question: LeadersQuestion) -> None:
    """Who leads by every other count, as one table."""
    if not rows:
        return
    with st.expander(f"Other counts ({len(rows)})"):
        metrics = [cache.catalog().metrics[row.metric] for row in rows]
        table = pd.DataFrame(
            {
                "Count": [metric.title for metric in metrics],
                "Leader": [elements.title(row.leader) if row.leader else CLOSE for row in rows],
                "Lead": [_lead(row, metric) for row, metric in zip(rows, metrics, strict=True)],
                "As of": [_last(row, metric) for row, metric in zip(rows, metrics, strict=True)],
                "Open": [
                    f"/trends?{urlencode({'metric': row.metric, 'framework': question.frameworks}, doseq=True)}"
                    for row in rows
                ],
            }
        )
        elements.table(
            table.assign(Leader=escape_formulas(table["Leader"])),
            column_config={"Open": st.column_config.LinkColumn(display_text="Trends", width="small")},
        )  # fmt: skip
        st.link_button("JSON", links.saved(links.api(question)), icon=":material/download:")


def _lead(row: LeaderRow, metric: Metric) -> str:
    """By how much, in points of a share."""
    if row.lead is None:
        return ""
    return points(row.lead) if metric.kind is Kind.SHARE else number(row.lead)


def _last(row: LeaderRow, metric: Metric) -> str:
    return f"{row.period[1].year} edition" if metric.period == "year" else day_in_words(row.period[1])


def _sources(cards: dict[str, Evidence]) -> None:
    """What may not be made of the cards; who published their figures, and when they were retrieved."""
    sources = dict.fromkeys(source for evidence in cards.values() for source in evidence.answer.sources)
    moments = [m for evidence in cards.values() if (m := evidence.answer.retrieved_at)]
    when = f" · Retrieved {day_in_words(max(moments))}" if moments else ""
    late = attribution.stale_note(sources)
    st.caption(f"{NO_SCORE}  \nSource: {attribution.source_links(sources)}{when}{late}")


if __name__ == "__main__":
    show()
