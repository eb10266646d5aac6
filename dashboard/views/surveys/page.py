"""Surveys: what changed between editions and between groups, each with its interval; what was asked, and wishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from analysis import MIN_BASE
from answers.question import Question, SurveyQuestion
from answers.series.answer import SeriesAnswer
from answers.surveys.answer import Surveys
from answers.surveys.differences import ELSEWHERE, among
from answers.wording import dimension as dimension_title
from catalog import Break, Kind
from dashboard import cache, parameters
from dashboard.api import routes
from dashboard.charts import dot_chart
from dashboard.charts.line_chart import Line
from dashboard.text import count, listed, plain
from dashboard.views.surveys import differences, editions, wanted_next_year
from dashboard.widgets import dimensions, download, elements, provenance, url_state
from dashboard.widgets.data_table import data_table, downloads
from dashboard.widgets.dimensions import Cut

DEFAULT = ("flask", "django", "fastapi")
TOO_FEW = "too-few-asked"  # the caveat of a share that is withheld
WORKED = "so_worked_with"
EUROPE, STATES = "region=europe", "region=united-states"  # what is laid side by side first, if it is there
FIRST_DAY = date(2018, 1, 1)
CHARTS = {"years": "Every edition", "change": "What changed", "groups": "Two groups", "wishes": "Wishes beside use"}


@dataclass(frozen=True, slots=True)
class SurveysParameters:
    """What the controls at the top say; `question` names no edition and no group yet."""

    question: SurveyQuestion
    cut: Cut
    as_table: bool


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    with st.container(border=True):
        asked = _controls()
    first = cache.surveys(asked.question)
    if not first.years:
        url_state.problems()
        with top:
            elements.headline("Surveys", first.sentence)
        elements.empty(_nothing(first.shares))
        return
    over = st.container()
    found = _changes(first, asked)
    with top:
        elements.headline("Surveys", found.sentence)
    with over:
        _chart(first.shares, asked)
    question = _groups(found, asked)
    if not asked.cut.splits:
        question = _within(found, question)
    editions.show(found)
    _reproduce(question)
    url_state.problems()


def _nothing(answer: SeriesAnswer) -> str:
    if _withheld(answer):
        return f"Fewer than {MIN_BASE} people answered there in every year, so no share is shown."
    return f"No answers are stored for **{plain(answer.metric.title)}** and these frameworks."


def _controls() -> SurveysParameters:
    known = cache.catalog().metrics
    shares = {m.id: m.title for m in known.values() if m.kind is Kind.SHARE}
    left, right = st.columns([2, 3])
    with left:
        metric = url_state.one("survey", "Question", shares, WORKED)
    with right:
        frameworks = url_state.many("framework", "Frameworks", elements.titles(), DEFAULT)
    left, middle, right = st.columns([2, 1, 2], vertical_alignment="bottom")
    with left:
        cut = dimensions.choose(known[metric], frameworks, "Who answered")
    with middle:
        vintage = url_state.day(
            "as_of", "As known on", FIRST_DAY, cache.now().date(), "Only what was retrieved by then."
        )
    with right:
        if cut.splits and len(frameworks) > 1:
            frameworks = (dimensions.one_of(frameworks),)
    dimensions.definition(cut)
    as_of = parameters.end_of(vintage) if vintage else None
    return SurveysParameters(
        SurveyQuestion(metric, frameworks, cut.dimension, as_of=as_of), cut, url_state.switch("table", "Table")
    )


# -- over the years ----------------------------------------------------------------------------------------------------


def _chart(answer: SeriesAnswer, asked: SurveysParameters) -> None:
    """Every edition over the years; a single one as a list, with every group of a split."""
    cuts, frame, left_out = within(answer), answer.frame, ""
    years = sorted(set(frame.dropna(subset=["value"])["period"].dt.year))
    alone = len(years) == 1
    if asked.cut.splits and not alone:
        frame, left_out = dimensions.largest(frame, answer.metric, "level")
    names = _names(answer, whole=alone)
    rows = dot_chart.dots(frame, names, cuts)
    st.subheader(_title(answer, asked.cut, str(years[0]) if alone else ""), anchor=False)
    elements.badge(answer.metric)
    title = answer.metric.title
    summary = dot_chart.ranking_summary(rows, f"{title}, {years[0]}") if alone else dot_chart.summary(rows, title)
    if asked.as_table:
        data_table(answer)
    else:
        lines = differences.lines(answer.question.frameworks) if alone else _lines(rows, names)
        dark = elements.dark()
        drawn = dot_chart.ranking(rows, lines, dark=dark) if alone else dot_chart.draw(rows, lines, cuts, dark=dark)
        st.altair_chart(drawn, width="stretch", alt=summary)
    marks = "" if asked.as_table else _marks_used(rows, cuts, alone=alone)
    elements.beneath(answer, left_out, marks, _withheld(answer), summary)
    _doubts(answer, cuts)
    provenance.show(answer)


def _doubts(answer: SeriesAnswer, cuts: Sequence[Break]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        elements.doubts(answer.caveats)
        if cuts:
            with st.popover(count(len(cuts), "break"), width="content"):
                elements.break_list(cuts)
        downloads(answer)
        st.link_button("CSV by API", routes.series_url(answer.question), help="The same bytes, for a program.")


def _names(answer: SeriesAnswer, *, whole: bool = False) -> dict[str, str]:
    """The names of lines; those of groups cut where they must leave the lines room."""
    catalog, found = cache.catalog(), [d for d in answer.frame["dimension"].unique() if d]
    if whole:
        return elements.titles() | {d: dimension_title(catalog, d) for d in found}
    return elements.titles() | dimensions.names(catalog, found)


def _title(answer: SeriesAnswer, cut: Cut, year: str) -> str:
    """The question, whose answers, the edition if there is but one, and the unit."""
    one = elements.titles()[answer.question.frameworks[0]] if cut.splits else ""
    said = (answer.metric.title, one, dimensions.said(cut, cache.catalog()), year, "share in %")
    return plain(" · ".join(text for text in said if text))


def _withheld(answer: SeriesAnswer) -> str:
    """What is not shown because too few were asked; empty if all is."""
    few = answer.frame[answer.frame["caveats"].str.split().map(lambda codes: TOO_FEW in codes)]
    if few.empty:
        return ""
    years = sorted({pd.Timestamp(period).year for period in few["period"]})
    where = f" in {count(few['dimension'].nunique(), 'group')}" if few["dimension"].nunique() > 1 else ""
    return f"Withheld{where}, {listed(str(year) for year in years)}: fewer than {MIN_BASE} people answered."


def within(answer: SeriesAnswer) -> list[Break]:
    """The breaks between editions that are shown, oldest first."""
    years = pd.to_datetime(answer.frame["period"]).dt.year
    return [b for b in sorted(answer.breaks, key=lambda b: b.since) if years.min() < b.until.year <= years.max()]


def _lines(rows: pd.DataFrame, names: dict[str, str]) -> list[Line]:
    found = list(dict.fromkeys(rows["line"]))
    if not set(found) <= set(elements.titles()):
        return dimensions.lines(found, names, dark=elements.dark())
    return differences.lines(found)


def _marks_used(rows: pd.DataFrame, cuts: Sequence[Break], *, alone: bool) -> str:
    said = []
    if rows["low"].notna().any():
        said.append("bars are 95 % Wilson intervals: sampling noise only, not who chose to answer")
    if rows.loc[rows["value"].notna(), "low"].isna().any():
        said.append("dots without a bar: the survey published no sample size")
    if rows["value"].isna().any() and not alone:
        said.append("× on the ground line: not asked that year, which is not 0 %")
    if cuts:
        said.append("dashed uprights: the question, or who was asked it, changed")
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}."


# -- between editions --------------------------------------------------------------------------------------------------


def _changes(first: Surveys, asked: SurveysParameters) -> Surveys:
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
    found = first if (since, until) == first.span else cache.surveys(replace(asked.question, first=since, second=until))
    names = _names(first.shares)
    reading_it = f"Right of the upright line: more in {until} than in {since}"
    differences.show(found.changes, names, f"Change from {since} to {until}", reading_it)
    return found


# -- between groups ----------------------------------------------------------------------------------------------------


def _groups(found: Surveys, asked: SurveysParameters) -> SurveyQuestion:
    """Two groups of one edition, which the reader chooses among those with a share; the question with them."""
    known = _known_groups(asked.question)
    if not known:
        return found.question
    st.subheader("Two groups of one edition", anchor=False)
    years = {str(year): str(year) for year in sorted(known, reverse=True)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        year = int(url_state.one("year", "Edition of the groups", years, next(iter(years))))
        titles = {d: dimensions.title(cache.catalog(), d) for d in known[year]}
        here = url_state.one("here", "This group", titles, EUROPE)
        others = {d: title for d, title in titles.items() if d != here}
        counted = not here.startswith("segment=")  # of a segment nobody published how many people it is
        rest = {ELSEWHERE: "All others"} if counted else {}
        there = url_state.one("there", "Beside", rest | others or {ELSEWHERE: "All others"}, STATES)
    question = replace(found.question, edition=year, here=here, there=there, dimension="")
    answer = cache.surveys(replace(question, first=None, second=None))
    catalog = cache.catalog()
    first, second = (among(catalog, text, here) for text in (here, there))
    title = f"{year}, {second} against {first}"
    differences.show(answer.groups, elements.titles(), title, f"Right of the upright line: more {second} than {first}")
    return replace(found.question, here=here, there=there, edition=year)


def _known_groups(question: SurveyQuestion) -> dict[int, list[str]]:
    """The groups with a share, by edition: regions before countries, each by name."""
    spans = [s for s in cache.spans() if s.metric == question.metric and s.framework in question.frameworks]
    if not any(s.dimension for s in spans):
        return {}
    frame = cache.series(Question(question.metric, question.frameworks, "*", as_of=question.as_of)).frame
    told = frame[(frame["dimension"] != "") & frame["value"].notna()]
    catalog = cache.catalog()
    order = sorted(
        told["dimension"].unique(), key=lambda d: (not d.startswith("region="), dimensions.title(catalog, d))
    )
    years = told["period"].dt.year
    return {
        int(year): [d for d in order if d in set(told.loc[years == year, "dimension"])]
        for year in sorted(years.unique())
    }


# -- within one edition ------------------------------------------------------------------------------------------------


def _within(found: Surveys, question: SurveyQuestion) -> SurveyQuestion:
    """Frameworks against each other, and wishes beside use, in an edition that the reader chooses."""
    st.subheader("Two frameworks of one edition", anchor=False)
    years = {str(year): str(year) for year in reversed(found.years)}
    with st.columns([1, 2])[0]:
        year = int(url_state.one("edition", "Edition", years, next(iter(years))))
    answer = cache.surveys(replace(found.question, edition=year, here="", there=""))
    _pairs(answer)
    wanted_next_year.show(answer)
    return question if question.here else replace(question, edition=year)


def _pairs(answer: Surveys) -> None:
    """Which pairs are apart beyond chance, which are not."""
    apart = [c for c in answer.pairs if c.told in ("more", "less")]
    not_apart = [c for c in answer.pairs if c.told in ("chance", "unknown", "refused")]
    if not answer.pairs:
        st.caption("It takes two frameworks with a share.")
        return
    if not_apart:
        st.markdown("\n".join(f"- {plain(c.sentence, 900)}" for c in not_apart))
    if apart:
        said = "All other pairs are apart" if not_apart else "Every pair is apart"
        with st.expander(f"{said} beyond what chance allows: {count(len(apart), 'pair')}", expanded=len(apart) <= 3):
            st.markdown("\n".join(f"- {plain(c.sentence, 900)}" for c in apart))
    for doubt in dict.fromkeys(doubt for c in answer.pairs for doubt in c.doubts):
        st.caption(plain(doubt, 900))


# -- the same again ----------------------------------------------------------------------------------------------------


def _reproduce(question: SurveyQuestion) -> None:
    """The same answer for somebody else: as a link that stays true, as JSON, in a shell."""
    learned = question.as_of.date() if question.as_of else cache.now().date()
    told = _told(question)
    here = {"metric": "survey"}
    page = {here.get(name, name): text for name, text in told.items() if name != "edition"}
    if "edition" in told:
        page["year" if question.here else "edition"] = told["edition"]
    vintage = {"as_of": learned.isoformat()}
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("Link that reproduces this", width="content"):
            st.caption(f"With what was known on {learned}: it says the same whatever is collected later.")
            st.code(f"{(st.context.url or '/surveys').partition('?')[0]}?{urlencode(page | vintage)}", language=None)
            st.caption("The same in a shell:")
            options = " ".join(f"--{n.replace('_', '-')} {t}" for n, t in (told | vintage).items() if n != "metric")
            st.code(f"uptake surveys {question.metric} {options}", language=None)
        download.offer("surveys", [*(told | _as_of(question.as_of)).items()], _charts(question))
        st.link_button("As JSON by API", f"{routes.PREFIX}/surveys.json?{urlencode(told | _as_of(question.as_of))}")


def _charts(question: SurveyQuestion) -> dict[str, str]:
    """The charts of the page that there are, by what `show` calls them."""
    found = cache.surveys(question)
    there = {"change": found.changes, "groups": found.groups, "wishes": found.attraction}
    return {name: title for name, title in CHARTS.items() if name not in there or there[name]}


def _told(question: SurveyQuestion) -> dict[str, str]:
    """The question as parameters of the HTTP API, without what says nothing."""
    asked = {
        "metric": question.metric,
        "framework": ",".join(question.frameworks),
        "dimension": question.dimension,
        "from": str(question.first or ""),
        "to": str(question.second or ""),
        "edition": str(question.edition or ""),
        "here": question.here,
        "there": question.there,
    }
    return {name: text for name, text in asked.items() if text}


def _as_of(moment: datetime | None) -> dict[str, str]:
    return {"as_of": moment.date().isoformat()} if moment else {}


if __name__ == "__main__":
    show()
