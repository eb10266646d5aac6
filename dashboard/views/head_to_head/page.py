"""Head to head: whether A overtook B, by each metric, in one table and one chart; and every overtake on record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from answers.forecast import Status
from answers.overtakes.compare import Comparison
from answers.parameter_types import end_of
from answers.questions import CompareQuestion, ForecastQuestion, OvertakesQuestion, QuestionError
from dashboard import cache, links, page_url, stored_forecasts
from dashboard.charts.figure import Style, parted
from dashboard.display_text import literal
from dashboard.views.head_to_head import checks, figure, metric_table, overtakes
from dashboard.widgets import chart_frame, elements, page_states
from dashboard.widgets.chart_frame import Takeaway

A, B = "django", "flask"
FIRST_DAY = date(2008, 1, 1)
SIDE, SIDE_ON_A_PHONE = 190, 132  # pixels of the box of a framework
LISTED = 280  # pixels of the box of what is listed
NARROWEST = 540  # pixels of chart and table: with less room they stand below each other
PLOT_HEIGHT = 300  # pixels
VERDICT, OVERTAKES = "verdict", "overtakes"
ANSWERS = {VERDICT: "Verdict", OVERTAKES: "All overtakes"}
OF_THE_LIST = {overtakes.METRIC, overtakes.HELD}  # in an address of the time when the list was below the verdict


@dataclass(frozen=True, slots=True)
class PageState:
    """The question and how the page shows its answer. `by`: the metric of the chart."""

    question: CompareQuestion
    by: str
    close: bool


@page_states.guarded
def show() -> None:
    """The page."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        what = st.container(horizontal=True, vertical_alignment="center", gap="small", width="content")
        beside = None if elements.phone() else st.container(width="content")
        settings = elements.settings()
    with beside or settings:
        default = OVERTAKES if OF_THE_LIST & set(st.query_params) else VERDICT
        shown = page_url.one("answer", "Show", ANSWERS, default, segments=True, bare=True)
    if shown == OVERTAKES:
        _overtakes(what, settings)
    else:
        _head_to_head(what, settings)


def _overtakes(what: DeltaGenerator, settings: DeltaGenerator) -> None:
    """Every overtake on record."""
    with what, st.container(width=LISTED):
        metric = overtakes.metric()
    with settings:
        held = overtakes.held()
        as_of = _vintage()
    page_url.problems()
    with chart_frame.reserved(PLOT_HEIGHT), st.container(gap="xsmall"):
        overtakes.show(OvertakesQuestion(metric, as_of=as_of, held=held))


def _head_to_head(what: DeltaGenerator, settings: DeltaGenerator) -> None:
    """Whether one overtook the other."""
    with what:
        a, b = _pair(settings if elements.phone() else None)
    with settings:
        state, comparison = _settings(a, b)
    page_url.problems()
    with chart_frame.reserved(PLOT_HEIGHT), st.container(gap="xsmall"):
        if comparison.entries:
            _verdict(state, comparison)
        else:
            elements.heading(comparison.sentence)
            _apart(comparison)
            page_states.missing((a, b))
            page_states.empty("No metric has both frameworks.")


# -- the question ------------------------------------------------------------------------------------------------------


def _pair(settings: DeltaGenerator | None) -> tuple[str, str]:
    """The two, and the button that swaps them: between them, or where there is no room for it in `settings`."""
    titles, width = elements.titles(), SIDE if settings is None else SIDE_ON_A_PHONE
    with st.container(width=width):
        a = page_url.one("a", "Framework", titles, A, bare=True)
    swap = settings or st.container(width="content")
    others = {name: title for name, title in titles.items() if name != a}
    with st.container(width=width):
        b = page_url.one("b", "Compare with", others, B if a != B else A, bare=True)
    swap.button(
        "Swap", icon=":material/swap_horiz:", key="swap", on_click=_swap, args=(a, b),
        help="Swap the two frameworks",
    )  # fmt: skip
    return a, b


def _swap(a: str, b: str) -> None:
    page_url.set_text("a", b)
    page_url.set_text("b", a)


def _settings(a: str, b: str) -> tuple[PageState, Comparison]:
    """As of when, and which chart; with the answer, which says of which metrics there are charts."""
    on = page_url.day("on", "On", FIRST_DAY, cache.now().date(), "As it stood on that day; empty: as last recorded.")
    question = CompareQuestion(a, b, on, _vintage())
    comparison = cache.compare(question.a, question.b, question.on, question.as_of)
    by = ""
    if comparison.entries:
        by = page_url.one("by", "Chart", {entry.metric: entry.title for entry in comparison.entries}, "stars")
    close = page_url.switch("close", "Close to it", "Only the months around the overtake, or the day asked about.")
    return PageState(question, by, close), comparison


def _vintage() -> datetime | None:
    help_text = "Only what had been retrieved by the end of that day, UTC."
    chosen = page_url.day("as_of", "Data as of", FIRST_DAY, cache.now().date(), help_text)
    return end_of(chosen) if chosen else None


# -- the answer --------------------------------------------------------------------------------------------------------


def _verdict(state: PageState, comparison: Comparison) -> None:
    """The answer, the chart of one metric, and the table of all of them."""
    panels = cache.panels(state.question.a, state.question.b, state.question.as_of)
    entry = next(entry for entry in comparison.entries if entry.metric == state.by)
    overall = comparison.answer or comparison.sentence
    headline, detail = parted(overall)
    chosen = "by" in page_url.current()  # then the finding is about that count
    if chosen:
        headline, detail = parted(entry.sentence)[0], overall
    gap = figure.gap(comparison, panels[state.by], close=state.close, dark=elements.dark())
    level = int(chosen and gap.drawable)
    if not level:
        elements.heading(headline)
    with st.grid(2, min_column_width=NARROWEST, key="answer"):
        with st.container():
            if gap.drawable:
                _chart(gap, state, level)
            else:
                st.caption("There are no days on which both were recorded, so there is nothing to draw.")
        with st.container():
            metric_table.show(comparison, panels, state.by)
            if detail:
                st.markdown(literal(detail, 1500))
            _apart(comparison)
            checks.show(entry)
            _forecast(state)
            _links(state)


def _apart(comparison: Comparison) -> None:
    """Why downloads are not compared, where each framework has a registry of its own, and each one's own line."""
    if comparison.apart is None:
        return
    st.markdown(literal(comparison.apart.sentence, 900))
    with st.container(horizontal=True, gap="small"):
        for side in comparison.apart.sides:
            st.page_link(
                "views/trends/page.py",
                label=f"{elements.titles()[side.framework]} against its own past",
                icon=":material/arrow_forward:",
                query_params={"metric": side.metric, "framework": [side.framework], "view": "index"},
            )


def _chart(gap: figure.Gap, state: PageState, level: int) -> None:
    pairs = links.drawn("compare", state.question, metric=state.by, close="1" if state.close else "")
    height = None if elements.phone() else PLOT_HEIGHT
    chart_frame.show(
        replace(figure.figure(gap, Style(elements.dark())), height=height),
        Takeaway(
            of="compare",
            pairs=pairs,
            question=state.question,
            files={"CSV": links.picture("compare", pairs, "csv")},
            metrics=(gap.metric,),
        ),
        level=level,
    )


def _forecast(state: PageState) -> None:
    """What a forecast says of the two, if there is one."""
    question = ForecastQuestion(state.by, state.question.a, state.question.b, as_of=state.question.as_of)
    if state.question.on is not None:
        return
    try:
        forecast = stored_forecasts.answer(question)
    except QuestionError:
        return
    if forecast.status is Status.FORECAST:
        st.markdown(literal(parted(forecast.sentence)[0], 600))
        pair = {"metric": state.by, "a": state.question.a, "b": state.question.b}
        st.page_link("views/forecast/page.py", label="Forecast", icon=":material/arrow_forward:", query_params=pair)


def _links(state: PageState) -> None:
    """Where else the two can be looked at."""
    lines = {"metric": state.by, "framework": [state.question.a, state.question.b]}
    with st.container(horizontal=True, gap="small"):
        st.page_link(
            "views/trends/page.py", label="Both in Trends", icon=":material/arrow_forward:", query_params=lines
        )
        st.page_link("views/claims/page.py", label="Check a claim", icon=":material/arrow_forward:")


if __name__ == "__main__":
    show()
