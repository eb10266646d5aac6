"""Do stars mean use? How alike stars and downloads rank the frameworks, where they disagree, and whether it lasts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from analysis.agreement.rank_agreement import per_million as per_million_of
from answers.agreement.answer import AgreementAnswer
from answers.agreement.surveys import SurveyAgreement, survey_sentences
from answers.question import AgreementQuestion, Question
from answers.series.answer import SeriesAnswer
from answers.wording import counted, listed
from catalog import Metric
from dashboard import cache, links
from dashboard.charts import framework_styles, line_chart, ranking, scatter_chart
from dashboard.charts.line_chart import Line, LineChartOptions
from dashboard.text import number, plain
from dashboard.views.agreement import chart, points, tables
from dashboard.views.agreement.controls import FIRST_DAY, HISTORY_MONTHS, answer_to, controls, frameworks_by_metric
from dashboard.widgets import download, elements, permalink, url_state


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    frameworks = frameworks_by_metric()
    if not frameworks:
        elements.headline("Do stars mean use?", "Stars and downloads of the same frameworks are not known yet.")
        elements.empty("It takes **GitHub stars** and **downloads** of at least two frameworks.")
        return
    with st.container(border=True):
        question, as_table = controls(frameworks)
    url_state.problems()
    agreement = answer_to(question)
    with top:
        elements.headline("Do stars mean use?", agreement.sentence)
        _choices(agreement, question.frameworks or frameworks[agreement.y.id])
    if as_table:
        tables.figures(agreement)
    else:
        _scatter(agreement)
    _beneath(agreement, [agreement.x, agreement.y], since_months=HISTORY_MONTHS)
    if agreement.ranking.against:
        st.subheader("Where they disagree most", anchor=False)
        tables.opposed(agreement)
    _over_time(agreement)
    _lead_lag(agreement)
    left, right = st.columns(2, gap="large")
    with left:
        _per_million(agreement)
    with right:
        _surveys(agreement)
    _take_away(agreement, question)


def _choices(agreement: AgreementAnswer, frameworks: Sequence[str]) -> None:
    """What the answer chose and left out, and who is missing."""
    have = set(agreement.ranking.table["framework"])
    absent = [elements.title(name) for name in frameworks if name not in have]
    without = f"Without {listed(absent)}: one of the two figures is missing around that day." if absent else ""
    unusual = (
        f"Looks odd by one rule for all, and is counted all the same: {' '.join(agreement.anomalies)}"
        if agreement.anomalies
        else ""
    )
    text = " ".join(filter(None, (agreement.choice, without, unusual)))
    if text:
        st.caption(plain(text, 1200))


# -- the chart ---------------------------------------------------------------------------------------------------------


def _scatter(agreement: AgreementAnswer) -> None:
    marks = points.paths(agreement, cache.catalog().breaks, elements.titles())
    if marks.empty:
        elements.empty("No framework has both stars and downloads around that day.")
        return
    off, marks = marks[marks["off"]], marks[~marks["off"]]
    st.subheader("Stars against downloads", anchor=False)
    plane = scatter_chart.Plane(_lines(marks["line"]), "Downloads in 30 days", "Stars", dark=elements.dark())
    elements.chart(scatter_chart.draw(marks, plane), points.path_summary(agreement, elements.titles()))
    way = (
        f"; its line is the way there, over up to {HISTORY_MONTHS} months, broken where a figure is missing or "
        "the counting changed"
        if (marks.groupby("part").size() > 1).any()
        else ""
    )
    st.caption(
        f"Both axes are logarithmic. A mark is a framework in {agreement.on:%B %Y}{way}. If stars meant use, the marks "
        f"would lie along one rising line\\.{_left_out(off)}"
    )


def _left_out(off: pd.DataFrame) -> str:
    """What the paths leave out, with its numbers."""
    if off.empty:
        return ""
    sightings = [
        f"{row['name']} in {row['when'][:7]} ({number(row['y'])} stars, {number(row['x'])} downloads)"
        for row in off.to_dict("records")
    ]
    why = "more than tenfold off its own middle. The agreement of those months counts it as it was seen"
    return f"  \n{plain(f'Left out of the lines: {listed(sightings)}, {why}.', 900)}"


# -- beneath the chart ------------------------------------------------------------------------------------------------


def _beneath(agreement: AgreementAnswer, metrics: Sequence[Metric], *, since_months: int | None = None) -> None:
    """For each metric its badge, its caveats and breaks one click away, its source."""
    for metric in metrics:
        since = None if since_months is None else agreement.on - timedelta(days=31 * (since_months + 2))
        _caveats_and_source(_series(agreement, metric, since, agreement.on))


def _series(agreement: AgreementAnswer, metric: Metric, since: date | None, until: date) -> SeriesAnswer:
    """One metric's observations behind a chart, with their caveats and sources."""
    names = tuple(agreement.ranking.table["framework"])
    return cache.series(Question(metric.id, names, since=since, until=until, as_of=agreement.as_of))


def _caveats_and_source(answer: SeriesAnswer) -> None:
    question = answer.question
    with st.container(horizontal=True, vertical_alignment="center"):
        elements.badge(answer.metric)
        elements.doubts(answer.caveats)
        _breaks(answer, question.since or FIRST_DAY, question.until or cache.now().date())
    st.caption(
        f"{plain(answer.metric.title)} · {elements.provenance(answer.sources, answer.retrieved_at, answer.metric)}"
    )


def _breaks(answer: SeriesAnswer, first: date, last: date) -> None:
    breaks = line_chart.within(list(answer.breaks), first, last)
    if breaks:
        with st.popover(counted(len(breaks), "break in the counting", "breaks in the counting"), width="content"):
            elements.break_list(breaks, numbered=False)


def _over_time(agreement: AgreementAnswer) -> None:
    """How alike the two orders were month by month, and whether that changed."""
    past = agreement.history
    st.subheader("Has that changed?", anchor=False)
    st.markdown(plain(past.sentence, 900))
    if agreement.memory:
        st.caption(plain(agreement.memory, 500))
    rows = chart.tau_points(past)
    if len(rows) < 2:
        return
    elements.chart(chart.draw(rows, chart.TauOptions(past.breaks, elements.dark())), chart.summary(past))
    shown = line_chart.within(past.breaks, rows["when"].min().date(), rows["when"].max().date())
    bands = ", yellow bands are changes of the counting, across which nothing is compared" if shown else ""
    st.caption(
        f"Each month's agreement of these {len(past.months[-1].table)} frameworks, months that know fewer than three "
        f"quarters of them left out; the shade is the 95 % bootstrap interval{bands}\\."
    )
    with st.container(horizontal=True):
        if shown:
            with st.popover(counted(len(shown), "break in the counting", "breaks in the counting"), width="content"):
                elements.break_list(shown)
        with st.popover("The months as a table", width="content"):
            tables.months(past.months)
    if past.y is not agreement.y:
        _beneath(agreement, [past.y])


def _lead_lag(agreement: AgreementAnswer) -> None:
    """Whether stars move before downloads, and by which figures."""
    lead_lag = agreement.leads
    st.subheader("Do stars move first?", anchor=False)
    st.markdown(plain(lead_lag.sentence, 1500))
    if not any(row.months for row in lead_lag.rows):
        return
    with st.expander("How each framework was judged"):
        st.markdown(
            "The stars gained in each month are laid beside the downloads of that month, the ones before and the ones "
            "after, up to a year apart. Where their changes resemble each other most is the lead or lag; it counts "
            "only if stars of the same rhythm, moved by chance, would hardly ever resemble the downloads as much. "
            "Only months without a hole and without a change of the counting are used, the longest run of each."
        )
        tables.leads(lead_lag)
        _beneath(
            agreement, [m for m in (lead_lag.x, lead_lag.y) if m not in (agreement.x, agreement.y, agreement.history.y)]
        )


def _per_million(agreement: AgreementAnswer) -> None:
    """Stars for each million of downloads, the most first; and how that went."""
    st.subheader("Stars per million downloads", anchor=False)
    ratio = agreement.per_million[agreement.per_million > 0]
    if ratio.empty:
        st.caption("No framework has both.")
        return
    rows = ranking.values(ratio, elements.titles())
    summary = ranking.summary(rows, "Stars per million downloads in 30 days")
    elements.chart(ranking.draw(rows, _lines(rows["line"]), share=False, dark=elements.dark()), summary)
    st.caption("All stars there are against 30 days of downloads, on a logarithmic axis\\.")
    _ratios_over_time(agreement)


def _ratios_over_time(agreement: AgreementAnswer) -> None:
    drawn = points.ratios(agreement.history, elements.titles())
    if not points.drawable(drawn):
        return
    with st.expander("Over time"):
        frame = LineChartOptions(
            _lines(points.ratio_order(agreement.history, drawn)), points.UNIT, dark=elements.dark(), log=True,
            height=380, small=True,
            breaks=points.counting_breaks(agreement.history),
        )  # fmt: skip
        elements.chart(line_chart.draw(drawn, frame), points.ratio_summary(agreement.history, elements.titles()))
        st.caption(
            f"{plain(agreement.history.y.title)}, month by month on a logarithmic axis; lines break where "
            "a figure is missing "
            "or the counting changed\\. A falling line: downloads grew faster than stars\\."
        )


def _surveys(agreement: AgreementAnswer) -> None:
    """What people say they work with, beside both, survey by survey."""
    st.subheader("What people say they work with", anchor=False)
    if not agreement.surveys:
        st.caption("No survey asked about these frameworks by then.")
        return
    st.markdown("  \n".join(plain(sentence, 600) for sentence in survey_sentences(agreement.surveys)))
    for survey, tab in zip(agreement.surveys, st.tabs([_short(a) for a in agreement.surveys]), strict=True):
        with tab:
            _survey(agreement, survey)


def _charts(agreement: AgreementAnswer) -> dict[str, str]:
    """The charts of the page that there are, by what `show` of the pictures calls them; without those of surveys."""
    there = {
        "scatter": ("Stars against downloads", not agreement.ranking.table.empty),
        "tau": ("Their agreement over time", len(chart.tau_points(agreement.history)) > 1),
        "per-million": ("Stars per million downloads", bool((agreement.per_million > 0).any())),
        "ratios": ("Stars per million downloads, over time", _over_months(agreement)),
    }
    return {show: title for show, (title, drawn) in there.items() if drawn}


def _over_months(agreement: AgreementAnswer) -> bool:
    """Whether two months have how many stars there are per million downloads."""
    return sum(bool((per_million_of(month) > 0).any()) for month in agreement.history.months) > 1


def _short(survey: SurveyAgreement) -> str:
    """A survey and its edition, in few words."""
    return f"{survey.survey.title.partition(':')[0]} {survey.year}"


def _survey(agreement: AgreementAnswer, survey: SurveyAgreement) -> None:
    year, answer = survey.year, cache.series(ranking.edition(agreement, survey))
    rows = ranking.shares(answer.frame, elements.titles())
    summary = ranking.summary(rows, f"{answer.metric.title}, {year}")
    elements.chart(ranking.draw(rows, _lines(rows["line"]), share=True, dark=elements.dark()), summary)
    st.caption(f"{plain(answer.metric.title)}, edition {year}; bars are 95 % intervals\\.")
    _caveats_and_source(answer)


def _lines(names: Iterable[str]) -> list[Line]:
    return framework_styles.lines(names, cache.catalog(), dark=elements.dark())


# -- the same for somebody else ----------------------------------------------------------------------------------------


def _take_away(agreement: AgreementAnswer, question: AgreementQuestion) -> None:
    """The same answer for somebody else: as a link that stays true, as pictures, as JSON, in a shell."""
    question = replace(question, y=agreement.y.id, on=agreement.on, months=HISTORY_MONTHS)
    state = {"by": agreement.y.id, "month": f"{agreement.on:%Y-%m}"}
    state |= {"framework": ",".join(question.frameworks)} if question.frameworks else {}
    with st.container(horizontal=True, vertical_alignment="center"):
        permalink.show(question, "/agreement", state)
        pairs = links.drawn("agreement", question)
        surveys = {_short(one): [*pairs, ("show", "survey"), ("survey", one.survey.id)] for one in agreement.surveys}
        download.offer("agreement", pairs, _charts(agreement), surveys)
        st.link_button("As JSON by API", links.api(question))


if __name__ == "__main__":
    show()
