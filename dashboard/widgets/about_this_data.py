"""About this data: what a chart's numbers measure and what not, their caveats, breaks, source, and how to get them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from answers.questions import AnyQuestion
from catalog import Caveat, Direction, Metric
from dashboard import links
from dashboard.charts.figure import Figure
from dashboard.display_text import day_in_words, literal, moment
from dashboard.widgets import attribution

WEIGHTS = (Direction.BREAK, Direction.OVER, Direction.UNDER, Direction.SHIFT)  # what misleads most comes first


@st.dialog("About this data", width="large", position="right")
def show(
    figure: Figure, question: AnyQuestion, metrics: Sequence[Metric], trace: Callable[[], None] | None = None
) -> None:
    """The dialog. `trace` shows where a number comes from."""
    for metric in metrics:
        st.markdown(f"**{literal(metric.title)}**")
        st.markdown(
            f"*Measures:* {literal(metric.measures, 600)}  \n"
            f"*Does not measure:* {literal(metric.does_not_measure, 600)}"
        )
    if figure.caveats:
        st.subheader("Caveats", anchor=False)
        for caveat in ordered(figure.caveats):
            attribution.caveat_text(caveat)
    if figure.bands:
        st.subheader("Known breaks, numbered as on the chart", anchor=False)
        attribution.break_list(figure.bands)
    st.subheader("Source", anchor=False)
    st.markdown(attribution.source_links(figure.sources))
    as_of = f" Data as of {moment(figure.as_of)}." if figure.as_of else ""
    if figure.retrieved_at:
        st.caption(f"Retrieved {day_in_words(figure.retrieved_at)}.{as_of}")
    if trace is not None:
        st.subheader("Trace a number", anchor=False)
        trace()
    st.subheader("Get the same by API or shell", anchor=False)
    st.code(links.api(question), language=None, wrap_lines=True)
    st.code(links.shell(question), language=None, wrap_lines=True)


def ordered(caveats: Sequence[Caveat]) -> list[Caveat]:
    """The caveats, those that mislead most first."""
    return sorted(caveats, key=lambda caveat: WEIGHTS.index(caveat.direction))
