"""Between groups: two groups of people who answered one edition, and how far their shares are apart."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from answers.questions import Question, SurveyQuestion
from answers.surveys.differences import ELSEWHERE
from dashboard import cache, page_url
from dashboard.display_text import literal
from dashboard.views.surveys import controls, differences, figure, over_time
from dashboard.views.surveys.controls import Row
from dashboard.widgets import chart_frame, dimensions, elements, number_trace, page_states

EUROPE, STATES = "region=europe", "region=united-states"  # what is compared first, if it is there


def show(row: Row) -> None:
    """The tab."""
    place = controls.button(row, "Groups", ":material/groups:")
    metric = controls.survey(place, cache.catalog())
    with row.settings:
        as_of = controls.vintage()
    question = SurveyQuestion(metric, row.frameworks, as_of=as_of)
    groups_by_year = _groups_by_year(question)
    if not groups_by_year:
        title = cache.catalog().metrics[metric].title
        elements.heading("No results by group")
        page_states.empty(f"**{literal(title)}** has no shares by group for these frameworks.")
        return
    with place:
        question = _chosen(question, groups_by_year)
    with chart_frame.reserved(200):
        answer = cache.surveys(question)
        if all(c.difference is None for c in answer.groups):
            elements.heading("These groups can't be compared")
            names = figure.names_of(answer.shares, cache.catalog(), whole=True)
            st.markdown(literal(differences.refusals(answer.groups, names), 1500))
        else:
            over_time.takeaway(answer, "groups", level=1)
    number_trace.opened(answer.shares)


def _chosen(question: SurveyQuestion, groups_by_year: dict[int, list[str]]) -> SurveyQuestion:
    """The question with an edition and two of its groups, all of which the reader chooses."""
    years = {str(year): str(year) for year in sorted(groups_by_year, reverse=True)}
    year = int(page_url.one("year", "Edition", years, next(iter(years)), follows=True))
    titles = {d: dimensions.title(cache.catalog(), d) for d in groups_by_year[year]}
    here = page_url.one("here", "Group", titles, EUROPE)
    others = {d: title for d, title in titles.items() if d != here}
    is_counted = not here.startswith("segment=")  # of a segment nobody published how many people it is
    rest = {ELSEWHERE: "All others"} if is_counted else {}
    there = page_url.one("there", "Compare with", rest | others or {ELSEWHERE: "All others"}, STATES)
    return replace(question, edition=year, here=here, there=there)


def _groups_by_year(question: SurveyQuestion) -> dict[int, list[str]]:
    """The groups with a share, by edition: regions before countries, each by name."""
    spans = [s for s in cache.series_extents() if s.metric == question.metric and s.framework in question.frameworks]
    if not any(s.dimension for s in spans):
        return {}
    shares = cache.series(Question(question.metric, question.frameworks, "*", as_of=question.as_of)).frame
    shares = shares[(shares["dimension"] != "") & shares["value"].notna()]
    catalog = cache.catalog()
    order = sorted(
        shares["dimension"].unique(), key=lambda d: (not d.startswith("region="), dimensions.title(catalog, d))
    )
    years = shares["period"].dt.year
    return {
        int(year): [d for d in order if d in set(shares.loc[years == year, "dimension"])]
        for year in sorted(years.unique())
    }
