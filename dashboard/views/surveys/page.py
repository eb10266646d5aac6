"""Surveys: what changed between editions and between groups, with intervals; what was asked; what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
import streamlit as st

from analysis.shares import MIN_BASE
from answers.parameters import end_of, texts
from answers.question import Question, SurveyQuestion
from answers.series.answer import SeriesAnswer
from answers.surveys.answer import Surveys
from answers.surveys.differences import ELSEWHERE, among
from answers.wording import counted, listed
from catalog import Break, Kind
from dashboard import cache, links
from dashboard.charts import dot_chart
from dashboard.charts.figure import joined
from dashboard.text import plain
from dashboard.views.surveys import desire_gap, differences, editions, figure
from dashboard.widgets import dimensions, download, elements, permalink, provenance, url_state
from dashboard.widgets.data_table import data_table, downloads
from dashboard.widgets.dimensions import Cut

DEFAULT = ("flask", "django", "fastapi")
TOO_FEW = "too-few-asked"  # the caveat of a share that is withheld
WORKED = "so_worked_with"
EUROPE, STATES = "region=europe", "region=united-states"  # what is laid side by side first, if it is there
FIRST_DAY = date(2018, 1, 1)
CHARTS = {"years": "Every edition", "change": "What changed", "groups": "Two groups", "wishes": "Wishes beside use"}


@dataclass(frozen=True, slots=True)
class PageState:
    """The question and how the page shows its answer; `question` names no edition and no group yet."""

    question: SurveyQuestion
    cut: Cut
    as_table: bool


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    with st.container(border=True):
        state = _controls()
    first = cache.surveys(state.question)
    if not first.years:
        url_state.problems()
        with top:
            elements.headline("Surveys", first.sentence)
        elements.empty(_nothing(first.shares))
        return
    over = st.container()
    surveys = _changes(first, state)
    with top:
        elements.headline("Surveys", surveys.sentence)
    with over:
        _chart(first.shares, state)
    question = _groups(surveys, state)
    if not state.cut.splits:
        question = _within(surveys, question)
    editions.show(surveys)
    _take_away(question)
    url_state.problems()


def _nothing(answer: SeriesAnswer) -> str:
    if _withheld(answer):
        return f"Fewer than {MIN_BASE} people answered there in every year, so no share is shown."
    return f"No answers are stored for **{plain(answer.metric.title)}** and these frameworks."


def _controls() -> PageState:
    metrics = cache.catalog().metrics
    shares = {m.id: m.title for m in metrics.values() if m.kind is Kind.SHARE}
    left, right = st.columns([2, 3])
    with left:
        metric = url_state.one("survey", "Question", shares, WORKED)
    with right:
        frameworks = url_state.many("framework", "Frameworks", elements.titles(), DEFAULT)
    left, middle, right = st.columns([2, 1, 2], vertical_alignment="bottom")
    with left:
        cut = dimensions.choose(metrics[metric], frameworks, "Who answered")
    with middle:
        vintage = url_state.day(
            "as_of", "As known on", FIRST_DAY, cache.now().date(), "Only what was retrieved by then."
        )
    with right:
        if cut.splits and len(frameworks) > 1:
            frameworks = (dimensions.one_of(frameworks),)
    dimensions.definition(cut)
    as_of = end_of(vintage) if vintage else None
    return PageState(
        SurveyQuestion(metric, frameworks, cut.dimension, as_of=as_of), cut, url_state.switch("table", "Table")
    )


# -- over the years ----------------------------------------------------------------------------------------------------


def _chart(answer: SeriesAnswer, state: PageState) -> None:
    """Every edition over the years; a single one as a list, with every group of a split."""
    breaks, frame, left_out = figure.breaks_between(answer), answer.frame, ""
    years = sorted(set(frame.dropna(subset=["value"])["period"].dt.year))
    alone = len(years) == 1
    if state.cut.splits and not alone:
        frame, left_out = dimensions.largest(frame, answer.metric, "level")
    names = figure.names_of(answer, cache.catalog(), whole=alone)
    rows = dot_chart.dots(frame, names, breaks)
    st.subheader(_title(answer, state.cut, str(years[0]) if alone else ""), anchor=False)
    elements.badge(answer.metric)
    title = answer.metric.title
    summary = dot_chart.ranking_summary(rows, f"{title}, {years[0]}") if alone else dot_chart.summary(rows, title)
    if state.as_table:
        data_table(answer)
    else:
        dark, ids = elements.dark(), answer.question.frameworks if alone else list(dict.fromkeys(rows["line"]))
        lines = figure.lines_of(ids, names, cache.catalog(), dark=dark)
        drawn = dot_chart.ranking(rows, lines, dark=dark) if alone else dot_chart.draw(rows, lines, breaks, dark=dark)
        st.altair_chart(drawn, width="stretch", alt=summary)
    marks = "" if state.as_table else _marks_used(rows, breaks, alone=alone)
    elements.beneath(answer, left_out, marks, _withheld(answer), summary)
    _doubts(answer, breaks)
    provenance.opened(answer)


def _doubts(answer: SeriesAnswer, breaks: Sequence[Break]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        elements.doubts(answer.caveats)
        if breaks:
            with st.popover(counted(len(breaks), "break"), width="content"):
                elements.break_list(breaks)
        downloads(answer)
        st.link_button("CSV by API", links.api(answer.question, "csv"), help="The same bytes, for a program.")


def _title(answer: SeriesAnswer, cut: Cut, year: str) -> str:
    """The question, whose answers, the edition if there is but one, and the unit."""
    one = elements.titles()[answer.question.frameworks[0]] if cut.splits else ""
    parts = (answer.metric.title, one, dimensions.cut_text(cut, cache.catalog()), year, "share in %")
    return plain(" · ".join(text for text in parts if text))


def _withheld(answer: SeriesAnswer) -> str:
    """What is not shown because too few answered; empty if all is."""
    few = answer.frame[answer.frame["caveats"].str.split().map(lambda codes: TOO_FEW in codes)]
    if few.empty:
        return ""
    years = sorted({pd.Timestamp(period).year for period in few["period"]})
    where = f" in {counted(few['dimension'].nunique(), 'group')}" if few["dimension"].nunique() > 1 else ""
    return f"Withheld{where}, {listed(str(year) for year in years)}: fewer than {MIN_BASE} people answered."


def _marks_used(rows: pd.DataFrame, breaks: Sequence[Break], *, alone: bool) -> str:
    readings = []
    if rows["low"].notna().any():
        readings.append("bars are 95 % Wilson intervals: sampling noise only, not who chose to answer")
    if rows.loc[rows["value"].notna(), "low"].isna().any():
        readings.append("dots without a bar: the survey published no sample size")
    if rows["value"].isna().any() and not alone:
        readings.append("× on the ground line: not asked that year, which is not 0 %")
    if breaks:
        readings.append("dashed uprights: the question, or who was asked it, changed")
    return joined(readings)


# -- between editions --------------------------------------------------------------------------------------------------


def _changes(first: Surveys, state: PageState) -> Surveys:
    """Two editions beside each other; the answer with those that were chosen."""
    if first.span is None:
        return first
    st.subheader("What changed", anchor=False)
    years = {str(year): str(year) for year in first.years}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        early = {year: year for year in list(years)[:-1]}
        since = int(url_state.one("from", "From edition", early, str(first.span[0])))
        later = {year: year for year in years if int(year) > since}
        until = int(url_state.one("to", "To edition", later, str(first.span[1])))
    surveys = (
        first if (since, until) == first.span else cache.surveys(replace(state.question, first=since, second=until))
    )
    names = figure.names_of(first.shares, cache.catalog())
    reading = f"Right of the upright line: more in {until} than in {since}"
    differences.show(surveys.changes, names, f"Change from {since} to {until}", reading)
    return surveys


# -- between groups ----------------------------------------------------------------------------------------------------


def _groups(surveys: Surveys, state: PageState) -> SurveyQuestion:
    """Two groups of one edition, which the reader chooses among those with a share; the question with them."""
    groups_by_year = _groups_by_year(state.question)
    if not groups_by_year:
        return surveys.question
    st.subheader("Two groups of one edition", anchor=False)
    years = {str(year): str(year) for year in sorted(groups_by_year, reverse=True)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        year = int(url_state.one("year", "Edition of the groups", years, next(iter(years))))
        titles = {d: dimensions.title(cache.catalog(), d) for d in groups_by_year[year]}
        here = url_state.one("here", "This group", titles, EUROPE)
        others = {d: title for d, title in titles.items() if d != here}
        counted = not here.startswith("segment=")  # of a segment nobody published how many people it is
        rest = {ELSEWHERE: "All others"} if counted else {}
        there = url_state.one("there", "Beside", rest | others or {ELSEWHERE: "All others"}, STATES)
    question = replace(surveys.question, edition=year, here=here, there=there, dimension="")
    answer = cache.surveys(replace(question, first=None, second=None))
    catalog = cache.catalog()
    first, second = (among(catalog, text, here) for text in (here, there))
    title = f"{year}, {second} against {first}"
    differences.show(answer.groups, elements.titles(), title, f"Right of the upright line: more {second} than {first}")
    return replace(surveys.question, here=here, there=there, edition=year)


def _groups_by_year(question: SurveyQuestion) -> dict[int, list[str]]:
    """The groups with a share, by edition: regions before countries, each by name."""
    spans = [s for s in cache.spans() if s.metric == question.metric and s.framework in question.frameworks]
    if not any(s.dimension for s in spans):
        return {}
    frame = cache.series(Question(question.metric, question.frameworks, "*", as_of=question.as_of)).frame
    shares = frame[(frame["dimension"] != "") & frame["value"].notna()]
    catalog = cache.catalog()
    order = sorted(
        shares["dimension"].unique(), key=lambda d: (not d.startswith("region="), dimensions.title(catalog, d))
    )
    years = shares["period"].dt.year
    return {
        int(year): [d for d in order if d in set(shares.loc[years == year, "dimension"])]
        for year in sorted(years.unique())
    }


# -- within one edition ------------------------------------------------------------------------------------------------


def _within(surveys: Surveys, question: SurveyQuestion) -> SurveyQuestion:
    """Frameworks against each other, and want beside use, in an edition that the reader chooses."""
    st.subheader("Two frameworks of one edition", anchor=False)
    years = {str(year): str(year) for year in reversed(surveys.years)}
    with st.columns([1, 2])[0]:
        year = int(url_state.one("edition", "Edition", years, next(iter(years))))
    answer = cache.surveys(replace(surveys.question, edition=year, here="", there=""))
    _pairs(answer)
    desire_gap.show(answer)
    return question if question.here else replace(question, edition=year)


def _pairs(answer: Surveys) -> None:
    """Which pairs are apart beyond chance, which are not."""
    apart = [c for c in answer.pairs if c.outcome in ("more", "less")]
    not_apart = [c for c in answer.pairs if c.outcome in ("chance", "unknown", "refused")]
    if not answer.pairs:
        st.caption("It takes two frameworks with a share.")
        return
    if not_apart:
        st.markdown("\n".join(f"- {plain(c.sentence, 900)}" for c in not_apart))
    if apart:
        which = "All other pairs are apart" if not_apart else "Every pair is apart"
        with st.expander(f"{which} beyond what chance allows: {counted(len(apart), 'pair')}", expanded=len(apart) <= 3):
            st.markdown("\n".join(f"- {plain(c.sentence, 900)}" for c in apart))
    for doubt in dict.fromkeys(doubt for c in answer.pairs for doubt in c.doubts):
        st.caption(plain(doubt, 900))


# -- the same again ----------------------------------------------------------------------------------------------------


def _take_away(question: SurveyQuestion) -> None:
    """The same answer for somebody else: as a link that stays true, as pictures, as JSON, in a shell."""
    state = texts(replace(question, as_of=None))
    state = {{"metric": "survey"}.get(name, name): text for name, text in state.items()}
    if question.here and "edition" in state:
        state["year"] = state.pop("edition")
    with st.container(horizontal=True, vertical_alignment="center"):
        permalink.show(question, "/surveys", state)
        download.offer("surveys", links.drawn("surveys", question), _charts(question))
        st.link_button("As JSON by API", links.api(question))


def _charts(question: SurveyQuestion) -> dict[str, str]:
    """The charts of the page that there are, by what `show` calls them."""
    surveys = cache.surveys(question)
    there = {"change": surveys.changes, "groups": surveys.groups, "wishes": surveys.wanted_next_year}
    return {name: title for name, title in CHARTS.items() if name not in there or there[name]}


if __name__ == "__main__":
    show()
