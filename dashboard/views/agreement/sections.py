"""The parts of the page on stars and use beneath its chart: over time, who moves first, per million, surveys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import streamlit as st

from analysis import per_million as ratio_of
from answers.agreement.answer import AgreementAnswer
from answers.agreement.surveys import SurveyAgreement, said
from answers.question import Question
from answers.series.answer import SeriesAnswer
from catalog import Metric
from dashboard import cache
from dashboard.charts import line_chart, ranking, theme
from dashboard.charts.line_chart import Line, LineChartOptions
from dashboard.text import count, plain
from dashboard.views.agreement import ratios, tables, tau_chart
from dashboard.widgets import elements

FIRST_DAY = date(2008, 1, 1)


def lines(names: Iterable[str]) -> list[Line]:
    """The looks of frameworks, each once, in their order."""
    unique = list(dict.fromkeys(names))
    colours = theme.colours(unique, dark=elements.dark())
    return [
        Line(name, title(name), colour, theme.line_style(name).dash, theme.line_style(name).shape)
        for name, colour in zip(unique, colours, strict=True)
    ]


def title(name: str) -> str:
    """A framework's name."""
    return elements.titles().get(name, name)


def under(found: AgreementAnswer, metrics: Sequence[Metric], *, since_months: int | None = None) -> None:
    """For each metric its badge, its caveats and breaks one click away, its source."""
    for metric in metrics:
        since = None if since_months is None else found.on - timedelta(days=31 * (since_months + 2))
        _under(_series(found, metric, since, found.on))


def _series(found: AgreementAnswer, metric: Metric, since: date | None, until: date) -> SeriesAnswer:
    """One metric's observations behind a chart: for what they cost in caveats, and where they come from."""
    names = tuple(found.found.table["framework"])
    return cache.series(Question(metric.id, names, since=since, until=until, as_of=found.as_of))


def _under(answer: SeriesAnswer) -> None:
    asked = answer.question
    with st.container(horizontal=True, vertical_alignment="center"):
        elements.badge(answer.metric)
        elements.doubts(answer.caveats)
        _breaks(answer, asked.since or FIRST_DAY, asked.until or cache.now().date())
    st.caption(
        f"{plain(answer.metric.title)} · {elements.provenance(answer.sources, answer.retrieved_at, answer.metric)}"
    )


def _breaks(answer: SeriesAnswer, first: date, last: date) -> None:
    found = line_chart.within(list(answer.breaks), first, last)
    if found:
        with st.popover(count(len(found), "break in the counting", "breaks in the counting"), width="content"):
            elements.break_list(found, numbered=False)


def over_time(found: AgreementAnswer) -> None:
    """How alike the two orders were month by month, and whether that changed."""
    past = found.history
    st.subheader("Has that changed?", anchor=False)
    st.markdown(plain(past.sentence, 900))
    if found.memory:
        st.caption(plain(found.memory, 500))
    rows = tau_chart.points(past)
    if len(rows) < 2:
        return
    elements.chart(tau_chart.draw(rows, tau_chart.Course(past.breaks, elements.dark())), tau_chart.summary(past))
    shown = line_chart.within(past.breaks, rows["when"].min().date(), rows["when"].max().date())
    bands = ", yellow bands are changes of the counting, across which nothing is compared" if shown else ""
    st.caption(
        f"Each month's agreement of these {len(past.months[-1].table)} frameworks, months that know fewer than three "
        f"quarters of them left out; the shade is the 95 % bootstrap interval{bands}\\."
    )
    with st.container(horizontal=True):
        if shown:
            with st.popover(count(len(shown), "break in the counting", "breaks in the counting"), width="content"):
                elements.break_list(shown)
        with st.popover("The months as a table", width="content"):
            tables.months(past.months)
    if past.y is not found.y:
        under(found, [past.y])


def leads(found: AgreementAnswer) -> None:
    """Whether stars move before downloads, and by which figures."""
    answer = found.leads
    st.subheader("Do stars move first?", anchor=False)
    st.markdown(plain(answer.sentence, 1500))
    if not any(row.months for row in answer.rows):
        return
    with st.expander("How each framework was judged"):
        st.markdown(
            "The stars gained in each month are laid beside the downloads of that month, the ones before and the ones "
            "after, up to a year apart. Where their changes resemble each other most is the lead or lag; it counts "
            "only if stars of the same rhythm, moved by chance, would hardly ever resemble the downloads as much. "
            "Only months without a hole and without a change of the counting are used, the longest run of each."
        )
        tables.leads(answer)
        under(found, [m for m in (answer.x, answer.y) if m not in (found.x, found.y, found.history.y)])


def per_million(found: AgreementAnswer) -> None:
    """Stars for each million of downloads, the most first; and how that went."""
    st.subheader("Stars per million downloads", anchor=False)
    ratio = found.per_million[found.per_million > 0]
    if ratio.empty:
        st.caption("No framework has both.")
        return
    rows = ranking.values(ratio, elements.titles())
    told = ranking.summary(rows, "Stars per million downloads in 30 days")
    elements.chart(ranking.draw(rows, lines(rows["line"]), share=False, dark=elements.dark()), told)
    st.caption("All stars there are against 30 days of downloads, on a logarithmic axis\\.")
    _ratios_over_time(found)


def _ratios_over_time(found: AgreementAnswer) -> None:
    drawn = ratios.course(found.history, elements.titles())
    if not ratios.drawable(drawn):
        return
    with st.expander("Over time"):
        frame = LineChartOptions(
            lines(ratios.order(found.history, drawn)), ratios.UNIT, dark=elements.dark(), log=True,
            height=380, small=True,
            breaks=ratios.bands(found.history),
        )  # fmt: skip
        elements.chart(line_chart.draw(drawn, frame), ratios.summary(found.history, elements.titles()))
        st.caption(
            f"{plain(found.history.y.title)}, month by month on a logarithmic axis; lines break where "
            "a figure is missing "
            "or the counting changed\\. A falling line: downloads grew faster than stars\\."
        )


def surveys(found: AgreementAnswer) -> None:
    """What people say they work with, beside both, survey by survey."""
    st.subheader("What people say they work with", anchor=False)
    if not found.surveys:
        st.caption("No survey asked about these frameworks by then.")
        return
    st.markdown("  \n".join(plain(sentence, 600) for sentence in said(found.surveys)))
    for answer, tab in zip(found.surveys, st.tabs([_short(a) for a in found.surveys]), strict=True):
        with tab:
            _survey(found, answer)


def charts(found: AgreementAnswer) -> dict[str, str]:
    """The charts of the page that there are, by what `show` of the pictures calls them; without those of surveys."""
    there = {
        "scatter": ("Stars against downloads", not found.found.table.empty),
        "tau": ("Their agreement over time", len(tau_chart.points(found.history)) > 1),
        "per-million": ("Stars per million downloads", bool((found.per_million > 0).any())),
        "ratios": ("Stars per million downloads, over time", _over_months(found)),
    }
    return {show: title for show, (title, drawn) in there.items() if drawn}


def _over_months(found: AgreementAnswer) -> bool:
    """Whether two months know how many stars there are per million downloads."""
    return sum(bool((ratio_of(month) > 0).any()) for month in found.history.months) > 1


def survey_charts(found: AgreementAnswer, asks: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """The parameters of each survey's picture, by what it is called; `asks`: those of the page's others."""
    every = {_short(one): {**asks, "show": "survey", "survey": one.survey.id} for one in found.surveys}
    return {title: [*told.items()] for title, told in every.items()}


def _short(answer: SurveyAgreement) -> str:
    """A survey and its edition, in few words."""
    return f"{answer.survey.title.partition(':')[0]} {answer.year}"


def _survey(found: AgreementAnswer, beside: SurveyAgreement) -> None:
    year, answer = beside.year, cache.series(ranking.edition(found, beside))
    rows = ranking.shares(answer.frame, elements.titles())
    told = ranking.summary(rows, f"{answer.metric.title}, {year}")
    elements.chart(ranking.draw(rows, lines(rows["line"]), share=True, dark=elements.dark()), told)
    st.caption(f"{plain(answer.metric.title)}, edition {year}; bars are 95 % intervals\\.")
    _under(answer)
